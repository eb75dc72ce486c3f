"""Stacking arrays of like size."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell.engine import packing
from trainwell.engine.packing import Entry, stacked


def entry(number, units, rows=1, kind=None):
    return Entry(f"{number}", jnp.full((rows, units), float(number + 1)), kind)


def test_narrow_arrays_share_a_stack_and_wide_ones_those_of_like_width():
    entries = [entry(i, units) for i, units in enumerate([1, 4096, 5000, 16000, 17000])]
    assert [stack.where for stack in stacked(entries)] == [("0", "1"), ("2", "3"), ("4",)]


def test_rows_kinds_and_large_arrays_stay_apart(monkeypatch):
    monkeypatch.setattr(packing, "LARGE", 100)
    entries = [entry(0, 5), entry(1, 5, rows=2), entry(2, 5, kind="tanh"), entry(3, 101), entry(4, 101), entry(5, 5)]
    assert [stack.where for stack in stacked(entries)] == [("0", "5"), ("1",), ("2",), ("3",), ("4",)]
    assert stacked(entries)[2].kind == "tanh"


def test_an_array_alone_is_not_padded():
    (stack,) = stacked([entry(0, 3, rows=2)])
    assert stack.values.shape == (1, 2, 3)
    assert np.asarray(stack.real).tolist() == [[1.0, 1.0, 1.0]]
    assert stack.reduced(lambda values, real, more: values.sum() + real.sum() + more, 1.0).tolist() == [10.0]


@pytest.mark.heavy
@settings(deadline=None, max_examples=10)
@given(st.lists(st.sampled_from([1, 2, 5, 5000]), min_size=1, max_size=4))
def test_each_array_is_reduced_as_if_alone(widths):
    entries = [entry(number, units, rows=2) for number, units in enumerate(widths)]
    for stack in stacked(entries):
        sums = stack.reduced(lambda values, real: (values * real).sum())
        for where, total in zip(stack.where, sums, strict=True):
            assert total == pytest.approx(2 * widths[int(where)] * (int(where) + 1))
