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
    setup = make(9)
    setup.compiled().fit(**setup.data, **setup.fit, verbose=0)
    assert int(setup.compile["optimizer"].iterations) == setup.steps_per_epoch


def test_targets_of_several_outputs_are_counted_by_their_rows():
    setup = make(9, 4)
    setup.data["x"] = {"a": np.zeros((9, 1)), "b": np.zeros((9, 2))}
    setup.data["y"] = {"one": np.zeros(9), "other": np.zeros(9)}
    assert setup.steps_per_epoch == 3


def test_it_is_compiled_with_what_stands_in_it():
    setup = make()
    model = setup.compiled()
    assert model is setup.model
    assert model.compiled
    assert model.optimizer is setup.compile["optimizer"]
    assert model.loss == "mse"


def test_a_changed_setup_is_compiled_anew():
    setup = make()
    setup.compiled()
    setup.compile["optimizer"] = keras.optimizers.Adam()
    assert setup.compiled().optimizer is setup.compile["optimizer"]


def test_the_finished_model_answers_in_the_targets_units():
    setup = make(target_offset=100.0, target_scale=8.0)
    finished = setup.finished_model()
    x = setup.data["x"]
    expected = np.asarray(setup.model(x)) * 8.0 + 100.0
    np.testing.assert_allclose(finished.predict(x, verbose=0), expected, rtol=1e-6)
    assert finished.layers[-1].name == "target_units"
    assert (finished.name, finished.compiled) == ("line", False)


@pytest.mark.parametrize("scaling", [{"target_offset": 3.0}, {"target_scale": 2.0}])
def test_either_of_offset_and_scale_is_enough(scaling):
    assert make(**scaling).finished_model().layers[-1].name == "target_units"


def test_without_scaling_nothing_is_added():
    setup = make()
    finished = setup.finished_model()
    np.testing.assert_array_equal(
        finished.predict(setup.data["x"], verbose=0), setup.model.predict(setup.data["x"], verbose=0)
    )
    assert [layer.name for layer in finished.layers][-1] != "target_units"


def test_the_finished_model_holds_the_trained_weights():
    setup = make(target_offset=1.0)
    finished = setup.finished_model()
    setup.compiled().fit(**setup.data, **setup.fit, verbose=0)
    np.testing.assert_array_equal(finished.get_weights()[0], setup.model.get_weights()[0])


def test_a_sequential_model_is_finished_too():
    setup = make(target_offset=1.0)
    setup.model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    finished = setup.finished_model()
    assert finished.layers[-1].name == "target_units"
    x = setup.data["x"]
    np.testing.assert_allclose(finished.predict(x, verbose=0), np.asarray(setup.model(x)) + 1.0, rtol=1e-6)
