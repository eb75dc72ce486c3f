"""The contract of every technique: documented whole, saved and loaded, the same in Keras's `fit` and in `tw.fit`.

Techniques are found, not listed: one that `trainwell.techniques` exports and no case here trains fails the first test.
"""

from __future__ import annotations

import dataclasses
import inspect
import re

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell import techniques

L, S = keras.layers, keras.optimizers.schedules
PUBLIC = {name: thing for name, thing in vars(techniques).items() if callable(thing) and not name.startswith("_")}
RESULTS = {name for name, thing in PUBLIC.items() if dataclasses.is_dataclass(thing)}
SCHEDULES = {
    "OneCycle": lambda: techniques.OneCycle(0.1, 20),
    "OneCycleMomentum": lambda: techniques.OneCycleMomentum(20),
    "PowerDecay": lambda: techniques.PowerDecay(0.1, 5, 2.0),
    "Scaled": lambda: techniques.Scaled(S.ExponentialDecay(0.1, 5, 0.5), 0.5),
    "Warmup": lambda: techniques.Warmup(techniques.OneCycle(0.1, 10), 5),
}
OPTIMIZERS = {
    "one_cycle": lambda: techniques.one_cycle(keras.optimizers.Adam(), 0.05, 20),
    "with_momentum_schedule": lambda: techniques.with_momentum_schedule(
        keras.optimizers.SGD(0.05, momentum=0.9), S.PolynomialDecay(0.9, 20, 0.5)
    ),
}
CALLBACKS = {
    "PerformanceScheduling": lambda _: techniques.PerformanceScheduling("loss", patience=1, min_delta=1e9),
    "TensorBoard": lambda folder: techniques.TensorBoard(folder, histogram_freq=1, update_freq="batch"),
}
# What is called once and returns, rather than taking part in a training; tested in files of their own.
FUNCTIONS = {
    "activation_curve",
    "activation_statistics",
    "activations_figure",
    "explain_batchnorm_folding",
    "find_lr",
    "fold_batchnorm",
    "mc_predict",
    "pretrain",
    "reuse_layers",
    "self_normalization_problems",
    "simulate",
    "transfer",
    "try_learning_rates",
}


@pytest.fixture(name="plane", scope="module")
def rows_of_a_plane():
    x = np.random.default_rng(0).normal(size=(80, 2)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def make(optimizer):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((2,)), L.Dense(6, "tanh"), L.Dense(1)])
    model.compile(optimizer, "mse")
    return model


def optimizers():
    schedules = {name: lambda build=build: keras.optimizers.SGD(build()) for name, build in SCHEDULES.items()}
    return {**schedules, **OPTIMIZERS}


def test_every_technique_has_its_case():
    known = {*SCHEDULES, *OPTIMIZERS, *CALLBACKS, *FUNCTIONS, *RESULTS}
    assert set(PUBLIC) == known


@pytest.mark.parametrize("name", sorted(set(PUBLIC)))
def test_it_is_documented(name):
    thing = PUBLIC[name]
    text = inspect.getdoc(thing)
    summary, _, rest = text.partition("\n")
    assert summary.endswith((".", ":")), summary
    arguments = re.search(r"Args:\n((?:    .*\n?|\n)+)", rest)
    described = set(re.findall(r"^    \*{0,2}(\w+(?:, \w+)*):", arguments[1], re.MULTILINE)) if arguments else set()
    described = {one for group in described for one in group.split(", ")}
    public = {parameter for parameter in inspect.signature(thing).parameters if not parameter.startswith("_")}
    assert public <= described, public - described
    if name not in RESULTS:
        assert ">>> " in text, "no example that runs"
        assert "Source:" in text, "no source"


@pytest.mark.parametrize("name", sorted(optimizers()))
def test_it_is_saved_and_loaded_and_trains_on(name, plane, tmp_path):
    model = make(optimizers()[name]())
    model.fit(*plane, batch_size=8, shuffle=False, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    for one in (model, loaded):
        one.fit(*plane, batch_size=8, shuffle=False, verbose=0)
    for one, other in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", sorted({*optimizers(), *CALLBACKS}))
def test_it_does_the_same_in_keras_s_fit_and_in_ours(name, plane, tmp_path):
    ends = []
    for fit, settings in ((keras.Model.fit, {}), (tw.fit, {"exact": True})):
        callbacks = [CALLBACKS[name](tmp_path)] if name in CALLBACKS else []
        optimizer = keras.optimizers.SGD(techniques.PowerDecay(0.1, 10)) if callbacks else optimizers()[name]()
        model = make(optimizer)
        history = fit(
            model, *plane, batch_size=8, epochs=3, shuffle=False, verbose=0, callbacks=callbacks, **settings
        ).history
        ends.append((model.get_weights(), history["loss"]))
    (keras_s, their_losses), (ours, losses) = ends
    np.testing.assert_allclose(losses, their_losses, rtol=1e-6)
    assert losses[0] != losses[-1]
    for one, other in zip(ours, keras_s, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)
