"""Whole models: the chapter's net after training, random stacks, what is saved, and what stays untouched."""

from __future__ import annotations

import random
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

import trainwell as tw
from trainwell.engine import compat

L = keras.layers


@pytest.fixture(scope="module")
def digits():
    """The chapter's net with batch normalisation, trained on digits; and the digits."""
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype("float32").reshape(-1, 8, 8)
    keras.utils.set_random_seed(0)
    hidden = [layer for units in (60, 40) for layer in (L.Dense(units, "relu"), L.BatchNormalization())]
    layers = [L.Flatten(), L.BatchNormalization(), *hidden, L.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((8, 8)), *layers])
    model.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    tw.fit(model, x, y, epochs=5, verbose=0)
    return model, x, y


@pytest.mark.heavy
def test_a_trained_net_predicts_the_same(digits, left):
    model, x, y = digits
    folded = tw.fold_batchnorm(model)
    assert left(folded) == []
    before, after = model.predict(x, verbose=0), folded.predict(x, verbose=0)
    assert np.abs(before - after).max() <= 1e-5
    np.testing.assert_array_equal(before.argmax(-1), after.argmax(-1))
    assert (after.argmax(-1) == y).mean() > 0.95
    assert folded.count_params() == model.count_params() - 2 * (64 + 60 + 40) * 2


@pytest.mark.heavy
def test_the_old_model_is_not_touched(digits):
    model, x, y = digits
    kinds = [(layer.name, layer.trainable, len(layer._inbound_nodes)) for layer in model.layers]
    before = [np.asarray(value) for value in (*model.get_weights(), *(v.numpy() for v in model.optimizer.variables))]
    ids, config = [id(layer) for layer in model.layers], model.get_config()
    keras.utils.set_random_seed(3)
    name, _ = keras_name(), generators()  # which makes Keras's global generator, where there is none yet
    generators_before = generators()
    folded = tw.fold_batchnorm(model)
    assert generators() == generators_before
    assert keras_name() == name + 1
    after = [*model.get_weights(), *(variable.numpy() for variable in model.optimizer.variables)]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)
    assert [(layer.name, layer.trainable, len(layer._inbound_nodes)) for layer in model.layers] == kinds
    assert [id(layer) for layer in model.layers] == ids
    assert model.get_config() == config
    assert model.compiled
    folded.layers[1].kernel.assign(0 * folded.layers[1].kernel)
    np.testing.assert_array_equal(model.get_weights()[4], before[4])
    assert not set(ids) & {id(layer) for layer in folded.layers}
    tw.fit(keras.models.clone_model(model), x[:64], y[:64], verbose=0)


def generators():
    return random.getstate(), np.random.get_state()[1].tolist(), np.asarray(compat.global_seed()).tolist()  # noqa: NPY002


def keras_name():
    return int(L.Dense(1).name.removeprefix("dense_").removeprefix("dense") or 0)


def test_the_new_model_is_for_prediction(digits):
    model, x, y = digits
    folded = tw.fold_batchnorm(model)
    assert not folded.compiled
    assert folded.trainable_weights == []
    assert folded.name == model.name
    assert [tensor.name for tensor in folded.inputs] == [tensor.name for tensor in model.inputs]
    folded.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    np.testing.assert_allclose(folded.evaluate(x, y, verbose=0), model.evaluate(x, y, verbose=0), rtol=1e-5)


