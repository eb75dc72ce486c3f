"""What cannot run on another Keras backend says so, before anything else goes wrong."""

from __future__ import annotations

import re

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.errors import InputError

X, Y = np.zeros((8, 3), "float32"), np.zeros(8, "int32")
CALLS = {
    "tw.diagnose": lambda: tw.diagnose(keras.Sequential(), X, Y),
    "tw.repair": lambda: tw.repair(keras.Sequential(), X, Y),
    "tw.fit(rules=)": lambda: tw.fit(keras.Sequential(), X, Y, rules="all"),
    "tw.fit_many": lambda: tw.fit_many(keras.Sequential(), X, Y),
    "tw.find_lr": lambda: tw.find_lr(keras.Sequential(), X, Y),
    "tw.techniques.activation_statistics": lambda: tw.techniques.activation_statistics(keras.Sequential(), X),
    "tw.mc_predict": lambda: tw.mc_predict(keras.Sequential(), X),
    "tw.train": lambda: tw.train("digits"),
    "tw.compare": lambda: tw.compare("digits", over="optimizer"),
}


@pytest.mark.parametrize("name", CALLS)
def test_says_what_runs_where(name, monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    with pytest.raises(InputError, match=f"{re.escape(name)} runs on JAX, and Keras's backend is torch") as error:
        CALLS[name]()
    assert "KERAS_BACKEND=jax" in error.value.hint


def test_on_jax_nothing_is_said():
    assert keras.config.backend() == "jax"
    for name in CALLS:
        tw.engine.require_jax(name)
