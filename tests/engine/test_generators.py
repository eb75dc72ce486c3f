"""Global random generators go on as if nothing had been drawn in between."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest

from trainwell.engine.generators import preserve_rng


def draws():
    return random.random(), np.random.rand(), float(keras.random.uniform(()))  # noqa: NPY002


@pytest.fixture
def expected():
    keras.utils.set_random_seed(5)
    draws()  # Keras makes its generator when it is first asked, from a number of Python's
    numbers = draws()
    keras.utils.set_random_seed(5)
    draws()
    return numbers


def test_the_next_numbers_are_those_that_would_have_come(expected):
    with preserve_rng():
        keras.utils.set_random_seed(6)
        assert draws() != expected
    assert draws() == expected


def test_also_after_an_error(expected):
    with pytest.raises(ZeroDivisionError), preserve_rng():
        draws()[0] / 0
    assert draws() == expected
