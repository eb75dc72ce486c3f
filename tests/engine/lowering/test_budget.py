"""One budget for all patches of a program, of each thread its own."""

from __future__ import annotations

import threading

import jax
import pytest

from trainwell.engine.lowering import budget, lowered


def test_first_come_first_served_and_whole_again_afterwards(monkeypatch):
    monkeypatch.setattr(budget, "PROGRAM_BYTES", 10)
    for _ in range(2):
        with budget.program():
            assert budget.take(6)
            assert not budget.take(6)
            assert budget.take(4)
            assert not budget.take(1)


def test_a_program_within_another_has_what_that_one_left(monkeypatch):
    monkeypatch.setattr(budget, "PROGRAM_BYTES", 10)
    with budget.program():
        assert budget.take(6)
        with budget.program():
            assert not budget.take(6)
            assert budget.take(3)
        assert not budget.take(2)


@pytest.mark.parametrize("needed", [11, 8])
def test_one_alone_has_a_bound_too(needed, monkeypatch):
    monkeypatch.setattr(budget, "PROGRAM_BYTES", 10)
    monkeypatch.setattr(budget, "LARGEST_BYTES", 7)
    assert not budget.take(needed)
    assert budget.take(7)


def test_threads_have_budgets_of_their_own(monkeypatch):
    monkeypatch.setattr(budget, "PROGRAM_BYTES", 10)
    found = []
    with budget.program():
        assert budget.take(10)
        thread = threading.Thread(target=lambda: found.append(budget.take(10)))
        thread.start()
        thread.join()
        assert not budget.take(1)
    assert found == [True]


def test_the_convolutions_of_a_program_share_it(monkeypatch, normal):
    """Two of three fit: 2 * 4 * 4 places, 9 entries, 2 channels, 4 bytes each."""
    monkeypatch.setattr(budget, "PROGRAM_BYTES", 2 * 2 * 4 * 4 * 9 * 2 * 4)

    def stack(x, kernel):
        for _ in range(3):
            x = jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        return x

    with lowered():
        traced = jax.make_jaxpr(stack)(normal(2, 4, 4, 2), normal(3, 3, 2, 2))
    names = [equation.primitive.name for equation in traced.jaxpr.eqns]
    assert (names.count("dot_general"), names.count("conv_general_dilated")) == (2, 1)