def test_it_is_saved_as_plain_keras(digits, tmp_path):
    model, x, _ = digits
    folded = tw.fold_batchnorm(model)
    folded.save(tmp_path / "folded.keras")
    loaded = keras.saving.load_model(tmp_path / "folded.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded.predict(x[:50], verbose=0), folded.predict(x[:50], verbose=0))
    assert {type(layer).__module__.split(".")[0] for layer in loaded.layers} == {"keras"}
    assert loaded.trainable_weights == []


def test_both_models_predict_in_turn(trained):
    layers = [L.Dense(3, "relu"), L.BatchNormalization(), L.Dense(3), L.PReLU(), L.BatchNormalization(), L.ReLU()]
    model, x = trained(keras.Sequential([keras.Input((4,)), *layers])), np.ones((2, 4), "float32")
    folded = tw.fold_batchnorm(model)
    for _ in range(2):  # each call takes the memory of weights that are not trained, and gives new in its place
        before, after = model.predict(x, verbose=0), folded.predict(x, verbose=0)
        np.testing.assert_allclose(before, after, atol=1e-5)
    assert all(np.isfinite(value).all() for one in (model, folded) for value in one.get_weights())


def test_a_model_that_was_built_by_training(left):
    model = keras.Sequential([L.Dense(3), L.BatchNormalization()])
    model.compile("sgd", "mse")
    tw.fit(model, np.ones((8, 4), "float32"), np.ones((8, 3), "float32"), verbose=0)
    assert left(tw.fold_batchnorm(model)) == []


@pytest.mark.heavy
def test_layers_with_a_state_of_their_own_keep_it(trained, off):
    scaling = L.Normalization(name="scaling")
    scaling.adapt(np.random.default_rng(0).normal(3, 2, size=(50, 4)))
    hidden = L.Bidirectional(L.LSTM(3))(L.Reshape((2, 2))(scaling(inputs := keras.Input((4,)))))
    hidden = L.LeakyReLU()(L.BatchNormalization()(L.Dense(5)(hidden)))
    model = trained(keras.Model(inputs, L.Lambda(lambda x: x - 1)(hidden)))
    assert off(model, tw.fold_batchnorm(model), np.random.default_rng(1).normal(3, 2, size=(6, 4))) <= 1e-5


def test_a_layer_that_keeps_files_beside_its_weights_keeps_them():
    class Known(L.Layer):
        words = ()

        def save_assets(self, folder):
            Path(folder, "words").write_text(" ".join(self.words))

        def load_assets(self, folder):
            self.words = tuple(Path(folder, "words").read_text().split())

        def call(self, x):
            return x + len(self.words)

    model = keras.Sequential([keras.Input((4,)), L.Dense(3), L.BatchNormalization(), Known()])
    model.layers[2].words = ("a", "b")
    assert tw.fold_batchnorm(model).layers[1].words == ("a", "b")


def test_a_class_of_the_user_s_own_is_copied_without_being_registered(trained, off):
    class Twice(L.Layer):
        def __init__(self, inner, **options):
            super().__init__(**options)
            self.inner = inner

        def call(self, x):
            return self.inner(self.inner(x))

        def get_config(self):
            return {**super().get_config(), "inner": keras.saving.serialize_keras_object(self.inner)}

        @classmethod
        def from_config(cls, config):
            return cls(keras.saving.deserialize_keras_object(config.pop("inner")), **config)

    layers = [L.Dense(3), L.BatchNormalization(), L.LeakyReLU(), Twice(Twice(L.Dense(3)))]
    model = trained(keras.Sequential([keras.Input((4,)), *layers]))
    assert off(model, tw.fold_batchnorm(model), np.random.default_rng(0).normal(size=(6, 4))) <= 1e-5


def test_a_class_that_cannot_be_copied_is_named():
    class Bare(L.Layer):
        def __init__(self, function):
            super().__init__(name="bare")
            self.function = function

        def get_config(self):
            raise NotImplementedError("no config")

        def call(self, x):
            return self.function(x)

    model = keras.Sequential([keras.Input((4,)), L.Dense(3), L.BatchNormalization(), Bare(keras.ops.relu)])
    with pytest.raises(tw.InputError, match=r"The layer 'bare' \(Bare\) cannot be copied: no config"):
        tw.fold_batchnorm(model)


# What each letter adds to a random stack; the rules below count what must stay.
PARTS = {
    "D": lambda: L.Dense(3),
    "R": lambda: L.Dense(3, "leaky_relu"),
    "C": lambda: L.Conv1D(3, 2, padding="valid"),
    "S": lambda: L.Conv1D(3, 2, padding="same"),
    "B": L.BatchNormalization,
    "A": lambda: L.Activation("tanh"),
    "P": lambda: L.Dropout(0.3),
}


def staying(letters):
    """The number of BatchNormalization layers that the rules leave, by a reading of the letters alone."""
    stays = 0
    for at, letter in enumerate(letters):
        if letter != "B":
            continue
        before = letters[:at].replace("P", "").rstrip("B")[-1:]  # folded ones hand on
        after = letters[at + 1 :].replace("P", "").lstrip("B")[:1]
        back = before in {"D", "C", "S"}
        ahead = after in {"D", "R", "C"} or (after == "F")
        stays += not (back or ahead)
    return stays


@pytest.mark.heavy
@given(st.text("DRCSBAP", min_size=1, max_size=6), st.text("DRBAP", max_size=4), st.booleans())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_random_stacks(trained, off, left, body, head, flatten):
    body = f"B{body}"
    parts = (
        [PARTS[letter]() for letter in body] + ([L.Flatten()] if flatten else []) + [PARTS[letter]() for letter in head]
    )
    model = trained(keras.Sequential([keras.Input((9, 3)), *parts]))
    expected = staying_in(body, head, flatten=flatten)
    if expected == (body + head).count("B"):
        with pytest.raises(tw.InputError, match="No BatchNormalization layer"):
            tw.fold_batchnorm(model)
        return
    folded = tw.fold_batchnorm(model)
    assert len(left(folded)) == expected
    assert off(model, folded, np.random.default_rng(0).normal(size=(4, 9, 3)).astype("float32")) <= 1e-5


def staying_in(body, head, *, flatten):
    if not flatten:
        return staying(body + head)
    # Flatten lets a scale through ahead, into a dense layer. Not back: those of the head are of each feature.
    into = head.replace("P", "").lstrip("B")[:1]
    tail = "D" if into in {"D", "R"} else "A"
    return staying(body + tail) + staying("A" + head)
