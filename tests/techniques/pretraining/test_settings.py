"""Arguments out of range are named; optimizers and noise are made anew for each phase."""

from __future__ import annotations

import keras
import pytest

from trainwell.errors import InputError
from trainwell.techniques.pretraining.settings import Settings

DEFAULT = {
    "method": "autoencoder",
    "epochs": 1,
    "learning_rate": None,
    "optimizer": None,
    "batch_size": 32,
    "noise": None,
    "seed": 0,
    "validation_split": 0.0,
}


def of(**changes):
    return Settings(**{**DEFAULT, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "autoencoders"}, "method='autoencoders' is not known.\nDid you mean 'autoencoder'?"),
        ({"method": "denoise"}, "Did you mean 'denoising'"),
        ({"method": 3}, "method=3 is not known.\nThere are 'autoencoder', 'denoising', 'greedy', 'gan'"),
        ({"epochs": 0}, "epochs=0"),
        ({"epochs": 1.5}, "epochs=1.5"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"seed": -1}, "seed=-1"),
        ({"learning_rate": 0}, "learning_rate=0"),
        ({"learning_rate": float("nan")}, "learning_rate=nan"),
        ({"learning_rate": "fast"}, "learning_rate='fast'"),
        ({"optimizer": "nadamm"}, "optimizer='nadamm'"),
        ({"validation_split": 1.0}, r"validation_split=1.0 is not a share in \[0, 1\)"),
        ({"method": "denoising", "noise": 0}, "noise=0 is not a share"),
        ({"method": "greedy", "noise": 1.0}, "noise=1.0 is not a share"),
        ({"method": "denoising", "noise": "gaussian"}, "noise='gaussian' is not a share"),
        ({"noise": 0.3}, "noise=0.3 was given, and method='autoencoder' has none"),
        ({"method": "gan", "noise": 0.3}, "method='gan' has none"),
    ],
    ids=str,
)
def test_arguments_out_of_range(changes, words):
    with pytest.raises(InputError, match=words):
        of(**changes)


def test_default_optimizers():
    nadam, adam = of().new_optimizer(), of(method="gan").new_optimizer()
    assert (type(nadam), float(nadam.learning_rate)) == (keras.optimizers.Nadam, pytest.approx(1e-3))
    assert (type(adam), adam.beta_1) == (keras.optimizers.Adam, 0.5)
    assert float(adam.learning_rate) == pytest.approx(2e-4)


def test_each_phase_gets_an_optimizer_of_its_own():
    given = keras.optimizers.SGD(0.5, momentum=0.9)
    settings = of(optimizer=given, learning_rate=0.1)
    first, second = settings.new_optimizer(), settings.new_optimizer()
    assert first is not second
    assert first is not given
    assert (first.momentum, float(first.learning_rate)) == (0.9, pytest.approx(0.1))
    assert float(given.learning_rate) == pytest.approx(0.5)
    assert float(of(optimizer="sgd").new_optimizer().learning_rate) == pytest.approx(0.01)


def test_noise_is_a_share_or_a_layer():
    assert of(method="denoising").noise_layer().rate == 0.3
    assert of(method="greedy").noise is None
    layer = keras.layers.GaussianNoise(0.2)
    made = of(method="denoising", noise=layer).noise_layer()
    assert (type(made), made.stddev) == (keras.layers.GaussianNoise, 0.2)
    assert made is not layer
