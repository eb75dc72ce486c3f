"""Where the loss or a metric raises, so that no step can be trained, what facts alone tell is told."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine import compat
from trainwell.engine.inference_probe import what_loss_raises

L = keras.layers
NUMBERS = np.arange(120) % 3
ONE_HOT = np.eye(3, dtype="float32")[NUMBERS]
X = (np.random.default_rng(0).normal(size=(120, 4)) + NUMBERS[:, None]).astype("float32")


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = L.Dense(3, activation="softmax")

    def call(self, x):
        return self.head(x)


def model(loss="categorical_crossentropy", kind="Sequential", **arguments):
    keras.utils.set_random_seed(1)
    made = Subclassed() if kind == "subclassed" else keras.Sequential([L.Dense(3, activation="softmax")])
    made.compile(optimizer=keras.optimizers.Adam(0.05), loss=loss, **arguments)
    return made


def raises(*_):
    raise RuntimeError("not for these rows")


@pytest.mark.parametrize("kind", ["Sequential", "subclassed"])
@pytest.mark.parametrize(
    ("loss", "y"), [("categorical_crossentropy", NUMBERS), ("sparse_categorical_crossentropy", ONE_HOT)]
)
def test_labels_that_the_loss_refuses_are_named(loss, y, kind, tmp_path):
    made = model(loss, kind, metrics=["accuracy"])
    for _ in range(2):  # Keras takes the loss for built after the first time
        diagnosis = tw.diagnose(made, X, y, epochs=3)
        assert [each.rule.name for each in diagnosis.faults] == ["wrong-label-encoding"]
        assert diagnosis.run.fit.steps == 0
        assert "No step can be trained: ValueError: " in " ".join(str(diagnosis).split())
    diagnosis.to_html(tmp_path / "page.html")
    assert all(np.isfinite(weight).all() for weight in made.get_weights())


def test_after_a_fit_that_raised_too():
    made = model()
    with pytest.raises(ValueError, match="target"):
        made.fit(X, NUMBERS, verbose=0)
    assert [each.rule.name for each in tw.diagnose(made, X, NUMBERS).faults] == ["wrong-label-encoding"]


@pytest.mark.parametrize("part", ["loss", "metrics"])
def test_where_no_fact_tells_why_what_was_raised_is_said(part):
    made = model(**{"loss": "categorical_crossentropy", part: [raises]})
    for train in (tw.diagnose, lambda *data: tw.fit(*data, rules="all", verbose=0)):
        with pytest.raises(tw.InputError, match=r"cannot take .* RuntimeError: not for these rows") as error:
            train(made, X, ONE_HOT)
        assert "Compare the shapes" in error.value.hint


def test_a_training_with_rules_says_the_cause():
    with pytest.raises(
        tw.InputError, match=r"ValueError.*The cause is TW006 wrong-label-encoding: The labels of"
    ) as error:
        tw.fit(model(), X, NUMBERS, rules="all", verbose=0)
    assert "trainwell explain TW006" in error.value.hint


def test_a_step_of_ones_own_needs_no_loss():
    class Own(Subclassed):
        def train_step(self, *arguments):
            return super().train_step(*arguments)

    made = Own()
    made.compile(optimizer="adam")
    made(X[:2])
    assert what_loss_raises(made, X[:2], None) is None


def test_penalties_and_metrics_with_weights_raise_nothing():
    made = keras.Sequential([L.Dense(4, "relu", kernel_regularizer="l2", activity_regularizer="l2"), L.Dense(3)])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    made.compile(optimizer="adam", loss=loss, metrics=["accuracy"], weighted_metrics=["accuracy"])
    made(X[:2])
    before = [np.array(each.value) for each in made.variables]
    assert what_loss_raises(made, X[:8], ONE_HOT[:8]) is None
    assert all(np.array_equal(one, each.value) for one, each in zip(before, made.variables, strict=True))


def test_a_model_that_keras_has_emptied_is_said_to_be():
    made = model()
    for _ in range(2):
        with pytest.raises(ValueError, match="target"):
            made.fit(X, NUMBERS, verbose=0)
    assert compat.has_lost_values(made)
    for act in (tw.diagnose, tw.repair, tw.fit):
        with pytest.raises(tw.InputError, match="have no values") as error:
            act(made, X, ONE_HOT)
        assert "compile the model anew" in error.value.hint


@pytest.mark.heavy
def test_it_is_repaired():
    found = tw.repair(model(metrics=["accuracy"]), X, NUMBERS, validation_data=(X[::2], NUMBERS[::2]), epochs=5)
    assert found.outcome == "repaired"
    assert found.remedies[0] == "sparse-loss"
    assert found.before.history == {}
    assert any(note.startswith("As it was given no step could be trained: ValueError: Arg") for note in found.notes)
    assert found.after.value > found.before.value
