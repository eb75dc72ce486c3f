"""Holds each private name of Keras against what the engine expects of it."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import scipy.sparse

import trainwell
from trainwell.engine import keras_internals


def test_no_other_module_touches_keras_s_private_names():
    root = Path(trainwell.__file__).parent
    offenders = [p.name for p in root.rglob("*.py") if "keras.src" in p.read_text() and p.name != "keras_internals.py"]
    assert offenders == []


def test_adapter_gives_arrays_in_the_types_keras_feeds():
    adapter = keras_internals.make_adapter(
        np.zeros((5, 2)), np.arange(5), None, batch_size=2, shuffle=False, class_weight=dict.fromkeys(range(5), 2.0)
    )
    x, y, weight = keras_internals.as_arrays(adapter)
    assert x.dtype == "float32"
    assert y.dtype.kind == "i"
    np.testing.assert_array_equal(weight, np.full(5, 2.0))
    assert adapter.batch_size == 2


def test_sparse_matrices_and_text_are_no_arrays():
    sparse = keras_internals.make_adapter(scipy.sparse.eye(4).tocsr(), None, None, batch_size=2, shuffle=False)
    assert keras_internals.as_arrays(sparse) is None


def test_validation_split_takes_the_last_rows():
    (x, y, weight), (val_x, val_y, _) = keras_internals.split_validation(np.arange(10), np.arange(10), None, 0.3)
    assert x.tolist() == list(range(7))
    assert val_y.tolist() == [7, 8, 9]
    assert weight is None
    assert len(val_x) == 3
    assert len(y) == 7


def test_building_from_a_batch_makes_all_variables():
    model = keras.Sequential([keras.layers.Dense(3)])
    model.compile("adam", "mse", metrics=["mae"])
    assert keras_internals.is_unbuilt(model)
    keras_internals.build_from_batch(model, (np.zeros((2, 4), "float32"), np.zeros((2, 3), "float32")))
    assert not keras_internals.is_unbuilt(model)
    assert model.optimizer.built
    assert model.layers[0].kernel.shape == (4, 3)


def test_epoch_logs_are_the_metrics_or_the_step_s_own():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.train_on_batch(np.ones((2, 1)), np.ones((2, 1)))
    assert set(keras_internals.epoch_logs(model, {"loss": 5.0})) == {"loss"}
    assert keras_internals.epoch_logs(model, {"loss": 5.0})["loss"] != 5.0
    assert keras_internals.epoch_logs(model, {"own": 5.0}) == {"own": 5.0}


def test_initial_epoch_prefers_what_a_callback_set():
    model = keras.Sequential([keras.layers.Dense(1)])
    assert keras_internals.initial_epoch(model, 4) == 4
    model._initial_epoch = 2
    assert keras_internals.initial_epoch(model, 4) == 2


@pytest.mark.parametrize(("hook", "default"), [("on_epoch_end", False), ("on_train_batch_end", True)])
def test_default_hooks_are_told_from_overridden_ones(hook, default):
    assert keras_internals.is_default_method(getattr(keras.callbacks.EarlyStopping(), hook)) is default


def test_logs_become_python_floats():
    assert keras_internals.pythonify_logs({"a": np.float32(1.5)}) == {"a": 1.5}


def test_unpack_fills_what_is_missing():
    assert keras_internals.unpack((1,)) == (1, None, None)
    assert keras_internals.unpack((1, 2)) == (1, 2, None)
