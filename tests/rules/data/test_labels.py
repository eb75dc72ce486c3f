from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

from trainwell.recording.array_description import describe_target
from trainwell.rules import faults, judge

L = keras.layers
X = np.zeros((60, 4))
THREE = np.arange(60) % 3
TWO = np.arange(60) % 2
SPARSE, ONE_HOT, BINARY = "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"


def run_of(y, units, loss, held=None):
    model = keras.Sequential([keras.Input((4,)), L.Dense(units, "sigmoid" if units == 1 else "softmax", name="head")])
    return static(model, X, y, loss=loss, validation_data=None if held is None else (X, held))


def facts_of(y, shape, loss):
    """The Run of labels that Keras itself would refuse, or that need a deeper model."""
    run = run_of(THREE, 3, SPARSE)
    run.data.targets = [describe_target(y, 32)]
    run.model.outputs[0].shape = [None, *shape]
    run.compile.losses[0].name = loss
    return run


def outcome(name, *arguments, **keywords):
    return finding(run_of(*arguments, **keywords), name).outcome


def test_classes_counted_from_1_are_named():
    found = finding(run_of(THREE + 1, 3, SPARSE), "labels-out-of-range")
    assert found.outcome == "fault"
    assert found.message == (
        "The training labels of 'head' run from 1 to 3, and sparse_categorical_crossentropy takes 0 to 2."
    )
    assert found.evidence[0].measurements[0].value == 20


@pytest.mark.parametrize(
    ("y", "units", "loss", "expected"),
    [
        (THREE, 3, SPARSE, "passed"),
        (THREE, 10, SPARSE, "passed"),
        (THREE - 1, 3, SPARSE, "fault"),
        (TWO, 1, BINARY, "passed"),
        (TWO + 1, 1, BINARY, "fault"),
        (THREE, 1, BINARY, "fault"),
        (np.linspace(0, 1, 60), 1, BINARY, "passed"),
        (np.linspace(-2, 2, 60), 1, BINARY, "not applicable"),  # the loss is at fault
        (2 * TWO - 1, 1, BINARY, "not applicable"),  # another rule's
        (2 * TWO - 1, 1, "hinge", "passed"),
        (TWO, 1, "hinge", "passed"),
        (TWO + 1, 1, "hinge", "fault"),
        (100 * THREE, 1, "mse", "not applicable"),
        (np.eye(3)[THREE], 3, ONE_HOT, "passed"),
        (2 * np.eye(3)[THREE], 3, ONE_HOT, "fault"),
        (THREE + 5, 1, lambda y, outputs: keras.ops.mean(y - outputs), "not applicable"),
    ],
)
def test_labels_against_what_the_loss_takes(y, units, loss, expected):
    assert outcome("labels-out-of-range", y, units, loss) == expected


def test_validation_labels_are_looked_at_too():
    found = finding(run_of(THREE, 3, SPARSE, held=THREE + 1), "labels-out-of-range")
    assert found.outcome == "fault"
    assert found.message.startswith("The validation labels")


@pytest.mark.parametrize("loss", [ONE_HOT, BINARY])
def test_one_hot_validation_labels_are_in_order(loss):
    one_hot = np.eye(3)[THREE]
    assert outcome("labels-out-of-range", one_hot, 3, loss, held=one_hot) == "passed"


def test_bytes_as_targets_of_a_binary_loss_are_named():
    pixels = np.random.default_rng(0).integers(0, 256, (60, 5))
    assert outcome("labels-out-of-range", pixels, 5, BINARY) == "fault"
    assert outcome("labels-out-of-range", pixels / 255, 5, BINARY) == "passed"


def test_a_label_that_the_loss_ignores_is_in_order():
    y = np.where(np.arange(60) < 5, -1, THREE)
    assert outcome("labels-out-of-range", y, 3, SPARSE) == "fault"
    ignoring = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    assert outcome("labels-out-of-range", y, 3, ignoring) == "passed"


@pytest.mark.parametrize(
    ("y", "shape", "loss", "expected"),
    [
        (THREE, (3,), SPARSE, "passed"),
        (THREE[:, None], (3,), SPARSE, "passed"),
        (THREE, (3,), ONE_HOT, "fault"),
        (THREE[:, None], (3,), ONE_HOT, "fault"),
        (THREE[:, None], (3,), "kl_divergence", "fault"),
        (np.eye(3)[THREE], (3,), ONE_HOT, "passed"),
        (np.eye(3)[THREE], (3,), SPARSE, "fault"),
        (np.eye(3)[THREE], (3,), BINARY, "passed"),
        (TWO, (2,), BINARY, "fault"),
        (TWO, (1,), BINARY, "not applicable"),
        (THREE, (3,), "mean_squared_error", "not applicable"),
        (np.stack([THREE] * 3, axis=1), (3, 3), SPARSE, "passed"),  # a tag for each of 3 words
        (np.eye(3)[np.stack([THREE] * 5, axis=1)], (5, 3), SPARSE, "fault"),
        (np.eye(3)[np.stack([THREE] * 5, axis=1)], (None, 3), ONE_HOT, "passed"),
        (THREE / 255, (3,), SPARSE, "fault"),
        ((THREE[:, None] / 255).astype("float32"), (3,), SPARSE, "fault"),
        (np.where(THREE, THREE / 255, np.nan), (3,), SPARSE, "fault"),
        (THREE / 255, (2,), SPARSE, "passed"),  # too many for classes: the loss is at fault
        (np.linspace(0, 1, 60), (3,), SPARSE, "passed"),
        (THREE.astype("float32"), (3,), SPARSE, "passed"),
        (np.full(60, 0.5), (3,), SPARSE, "passed"),
    ],
)
def test_the_form_of_labels_against_the_loss(y, shape, loss, expected):
    assert finding(facts_of(y, shape, loss), "wrong-label-encoding").outcome == expected


def test_the_form_is_told():
    found = finding(facts_of(THREE, (3,), ONE_HOT), "wrong-label-encoding")
    assert found.message == (
        "The labels of 'head' are class numbers, and categorical_crossentropy reads one value for each unit."
    )


def test_labels_that_were_divided_are_told():
    found = finding(facts_of(THREE / 255, (3,), SPARSE), "wrong-label-encoding")
    assert found.message == (
        "The labels of 'head' are 3 different numbers from 0 to 0.007843, and sparse_categorical_crossentropy reads "
        "whole class numbers: it cuts them down to these."
    )
    assert found.rule.remedies[0] == "re-index-labels"
    assert [each.rule.name for each in faults(judge(facts_of(THREE / 255, (3,), SPARSE)))] == ["wrong-label-encoding"]


@pytest.mark.parametrize(
    ("y", "loss", "expected"),
    [
        (2 * TWO - 1, BINARY, "fault"),
        (2 * TWO - 1, keras.losses.BinaryFocalCrossentropy(), "fault"),
        (TWO, BINARY, "passed"),
        (2 * TWO - 1, "hinge", "not applicable"),
        (2 * TWO - 1, "mse", "not applicable"),
    ],
)
def test_signed_labels_under_cross_entropy_are_named(y, loss, expected):
    assert outcome("signed-labels", y, 1, loss) == expected


def test_signed_labels_are_one_fault():
    run = run_of(2 * TWO - 1, 1, BINARY)
    wrong = [
        name
        for name in ("labels-out-of-range", "wrong-label-encoding", "signed-labels")
        if finding(run, name).outcome == "fault"
    ]
    assert wrong == ["signed-labels"]
    assert finding(run, "signed-labels").message == (
        "The training labels of 'head' are -1 and 1, and binary_crossentropy reads probabilities."
    )
