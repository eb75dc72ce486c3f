"""The TrainingSpec gives Keras what stands in it, and a finished model in the target's own units."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.training_spec import TrainingSpec


def make(rows=10, batch_size=4, **arguments):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs), name="line")
    x = np.random.default_rng(0).normal(size=(rows, 2)).astype("float32")
    compile_arguments = {"optimizer": keras.optimizers.SGD(0.1), "loss": "mse", "metrics": ["mae"]}
    return TrainingSpec(model, compile_arguments, {"x": x, "y": x[:, 0]}, {"batch_size": batch_size}, **arguments)


@pytest.mark.parametrize(("rows", "batch_size", "steps"), [(8, 4, 2), (9, 4, 3), (3, 4, 1), (1, 1, 1), (12, 4, 3)])
def test_a_partial_last_batch_is_a_step(rows, batch_size, steps):
    assert make(rows, batch_size).steps_per_epoch == steps


def test_the_steps_are_those_that_keras_takes():
    spec = make(9)
    spec.compiled().fit(**spec.data, **spec.fit, verbose=0)
    assert int(spec.compile["optimizer"].iterations) == spec.steps_per_epoch


def test_targets_of_several_outputs_are_counted_by_their_rows():
    spec = make(9, 4)
    spec.data["x"] = {"a": np.zeros((9, 1)), "b": np.zeros((9, 2))}
    spec.data["y"] = {"one": np.zeros(9), "other": np.zeros(9)}
    assert spec.steps_per_epoch == 3


def test_it_is_compiled_with_what_stands_in_it():
    spec = make()
    model = spec.compiled()
    assert model is spec.model
    assert model.compiled
    assert model.optimizer is spec.compile["optimizer"]
    assert model.loss == "mse"


def test_a_changed_setup_is_compiled_anew():
    spec = make()
    spec.compiled()
    spec.compile["optimizer"] = keras.optimizers.Adam()
    assert spec.compiled().optimizer is spec.compile["optimizer"]


def test_the_finished_model_answers_in_the_targets_units():
    spec = make(target_offset=100.0, target_scale=8.0)
    finished = spec.finished_model()
    x = spec.data["x"]
    expected = np.asarray(spec.model(x)) * 8.0 + 100.0
    np.testing.assert_allclose(finished.predict(x, verbose=0), expected, rtol=1e-6)
    assert finished.layers[-1].name == "target_units"
    assert (finished.name, finished.compiled) == ("line", False)


@pytest.mark.parametrize("scaling", [{"target_offset": 3.0}, {"target_scale": 2.0}])
def test_either_of_offset_and_scale_is_enough(scaling):
    assert make(**scaling).finished_model().layers[-1].name == "target_units"


def test_without_scaling_nothing_is_added():
    spec = make()
    finished = spec.finished_model()
    np.testing.assert_array_equal(
        finished.predict(spec.data["x"], verbose=0), spec.model.predict(spec.data["x"], verbose=0)
    )
    assert [layer.name for layer in finished.layers][-1] != "target_units"


def test_the_finished_model_holds_the_trained_weights():
    spec = make(target_offset=1.0)
    finished = spec.finished_model()
    spec.compiled().fit(**spec.data, **spec.fit, verbose=0)
    np.testing.assert_array_equal(finished.get_weights()[0], spec.model.get_weights()[0])


def test_a_sequential_model_is_finished_too():
    spec = make(target_offset=1.0)
    spec.model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    finished = spec.finished_model()
    assert finished.layers[-1].name == "target_units"
    x = spec.data["x"]
    np.testing.assert_allclose(finished.predict(x, verbose=0), np.asarray(spec.model(x)) + 1.0, rtol=1e-6)
