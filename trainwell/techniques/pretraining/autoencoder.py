"""Autoencoders: layers learn to code their inputs so that a mirror image can rebuild them.

All blocks at once is the stacked autoencoder; with noise on its inputs the denoising one; a shallow one for each block
is the greedy way. What serves to rebuild inputs is not always what serves to tell classes apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import fit
from trainwell.techniques.pretraining.inputs import Standard
from trainwell.techniques.pretraining.mirror import ascend, copy_weights, descend, scale_of_codes

if TYPE_CHECKING:
    import numpy as np

    from trainwell.techniques.pretraining.settings import Settings

_ROWS = 1024


@dataclass(frozen=True)
class Autoencoder:
    """A trained encoder with its mirror image.

    Args:
        encoder: inputs to codes.
        decoder: codes to inputs in standard units.
        standard: the units of the inputs.
        history: by name, the values of all epochs.
    """

    encoder: keras.Model
    decoder: keras.Model
    standard: Standard
    history: dict[str, list[float]]

    def encoded(self, z: np.ndarray) -> np.ndarray:
        """The codes of some rows."""
        return self.encoder.predict(z, batch_size=_ROWS, verbose=0)

    def decoded(self, codes: np.ndarray) -> np.ndarray:
        """Rows rebuilt from their codes, in their own units."""
        return self.standard.values(self.decoder.predict(codes, batch_size=_ROWS, verbose=0))


def train_autoencoder(blocks: list[list[Any]], z: np.ndarray, settings: Settings) -> Autoencoder:
    """Trains twins of some blocks of layers with a mirror image to rebuild `z`, and gives the layers their weights.

    The loss is the mean squared error in units of the inputs' variance, and what the layers add to it as penalties.

    Args:
        blocks: built layers, one after the other; they begin with the weights they have.
        z: `(rows, ...)`, what the lowest layer sees.
        settings: how to train.
    """
    inputs = keras.Input(z.shape[1:])
    noisy = settings.noise_layer()(inputs) if settings.noise is not None else inputs
    ascent = ascend(blocks, noisy)
    code = keras.Input(ascent.outputs.shape[1:])
    gauged = keras.layers.Rescaling(1 / scale_of_codes(ascent, z))(code)
    decoder = keras.Model(code, descend(ascent, gauged))
    whole = keras.Model(inputs, decoder(ascent.outputs))
    encoder = keras.Model(inputs, ascent.outputs)
    whole.compile(settings.new_optimizer(), "mse")
    standard = Standard.of(z)
    history = fit(whole, z, standard.of_values(z), **settings.fit_arguments()).history
    for layer, twin in zip((layer for block in blocks for layer in block), ascent.layers, strict=True):
        copy_weights(twin, layer)
    return Autoencoder(encoder, decoder, standard, history)
