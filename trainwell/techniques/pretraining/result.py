"""What a pretraining gives back: the model, the history, and what rebuilds or makes up inputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.errors import InputError
from trainwell.techniques.pretraining.inputs import checked, led_through, require_finite, require_shape

if TYPE_CHECKING:
    import keras

    from trainwell.techniques.pretraining.autoencoder import Autoencoder
    from trainwell.techniques.pretraining.gan import Trained
    from trainwell.techniques.pretraining.settings import Method


@dataclass(frozen=True)
class Pretraining:
    """A model whose lower layers are pretrained, and what came of it.

    Args:
        model: a copy of the model that was given, compiled as it was. The pretrained layers have their new weights, all
            others those that they had (or fresh ones, where the model was not built).
        method: how it was pretrained.
        layers: names of the layers whose weights were learnt, from below.
        history: by phase, by name, the values of all epochs. One phase with the method's name; with `"greedy"` one for
            each layer. Losses of autoencoders are shares of the variance that is not rebuilt (1 for the mean input, 0
            for the input itself), plus the penalties of the layers.
    """

    model: keras.Model
    method: Method
    layers: tuple[str, ...]
    history: dict[str, dict[str, list[float]]]
    _below: list[Any] = field(repr=False)
    _autoencoders: list[Autoencoder] = field(repr=False)
    _gan: Trained | None = field(repr=False)

    def reconstruct(self, x: Any) -> np.ndarray:
        """Inputs rebuilt from their codes.

        Args:
            x: `(rows, ...)`, inputs of the model.

        Returns:
            What the first pretrained layer would see, rebuilt and in the same units. Behind `Flatten` and `Rescaling`,
            say, rows of pixels in [0, 1].

        Raises:
            InputError: a GAN was trained, which rebuilds nothing; or x does not fit the model.
        """
        if not self._autoencoders:
            raise InputError("A GAN rebuilds no inputs.", "See sample(count), or pretrain with an autoencoder.")
        codes = self._seen(x)
        for each in self._autoencoders:
            codes = each.encoded(codes)
        for each in reversed(self._autoencoders):
            codes = each.decoded(codes)
        return codes

    def reconstruction_error(self, x: Any) -> float:
        """Share of the variance of the unlabelled inputs by which the rebuilt x misses x: 0 is perfect.

        Args:
            x: `(rows, ...)`, inputs of the model.

        Raises:
            InputError: as of `reconstruct`.
        """
        rebuilt, standard = self.reconstruct(x), self._autoencoders[0].standard
        return float(np.mean(np.square((rebuilt - self._seen(x)) / standard.deviation, dtype=np.float64)))

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Inputs that the GAN's generator makes, as the first pretrained layer would see them.

        Args:
            count: how many, from 1.
            seed: of the random numbers that they are made from.

        Raises:
            InputError: an autoencoder was trained, which makes up nothing.
        """
        if self._gan is None:
            raise InputError(
                f"method={self.method!r} makes up no inputs.", 'Pretrain with method="gan", or see reconstruct(x).'
            )
        if count < 1:
            raise InputError(f"count={count!r} is not a whole number from 1.", "Give sample(16).")
        return self._gan.sample(count, seed)

    def _seen(self, x: Any) -> np.ndarray:
        x = checked(x, "x")
        require_shape(self.model, x, "x")
        require_finite(x, "x")
        return led_through(self._below, x)
