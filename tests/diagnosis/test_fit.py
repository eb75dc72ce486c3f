"""`tw.fit(..., rules="all")` trains to the same weights and says what it found."""

from __future__ import annotations

import inspect
import re

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell import engine

L = keras.layers
X = np.random.default_rng(0).normal(size=(96, 6)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def model():
    keras.utils.set_random_seed(1)
    made = keras.Sequential([keras.Input((6,)), L.Dense(8, "relu"), L.Dropout(0.2), L.Dense(1, "sigmoid")])
    made.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return made


@pytest.mark.heavy
def test_the_weights_are_those_without_rules():
    found = []
    for rules in (None, "all"):
        made = model()
        made.train_on_batch(X, Y)
        keras.utils.set_random_seed(2)
        history = tw.fit(made, X, Y, epochs=2, validation_split=0.2, verbose=0, rules=rules)
        found.append((made.get_weights(), history.history))
    assert all(np.array_equal(one, other) for one, other in zip(found[0][0], found[1][0], strict=True))
    assert found[0][1] == found[1][1]


def test_the_history_carries_the_diagnosis():
    history = tw.fit(model(), X, Y, epochs=2, verbose=0, rules=["TW2"], ignore="dying-relu")
    outcomes = {each.rule.name: each.outcome for each in history.diagnosis.findings}
    assert outcomes["dying-relu"] == "ignored"
    assert all(name.startswith("TW2") for name in (each.rule.id for each in history.diagnosis.findings))
    assert history.diagnosis.run.fit.epochs_run == 2
    assert len(history.diagnosis.run.signals["train/loss"].values) == 2


def test_without_rules_nothing_is_added():
    assert not hasattr(tw.fit(model(), X, Y, verbose=0), "diagnosis")


def test_a_recording_of_ones_own_is_used():
    recording = tw.Recording(every=1)
    tw.fit(model(), X, Y, verbose=0, rules="all", recording=recording)
    assert len(recording.series()["loss"].values) == 3


def test_it_has_the_arguments_of_the_engines_fit():
    parameters = inspect.signature(tw.fit).parameters
    of_engine = inspect.signature(engine.fit).parameters
    assert list(parameters) == [*of_engine, "rules", "ignore"]
    assert {name: parameters[name] for name in of_engine} == dict(of_engine)


def test_its_help_describes_every_argument():
    """Also where Python strips the indentation of docstrings, as it does from 3.13 on."""
    arguments = inspect.getdoc(tw.fit).partition("Args:\n")[2].partition("\nReturns:")[0]
    described = re.findall(r"^    (\w+): ", arguments, re.MULTILINE)
    assert described == list(inspect.signature(tw.fit).parameters)
    assert "rules" in described


def test_batches_without_targets_cannot_be_diagnosed():
    batches = (X[:32] for _ in range(3))
    with pytest.raises(tw.InputError, match="batches without targets"):
        tw.fit(model(), batches, verbose=0, rules="all")
