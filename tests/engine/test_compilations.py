"""How often XLA compiles: once for each shape, whatever rate, seed, number of epochs or rows come afterwards.

Every compilation of the process is counted, those of little programs around the step too; a program that is loaded from
the disk counts like a compiled one.
"""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest

import trainwell as tw

COMPILED = "/jax/core/compile/backend_compile_duration"
BATCH = 16


@pytest.fixture
def compilations():
    """`with compilations() as names:` collects what is compiled meanwhile."""
    active = []

    def listen(name, seconds, **details):
        del seconds
        if name == COMPILED and active:
            active[-1].append(details.get("fun_name", "program"))

    class Counting:
        def __enter__(self):
            active.append([])
            return active[-1]

        def __exit__(self, *_):
            active.pop()

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield Counting
    jax.monitoring.unregister_event_duration_listener(listen)


@pytest.fixture
def model():
    return make()


def make(rate=0.01):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(3, "softmax")]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def rows(number, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(number, 4)).astype("float32"), generator.integers(0, 3, number)


def fit(model, number=160, **arguments):
    return tw.fit(model, *rows(number), batch_size=BATCH, verbose=0, **arguments)


@pytest.mark.heavy
def test_a_first_training_compiles_something(model, compilations):
    with compilations() as compiled:
        fit(model)
    assert compiled


@pytest.mark.heavy
def test_the_same_training_again_compiles_nothing(model, compilations):
    fit(model, 150, epochs=2, validation_data=rows(40))
    with compilations() as compiled:
        fit(model, 150, epochs=2, validation_data=rows(40))
    assert compiled == []


def test_more_epochs_compile_nothing(model, compilations):
    fit(model)
    with compilations() as compiled:
        fit(model, epochs=5)
    assert compiled == []


def test_the_second_epoch_compiles_nothing(model, compilations):
    counts = []
    with compilations() as compiled:
        fit(
            model,
            150,
            epochs=3,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: counts.append(len(compiled)))],
        )
    assert counts[0] == counts[1] == counts[2]


def test_a_new_learning_rate_compiles_nothing(model, compilations):
    fit(model)
    with compilations() as compiled:
        model.optimizer.learning_rate = 0.003
        fit(model)
    assert compiled == []


def test_a_learning_rate_that_callbacks_move_compiles_nothing(model, compilations):
    fit(model)
    schedule = keras.callbacks.LearningRateScheduler(lambda _, rate: rate * 0.9)
    with compilations() as compiled:
        fit(model, epochs=3, callbacks=[schedule])
    assert compiled == []


def test_a_new_seed_compiles_nothing(model, compilations):
    fit(model)
    with compilations() as compiled:
        np.random.seed(7)  # noqa: NPY002 -- the generator Keras takes the order of the rows from
        fit(model)
    assert compiled == []
