"""Entropy and mutual information: closed values, then bounds that hold for whatever is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from trainwell.engine.mc_forward import Block
from trainwell.errors import InputError
from trainwell.techniques.mc_dropout import MCPrediction
from trainwell.techniques.mc_dropout.moments import gathered

LN2 = np.log(2)


def from_samples(samples, output, portion=1, keep=False):
    """The prediction from `(samples, rows, outputs)`, that many samples at a time."""
    count, rows = samples.shape[:2]
    starts = range(0, count, portion)
    cuts = [slice(start, min(start + portion, count)) for start in starts]
    blocks = [Block(slice(row, row + 1), cut, samples[cut, row : row + 1]) for row in range(rows) for cut in cuts]
    return gathered(blocks, rows, count, output, keep=keep)


def test_samples_that_agree_on_even_odds_are_all_entropy_and_no_mutual_information():
    even = from_samples(np.full((6, 1, 4), 0.25), "softmax")
    np.testing.assert_allclose(even.entropy, [2 * LN2], rtol=1e-6)
    np.testing.assert_allclose(even.mutual_information, [0], atol=1e-6)


def test_sure_samples_that_disagree_are_all_mutual_information():
    split = from_samples(np.array([[[1.0, 0.0]], [[0.0, 1.0]]]), "softmax")
    np.testing.assert_allclose(split.mean, [[0.5, 0.5]])
    np.testing.assert_allclose(split.std, [[0.5, 0.5]])
    np.testing.assert_allclose([split.entropy, split.mutual_information], [[LN2], [LN2]], rtol=1e-6)


def test_sure_samples_that_agree_have_neither():
    sure = from_samples(np.array([[[1.0, 0.0]], [[1.0, 0.0]]]), "softmax")
    np.testing.assert_array_equal([sure.entropy[0], sure.mutual_information[0], sure.std[0, 0]], [0, 0, 0])


def test_one_sigmoid_unit_has_the_entropy_of_two_classes():
    unit = from_samples(np.array([[[0.1], [0.5]], [[0.3], [0.5]]]), "sigmoid")
    expected = -0.2 * np.log(0.2) - 0.8 * np.log(0.8)
    each = [-p * np.log(p) - (1 - p) * np.log(1 - p) for p in (0.1, 0.3)]
    np.testing.assert_allclose(unit.entropy, [expected, LN2], rtol=1e-6)
    np.testing.assert_allclose(unit.mutual_information, [expected - np.mean(each), 0], atol=1e-6)


def test_several_sigmoid_units_have_an_entropy_each():
    labels = from_samples(np.array([[[0.5, 1.0, 0.0]]]), "sigmoid")
    np.testing.assert_allclose(labels.entropy, [[LN2, 0, 0]], rtol=1e-6)


def test_values_have_no_entropy():
    values = from_samples(np.array([[[3.0]], [[5.0]]]), "linear")
    assert (values.mean, values.std) == (4.0, 1.0)
    for name in ("entropy", "mutual_information"):
        with pytest.raises(InputError, match=f"There is no {name.replace('_', ' ')}") as error:
            getattr(values, name)
        assert "std" in error.value.hint


def test_a_deviation_far_smaller_than_its_mean_is_kept():
    samples = 1e6 + np.array([0.0, 1.0, 2.0, 3.0]).reshape(4, 1, 1)
    np.testing.assert_allclose(from_samples(samples, "linear").std, samples.std(axis=0), rtol=1e-6)


@given(
    arrays.arrays(np.float64, st.tuples(st.integers(1, 7), st.just(2), st.just(3)), elements=st.floats(0.001, 1)),
    st.integers(1, 7),
)
def test_portions_do_not_matter_and_information_lies_between_0_and_entropy(drawn, portion):
    samples = drawn / drawn.sum(axis=-1, keepdims=True)
    found = from_samples(samples, "softmax", portion, keep=True)
    np.testing.assert_allclose(found.mean, samples.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found.std, samples.std(axis=0), atol=1e-6)
    np.testing.assert_allclose(found.samples, samples, atol=1e-6)
    assert (found.entropy <= np.log(3) + 1e-6).all()
    assert (found.mutual_information >= 0).all()
    assert (found.mutual_information <= found.entropy + 1e-6).all()


@pytest.mark.parametrize(
    ("outputs", "kind"), [([0.6, 0.6], "softmax"), ([-0.5, 1.5], "softmax"), ([0.5, 2.0], "sigmoid")]
)
def test_outputs_that_are_no_probabilities_are_refused(outputs, kind):
    with pytest.raises(InputError, match="no probabilities") as error:
        from_samples(np.array([[outputs]]), kind)
    assert "linear" in error.value.hint


def test_a_row_that_is_no_number_stays_its_own():
    found = from_samples(np.array([[[np.nan, np.nan], [0.5, 0.5]]]), "softmax")
    assert np.isnan(found.entropy[0])
    np.testing.assert_allclose(found.entropy[1], LN2, rtol=1e-6)


def test_a_prediction_without_samples_holds_none():
    assert MCPrediction(np.zeros((1, 1)), np.zeros((1, 1)), 1, "linear").samples is None
