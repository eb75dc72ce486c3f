"""Shared by the engine's tests: the same training by `tw.fit` and by `keras.Model.fit`, compared bit for bit."""

from __future__ import annotations

import functools
import random

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine import fallback


@pytest.fixture(autouse=True)
def _fresh_memory_of_what_was_said():
    fallback._said.clear()


@pytest.fixture
def assert_same_as_keras():
    """`assert_same_as_keras(run)`: `run(fit)` trains from a fixed seed, gives the model and what else to compare."""

    def check(run, **engine_arguments):
        ours = run(functools.partial(tw.fit, exact=True, **engine_arguments))
        our_draws = random.random(), np.random.rand()  # noqa: NPY002
        keras_s = run(keras.Model.fit)
        assert our_draws == (random.random(), np.random.rand()), "Python's or NumPy's generator went another way"  # noqa: NPY002
        assert ours[1:] == keras_s[1:]
        for group in ("variables", "optimizer.variables"):
            pairs = zip(*(functools.reduce(getattr, group.split("."), run[0]) for run in (ours, keras_s)), strict=True)
            for one, other in pairs:
                np.testing.assert_array_equal(np.asarray(one), np.asarray(other), err_msg=one.path)

    return check
