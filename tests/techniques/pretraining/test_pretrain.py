"""Pretraining on small real data: closed values of a linear autoencoder, what is left alone, and each method."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

import trainwell as tw
from trainwell.errors import InputError

L = keras.layers
HE = {"kernel_initializer": "he_normal"}


@pytest.fixture(scope="module")
def digits():
    return load_digits().images[:320].astype("uint8")


def dense_net(*, compiled=True):
    layers = [L.Rescaling(1 / 16), L.Flatten(), L.Dense(24, "elu", name="one", **HE)]
    layers += [L.Dense(12, name="two", **HE), L.LeakyReLU(), L.Dense(10, "softmax", name="head")]
    model = keras.Sequential([keras.Input((8, 8)), *layers])
    if compiled:
        model.compile(keras.optimizers.SGD(0.25, momentum=0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.heavy
def test_a_linear_autoencoder_comes_close_to_principal_components_and_never_below():
    x = load_digits().data
    model = keras.Sequential([keras.Input((64,)), L.Dense(8, name="code"), L.Dense(10)])
    done = tw.pretrain(model, x, "autoencoder", epochs=25, learning_rate=3e-3)
    best = 1 - PCA(8).fit(x).explained_variance_ratio_.sum()
    error = done.reconstruction_error(x)
    assert best < error < best + 0.02
    assert error < done.history["autoencoder"]["loss"][-1] < best + 0.03


@pytest.mark.heavy
def test_the_model_and_the_generators_stay_as_they_were(digits):
    model = dense_net()
    before, rate = model.get_weights(), float(model.optimizer.learning_rate)
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    expected = random.random(), np.random.rand()  # noqa: NPY002
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    done = tw.pretrain(model, digits, "denoising", epochs=1)
    assert (random.random(), np.random.rand()) == expected  # noqa: NPY002
    assert all(np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True))
    assert not model.optimizer.built or int(model.optimizer.iterations) == 0
    copy = done.model
    assert (type(copy.optimizer), copy.optimizer.momentum) == (keras.optimizers.SGD, 0.5)
    assert float(copy.optimizer.learning_rate) == rate
    assert copy.evaluate(digits, np.zeros(320), verbose=0, return_dict=True).keys() == {"loss", "accuracy"}
    assert done.layers == ("one", "two")
    for name in ("one", "two"):
        assert not np.allclose(copy.get_layer(name).kernel, model.get_layer(name).kernel)
    assert np.array_equal(copy.get_layer("head").kernel, model.get_layer("head").kernel)
    assert not tw.pretrain(dense_net(compiled=False), digits, epochs=1).model.compiled


def test_the_lowest_layer_alone(digits):
    model = dense_net()
    done = tw.pretrain(model, digits, "autoencoder", layers=1, epochs=1)
    assert done.layers == ("one",)
    assert np.array_equal(done.model.get_layer("two").kernel, model.get_layer("two").kernel)
    assert not np.allclose(done.model.get_layer("one").kernel, model.get_layer("one").kernel)


@pytest.mark.heavy
def test_the_seed_decides(digits):
    model = dense_net()
    first, same, other = (tw.pretrain(model, digits, "denoising", epochs=1, seed=seed) for seed in (3, 3, 4))
    assert first.history == same.history
    assert np.array_equal(first.model.get_layer("two").kernel, same.model.get_layer("two").kernel)
    assert first.history != other.history


@pytest.mark.heavy
def test_greedy_trains_one_layer_after_the_other_and_rebuilds_through_all(digits):
    model = dense_net()
    common = {"epochs": 4, "validation_split": 0.2, "learning_rate": 0.01}
    done = tw.pretrain(model, digits, "greedy", **common)
    assert list(done.history) == ["one", "two"]
    for values in done.history.values():
        assert len(values["val_loss"]) == 4
        assert values["val_loss"][-1] < values["val_loss"][0]
    alone = tw.pretrain(model, digits, "autoencoder", layers=1, **common)
    assert np.allclose(done.model.get_layer("one").kernel, alone.model.get_layer("one").kernel, atol=1e-5)
    assert done.reconstruct(digits).shape == (320, 64)
    assert alone.reconstruction_error(digits) < done.reconstruction_error(digits) < 1


def test_noise_is_there_in_training_alone(digits):
    done = tw.pretrain(dense_net(), digits, "denoising", epochs=3, learning_rate=0.01, noise=L.GaussianNoise(0.9))
    assert np.array_equal(done.reconstruct(digits), done.reconstruct(digits))
    assert done.reconstruction_error(digits) < done.history["denoising"]["loss"][-1]


@pytest.mark.heavy
def test_inputs_up_to_255_train_as_scaled_ones_do(digits, caplog):
    def net():
        layers = [L.Flatten(), L.Dense(24, "relu", **HE), L.Dense(12, "relu", **HE), L.Dense(10)]
        return keras.Sequential([keras.Input((8, 8)), *layers])

    keras.utils.set_random_seed(0)
    model = net()
    small = tw.pretrain(model, digits / 16, "autoencoder", epochs=3).history["autoencoder"]["loss"]
    assert caplog.text == ""
    large = tw.pretrain(model, digits / 16 * 255, "autoencoder", epochs=3).history["autoencoder"]["loss"]
    assert "Rescaling or Normalization" in caplog.text
    assert np.isfinite(large).all()
    assert large[0] < 2
    assert large[-1] < large[0]
    assert np.isclose(large[0], small[0], rtol=0.05)


def conv_net():
    low = [L.Conv2D(4, 3, activation="relu", name="low", **HE), L.BatchNormalization(name="norm"), L.MaxPooling2D()]
    high = [L.Dropout(0.1), L.Flatten(), L.Dense(12, "relu", name="high", **HE)]
    return keras.Sequential([L.Rescaling(1 / 16), L.Reshape((8, 8, 1)), *low, *high, L.Dense(10, "softmax")])


@pytest.mark.slow
def test_a_convolutional_model_that_is_not_built_yet(digits, tmp_path):
    model = conv_net()
    model.compile("nadam", "sparse_categorical_crossentropy")
    done = tw.pretrain(model, digits, "autoencoder", epochs=4)
    assert not model.built
    assert done.layers == ("low", "norm", "high")
    assert done.reconstruct(digits[:5]).shape == (5, 8, 8, 1)
    losses = done.history["autoencoder"]["loss"]
    assert losses[-1] < losses[0]
    assert not np.allclose(done.model.get_layer("norm").moving_mean, 0)
    tw.fit(done.model, digits, np.arange(320) % 10, epochs=1, verbose=0)
    done.model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.allclose(loaded.predict(digits, verbose=0), done.model.predict(digits, verbose=0), atol=1e-6)


@pytest.mark.heavy
def test_a_functional_model_with_adapted_normalization():
    x = np.random.default_rng(0).normal(50, 9, (200, 6))
    normalization = L.Normalization()
    normalization.adapt(x)
    inputs = keras.Input((6,))
    model = keras.Model(inputs, L.Dense(1)(L.Dense(5, "tanh")(normalization(inputs))))
    done = tw.pretrain(model, x, "autoencoder", epochs=3)
    untouched = tw.pretrain(model, x, "autoencoder", epochs=1, learning_rate=1e-12)
    assert np.allclose(untouched.model.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-5)
    assert done.reconstruct(x).std() < 2  # as the first layer that learns sees them


@pytest.mark.heavy
def test_a_gan_stays_finite_and_its_discriminator_lends_its_layers(digits):
    model = keras.Sequential(
        [
            *(keras.Input((8, 8)), L.Rescaling(1 / 16), L.Flatten()),
            *(L.Dense(24, name="one", **HE), L.BatchNormalization(name="norm", momentum=0.5), L.LeakyReLU()),
            *(L.Dense(12, "relu", name="two", **HE), L.Dense(10, name="head")),
        ]
    )
    done = tw.pretrain(model, digits, "gan", epochs=15, validation_split=0.1)
    history = done.history["gan"]
    names = {"discriminator_loss", "generator_loss"}
    assert history.keys() == names | {f"val_{name}" for name in names}
    assert all(np.isfinite(values).all() and len(values) == 15 for values in history.values())
    assert done.layers == ("one", "norm", "two")
    for name in ("one", "two"):
        assert not np.allclose(done.model.get_layer(name).kernel, model.get_layer(name).kernel)
    assert np.array_equal(done.model.get_layer("head").kernel, model.get_layer("head").kernel)
    samples = done.sample(50, seed=1)
    assert np.array_equal(samples, done.sample(50, seed=1))
    assert samples.shape == (50, 64)
    seen = digits.reshape(-1, 64) / 16
    assert (samples >= seen.min(axis=0)).all()
    assert (samples <= seen.max(axis=0) + 1e-6).all()
    # The moving statistics are those of real inputs.
    codes = done.model.layers[2](seen)
    assert np.allclose(done.model.get_layer("norm").moving_mean, np.mean(codes, axis=0), atol=0.3)
    with pytest.raises(InputError, match="GAN rebuilds no inputs"):
        done.reconstruct(digits)


@pytest.mark.heavy
@pytest.mark.parametrize("method", ["autoencoder", "gan"])
def test_a_loss_that_runs_away_is_an_error(digits, method):
    with pytest.raises(InputError, match=r"loss of the .* is (nan|inf) after epoch 1") as caught:
        tw.pretrain(dense_net(), digits.astype("float32"), method, epochs=1, optimizer="sgd", learning_rate=1e30)
    assert "learning_rate" in caught.value.hint


class Own(keras.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"model": Own}, "Own is neither a Sequential nor a Functional model"),
        ({"model": "net"}, "model is str and no Keras model"),
        ({"x_unlabelled": np.ones((4, 8, 9))}, r"x_unlabelled has rows of the shape \(8, 9\)"),
        ({"x_unlabelled": np.ones((0, 8, 8))}, "x_unlabelled is empty"),
        ({"x_unlabelled": np.full((4, 8, 8), np.nan)}, "x_unlabelled has NaN"),
        ({"method": "auto"}, "method='auto'.*\nDid you mean 'autoencoder'"),
        ({"layers": 3}, "layers=3 is out of range"),
        ({"layers": 1.5}, "layers=1.5 is no whole number"),
        ({"layers": True}, "layers=True is no whole number"),
        ({"epochs": 0}, "epochs=0"),
        ({"method": "denoising", "noise": 2}, "noise=2"),
    ],
    ids=str,
)
def test_bad_arguments_are_named_before_anything_is_trained(digits, arguments, words):
    if arguments.get("model") is Own:
        arguments = {"model": Own()}
    with pytest.raises(InputError, match=words):
        tw.pretrain(**{"model": dense_net(), "x_unlabelled": digits, **arguments})


def own_loss(y, outputs):
    return keras.ops.mean((y - outputs) ** 2)


def test_a_loss_that_cannot_be_copied_says_how_to_go_on(digits):
    model = dense_net(compiled=False)
    model.compile("sgd", own_loss)
    with pytest.raises(InputError, match="cannot be copied") as caught:
        tw.pretrain(model, digits, epochs=1)
    assert "uncompiled" in caught.value.hint


def test_what_an_autoencoder_cannot_do_and_inputs_that_do_not_fit(digits):
    done = tw.pretrain(dense_net(), digits, "autoencoder", epochs=1)
    with pytest.raises(InputError, match="makes up no inputs"):
        done.sample(3)
    with pytest.raises(InputError, match=r"x has rows of the shape \(7, 8\)"):
        done.reconstruct(digits[:, 1:])
