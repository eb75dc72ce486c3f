"""Figures of merit against values by hand and against scikit-learn's."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from trainwell.datasets.array_encoder import ArrayEncoder
from trainwell.datasets.dataset import Dataset, Part
from trainwell.evaluation import class_probabilities, evaluate_predictions


def make_dataset(task, train, test, classes=()):
    def part(targets):
        y = np.asarray(targets, "int32" if classes else "float32")
        return Part(np.zeros((len(y), 1), "float32"), y, np.arange(len(y)))

    return Dataset(
        name="toy",
        task=task,
        kind="array",
        train=part(train),
        validation=part(train),
        test=part(test),
        target="y",
        classes=tuple(classes),
        encoder=ArrayEncoder((1,)),
    )


def certain(numbers, count):
    """A softmax output that is sure of the given classes."""
    return np.eye(count, dtype="float32")[np.asarray(numbers)]


def test_classes_by_hand():
    dataset = make_dataset("multi-class", [0, 1, 1, 2], [0, 0, 0, 0, 1, 1, 2, 2], "abc")
    result = evaluate_predictions(dataset, certain([0, 0, 0, 1, 1, 0, 2, 2], 3))
    assert result.to_plain() == {
        "rows": 8,
        "accuracy": 0.75,
        "balanced_accuracy": pytest.approx((0.75 + 0.5 + 1.0) / 3),
        "recall": {"a": 0.75, "b": 0.5, "c": 1.0},
        "majority_class": "b",
        "baseline_accuracy": 0.25,
        "confusion": [[3, 1, 0], [1, 1, 0], [0, 0, 2]],
    }


def test_a_class_absent_from_the_test_part_has_no_recall():
    dataset = make_dataset("multi-class", [0, 1, 2, 2], [0, 0, 1, 1], "abc")
    result = evaluate_predictions(dataset, certain([0, 2, 1, 1], 3))
    assert result.recall == {"a": 0.5, "b": 1.0}
    assert result.balanced_accuracy == 0.75, "the mean over the classes that are there"
    assert result.confusion == [[1, 0, 1], [0, 2, 0], [0, 0, 0]]
    assert (result.majority_class, result.baseline_accuracy) == ("c", 0.0)


def test_one_sigmoid_unit_is_the_second_class():
    dataset = make_dataset("binary", [0, 0, 1], [0, 1, 1, 0], ("no", "yes"))
    result = evaluate_predictions(dataset, np.array([[0.1], [0.9], [0.4], [0.51]], "float32"))
    assert result.confusion == [[1, 1], [1, 1]]
    assert result.recall == {"no": 0.5, "yes": 0.5}
    assert result.majority_class == "no"


def test_probabilities_of_one_unit_are_made_two():
    shares = class_probabilities(np.array([[0.25], [1.0], [0.0]], "float32"))
    assert shares.tolist() == [[0.75, 0.25], [0.0, 1.0], [1.0, 0.0]]
    assert shares.dtype == np.float32


def test_probabilities_of_a_softmax_stay():
    shares = certain([2, 0], 3)
    assert class_probabilities(shares) is shares


def test_half_a_probability_counts_as_keras_counts_it():
    dataset = make_dataset("binary", [0, 1], [0, 1], ("no", "yes"))
    assert evaluate_predictions(dataset, np.full((2, 1), 0.5, "float32")).recall == {"no": 1.0, "yes": 0.0}


def test_values_by_hand():
    dataset = make_dataset("regression", [0.0, 4.0], [1.0, 2.0, 3.0])
    result = evaluate_predictions(dataset, np.array([[1.0], [2.0], [4.0]], "float32"))
    assert result.to_plain() == {
        "rows": 3,
        "r2": pytest.approx(0.5),
        "mae": pytest.approx(1 / 3),
        "baseline": 2.0,
        "baseline_mae": pytest.approx(2 / 3),
    }


def test_the_baseline_is_the_training_mean_and_not_the_tests():
    dataset = make_dataset("regression", [10.0, 20.0], [0.0, 2.0])
    result = evaluate_predictions(dataset, np.array([[0.0], [2.0]], "float32"))
    assert (result.baseline, result.baseline_mae, result.r2) == (15.0, 14.0, 1.0)


def test_a_long_mean_does_not_drift():
    dataset = make_dataset("regression", np.full(100_000, 16_777.25), [1.0, 2.0])
    assert evaluate_predictions(dataset, np.zeros((2, 1))).baseline == 16_777.25


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.integers(1, 40))
def test_classes_as_scikit_learn_counts_them(seed, count, rows):
    generator = np.random.default_rng(seed)
    truth, shares = generator.integers(0, count, rows), generator.dirichlet(np.ones(count), rows)
    names = [f"class {number}" for number in range(count)]
    result = evaluate_predictions(make_dataset("multi-class", truth, truth, names), shares)
    chosen, present = shares.argmax(axis=1), np.unique(truth)
    recall = metrics.recall_score(truth, chosen, labels=present, average=None)
    assert result.accuracy == pytest.approx(metrics.accuracy_score(truth, chosen))
    assert result.balanced_accuracy == pytest.approx(recall.mean())
    assert list(result.recall.values()) == pytest.approx(recall.tolist())
    assert np.array(result.confusion).sum() == rows == result.rows
    json.dumps(result.to_plain(), allow_nan=False)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_values_as_scikit_learn_counts_them(seed, rows):
    generator = np.random.default_rng(seed)
    truth, predicted = generator.normal(size=(2, rows)).astype("float32")
    result = evaluate_predictions(make_dataset("regression", truth, truth), predicted[:, None])
    assert result.r2 == pytest.approx(metrics.r2_score(truth, predicted), rel=1e-5)
    assert result.mae == pytest.approx(metrics.mean_absolute_error(truth, predicted), rel=1e-5)
    baseline = metrics.mean_absolute_error(truth, np.full(rows, truth.mean(dtype="float64")))
    assert result.baseline_mae == pytest.approx(baseline, rel=1e-5)
    json.dumps(result.to_plain(), allow_nan=False)


def test_a_network_that_diverged_is_still_evaluated():
    dataset = make_dataset("regression", [0.0, 4.0], [1.0, 2.0])
    assert evaluate_predictions(dataset, np.full((2, 1), np.nan, "float32")).rows == 2


def test_one_test_row_gives_figures_that_json_can_carry():
    dataset = make_dataset("regression", [0.0, 4.0], [1.0])
    json.dumps(evaluate_predictions(dataset, np.zeros((1, 1), "float32")).to_plain(), allow_nan=False)


def test_a_probability_that_is_not_a_number_is_no_right_answer():
    dataset = make_dataset("multi-class", [0, 1, 2], [0, 0], "abc")
    assert evaluate_predictions(dataset, np.full((2, 3), np.nan, "float32")).accuracy == 0.0
