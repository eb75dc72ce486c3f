"""A generative adversarial network: the lower layers learn to tell real inputs from those that a generator makes.

The discriminator is the model's lower layers and one unit; the generator is their mirror image behind random numbers.
Each step trains first the one, then the other. The losses say little about how good the layers get: look at samples.
What tells real inputs from false ones need not be what tells classes apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine import fit
from trainwell.engine.alternating import Alternating
from trainwell.techniques.pretraining.mirror import (
    Ascent,
    ascend,
    copy_weights,
    descend,
    initializer_of,
    nonlinear,
    scale_of_codes,
)

if TYPE_CHECKING:
    from trainwell.techniques.pretraining.settings import Settings

CODINGS = 100
"""Random numbers from which an input is generated."""
_REAL = 0.9  # the label of real inputs; below 1, so that a sure discriminator does not leave the generator behind
_ROWS = 1024
L = keras.layers


class Gan(Alternating):
    """A discriminator and a generator.

    The losses are binary cross-entropies: the discriminator's with real inputs labelled 0.9 and generated ones 0, the
    generator's with generated ones labelled 1 (the non-saturating form).

    Args:
        discriminator: inputs to one logit.
        generator: `(batch, 100)` random numbers to inputs.
    """

    def __init__(self, discriminator: keras.Model, generator: keras.Model) -> None:
        super().__init__({"discriminator": discriminator, "generator": generator})
        self.seeds = keras.random.SeedGenerator()
        self.statistics = [
            variable
            for layer in discriminator.layers
            if isinstance(layer, L.BatchNormalization)
            for variable in layer.non_trainable_variables
        ]

    def loss_of(self, turn: str, x: Any, *, training: bool) -> Any:
        """The loss of the one whose turn it is, a scalar; `x` is a batch of real inputs."""
        discriminator, generator = self.players["discriminator"], self.players["generator"]
        codings = keras.random.normal((x.shape[0], CODINGS), seed=self.seeds)
        before = [variable.value for variable in self.statistics]
        generated = discriminator(generator(codings, training=training), training=training)
        # The moving statistics are those of real inputs: the pretrained layers will see no others.
        for variable, value in zip(self.statistics, before, strict=True):
            variable.assign(value)
        if turn == "generator":
            return _cross_entropy(generated, 1.0)
        real = discriminator(x, training=training)
        return (_cross_entropy(real, _REAL) + _cross_entropy(generated, 0.0)) / 2


def _cross_entropy(logits: Any, label: float) -> Any:
    ops: Any = keras.ops
    return ops.mean(ops.binary_crossentropy(ops.full_like(logits, label), logits, from_logits=True))


@dataclass(frozen=True)
class Trained:
    """A trained GAN.

    Args:
        generator: random numbers to inputs.
        history: by name, the values of all epochs.
    """

    generator: keras.Model
    history: dict[str, list[float]]

    def sample(self, count: int, seed: int) -> np.ndarray:
        """Generated inputs."""
        codings = np.random.default_rng(seed).normal(size=(count, CODINGS)).astype("float32")
        return self.generator.predict(codings, batch_size=_ROWS, verbose=0)


def train_gan(blocks: list[list[Any]], z: np.ndarray, settings: Settings) -> Trained:
    """Trains twins of some blocks of layers as the lower part of a discriminator, and gives the layers their weights.

    Args:
        blocks: built layers, one after the other; they begin with the weights they have.
        z: `(rows, ...)`, what the lowest layer sees.
        settings: how to train.
    """
    inputs = keras.Input(z.shape[1:])
    ascent = ascend(blocks, inputs)
    top = ascent.outputs if len(ascent.outputs.shape) == 2 else L.Flatten()(ascent.outputs)  # noqa: PLR2004 -- flat
    gauged = L.Rescaling(1 / scale_of_codes(ascent, z))(top)
    gan = Gan(keras.Model(inputs, L.Dense(1)(gauged)), _generator(ascent, z))
    gan.compile(settings.new_optimizer())
    history = fit(gan, z, **settings.fit_arguments()).history
    for layer, twin in zip((layer for block in blocks for layer in block), ascent.layers, strict=True):
        copy_weights(twin, layer)
    return Trained(gan.players["generator"], history)


def _generator(ascent: Ascent, z: np.ndarray) -> keras.Model:
    """The mirror image behind random numbers; what it makes lies within the range of each feature."""
    codings = keras.Input((CODINGS,))
    top = ascent.blocks[-1]
    code_shape = tuple(ascent.outputs.shape[1:])
    tensor = L.Dense(math.prod(code_shape), kernel_initializer=initializer_of(top))(codings)
    tensor = nonlinear(top, tensor, normalize=True)
    outputs = descend(ascent, L.Reshape(code_shape)(tensor), normalize=True)
    lowest, highest = z.min(axis=0), z.max(axis=0)
    shares = L.Activation("sigmoid")(outputs)
    return keras.Model(codings, _Between(lowest, highest)(shares))


class _Between(L.Layer):
    """Shares in [0, 1] to values between two, feature by feature."""

    def __init__(self, lowest: np.ndarray, highest: np.ndarray) -> None:
        super().__init__()
        # As variables, so that other data of the same shape needs no other program.
        self.lowest, self.span = self._fixed(lowest), self._fixed(highest - lowest)
        self.built = True

    def _fixed(self, values: np.ndarray) -> keras.Variable:
        return self.add_weight(
            shape=values.shape, initializer=lambda *_, **__: keras.ops.convert_to_tensor(values), trainable=False
        )

    def call(self, shares: Any) -> Any:
        return shares * self.span + self.lowest
