"""Split and scaling as the notes have them."""

from __future__ import annotations

import numpy as np
import pytest

from trainwell.errors import InputError
from trainwell.reproduce.data import Pictures, prepare
from trainwell.reproduce.experiment import Preparation


@pytest.fixture(scope="module")
def numbered():
    """Pictures whose label is their row."""
    x = np.random.default_rng(0).integers(0, 256, (12, 28, 28), dtype="uint8")
    return Pictures(x, np.arange(12), x[:3], np.arange(3))


def test_the_first_or_the_last_rows_are_held_out(numbered):
    first = prepare(numbered, Preparation("first", 3))
    assert first.validation[1].tolist() == [0, 1, 2]
    assert first.y.tolist() == list(range(3, 12))
    last = prepare(numbered, Preparation("last", 3))
    assert last.validation[1].tolist() == [9, 10, 11]
    assert last.y.tolist() == list(range(9))


def test_a_share_is_left_to_the_training(numbered):
    parts = prepare(numbered, Preparation("share"))
    assert parts.validation is None
    assert parts.y.tolist() == list(range(12))


def test_pixels_are_divided_by_255(numbered):
    parts = prepare(numbered, Preparation("first", 3))
    np.testing.assert_allclose(parts.x, numbered.x_train[3:] / 255, rtol=1e-6)
    np.testing.assert_allclose(parts.test[0], numbered.x_test / 255, rtol=1e-6)
    assert parts.x.dtype == np.float32


def test_each_pixel_is_standardised_by_the_training_rows_alone(numbered):
    parts = prepare(numbered, Preparation("first", 3, standardize=True))
    np.testing.assert_allclose(parts.x.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(parts.x.std(axis=0), 1, atol=1e-5)
    fitted = numbered.x_train[3:] / 255
    expected = (numbered.x_train[:3] / 255 - fitted.mean(axis=0)) / fitted.std(axis=0)
    np.testing.assert_allclose(parts.validation[0], expected, atol=1e-4)
    np.testing.assert_allclose(parts.test[0], expected, atol=1e-4)


def test_a_pixel_that_never_varies_is_centred_and_stays_finite():
    x = np.full((6, 28, 28), 7, "uint8")
    parts = prepare(Pictures(x, np.arange(6), x, np.arange(6)), Preparation("first", 2, standardize=True))
    assert not parts.x.any()


@pytest.mark.parametrize("rows", [12, 13])
def test_holding_out_everything_is_refused(numbered, rows):
    with pytest.raises(InputError, match=f"{rows} rows cannot be held out of 12"):
        prepare(numbered, Preparation("first", rows))
