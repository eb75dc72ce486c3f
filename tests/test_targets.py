"""Whether targets are classes has one answer, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.datasets.task import find_target
from trainwell.recording.array_description import describe_target
from trainwell.run import Head
from trainwell.targets import MOST_CLASSES_OF_A_COLUMN, are_labels_alone, kind_of_target

WHOLE = st.lists(st.integers(-2, 30), min_size=2, max_size=120)


def task_of(values, shape):
    return Head("", None, None, shape, None, describe_target(values), []).task


@given(WHOLE, st.sampled_from(["int64", "float32"]))
def test_an_array_and_its_record_are_the_same(numbers, dtype):
    values = np.asarray(numbers, dtype)
    assert (task_of(values, [None, 1]) in {"binary", "multi-class"}) == (kind_of_target(values) == "classes")


@given(WHOLE)
def test_a_column_is_classes_if_the_array_is_and_they_are_few(numbers):
    values = np.repeat(np.asarray(numbers), 2)  # a column's classes have two rows at least
    distinct = len(np.unique(values))
    if distinct == 1 or values.min() < -1:
        return
    few = kind_of_target(values) == "classes" and distinct <= MOST_CLASSES_OF_A_COLUMN
    assert (find_target(values, name="y").task != "regression") == few


@pytest.mark.parametrize(
    ("values", "kind", "task"),
    [
        (np.eye(3)[np.arange(30) % 3], "one-hot", "multi-class"),
        (np.array([[1, 1, 0], [0, 0, 1]] * 8), "labels", "multi-label"),
        (np.linspace(0, 1, 30).reshape(10, 3), "values", "values"),
        (np.array([-1.0, 1.0] * 9), "classes", "binary"),
        (np.array([-5, 0, 5] * 9), "values", "values"),
        (np.arange(30), "values", "values"),
        (np.array([np.nan, 0, 1, 1, 0]), "classes", "binary"),
        (np.arange(60).reshape(20, 3) % 4, "classes", "multi-class"),
    ],
)
def test_kinds_of_targets(values, kind, task):
    shape = [None, 4] if task == "multi-class" and values.ndim == 1 else [None, *values.shape[1:]]
    shape = [None, 3, 4] if kind == "classes" and values.ndim > 1 else shape if len(shape) > 1 else [None, 1]
    assert kind_of_target(values) == kind
    assert task_of(values, shape) == task


def test_labels_that_can_be_stratified_have_several_rows_of_each_class():
    assert are_labels_alone(np.array([0, 0, 1, 1] * 4))
    assert not are_labels_alone(np.array([0] * 19 + [1]))
    assert not are_labels_alone(np.eye(2)[[0, 1] * 4])
    assert not are_labels_alone(np.linspace(0, 1, 20))
