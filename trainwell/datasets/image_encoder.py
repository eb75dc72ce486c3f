"""Images as a model's inputs, alike when training and predicting: one size, grey or colour, uint8.

Scaling is not done here; it sits inside the model. A picture taken under other conditions than the training images (a
black garment on a white ground for Fashion-MNIST, which has light ones on black) is read as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.datasets.image_file import read_pixels
from trainwell.datasets.memory import require_memory
from trainwell.datasets.wording import plural
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LIGHTEST = 255
"""The value of white in an image file."""
COLOUR_RANK = 3
"""Rank of one colour image: height, width, channels."""
COLOURS = 3
"""Channels of a colour image."""


@dataclass(frozen=True)
class ImageEncoder:
    """Turns image files, or arrays of images, into the inputs of a model.

    Args:
        shape: of one image, `(height, width)` for greyscale or `(height, width, 3)` for colour.
        white: the value, from 1 to 255, that stands for white in the training images; an image file's values are scaled
            to it.

    Example:
    >>> encoder = ImageEncoder((8, 8), white=16)
    >>> ImageEncoder.from_json(encoder.to_json()) == encoder
    True
    """

    shape: tuple[int, ...]
    white: int = LIGHTEST

    def to_json(self) -> dict[str, Any]:
        """Plain data from which `from_json` makes the same encoder again."""
        return {"kind": "image", "shape": list(self.shape), "white": self.white}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> ImageEncoder:
        """The encoder that `to_json` wrote.

        Raises:
            InputError: the document is not what `to_json` writes.
        """
        try:
            return cls(tuple(int(size) for size in document["shape"]), int(document["white"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"An image encoder needs `shape` and `white`; got {document!r}.", "Train again, or restore the file."
            ) from error

    def transform(self, images: np.ndarray) -> np.ndarray:
        """Checks an array of images.

        Args:
            images: `(rows, *shape)`, or `(rows, height, width, 1)` for greyscale, whole numbers from 0 to 255.

        Returns:
            `(rows, *shape)` uint8, the same values.

        Raises:
            InputError: other shapes or values.
        """
        images = np.asarray(images)
        grey = len(self.shape) < COLOUR_RANK
        if grey and images.shape[1:] == (*self.shape, 1):
            images = images[..., 0]
        if images.shape[1:] != self.shape or images.ndim == 0:
            expected = ", ".join(["rows", *map(str, self.shape)])
            raise InputError(
                f"The images have shape {images.shape}; this model was trained on images of shape ({expected}).",
                "Bring them to this size; image files are resized by themselves.",
            )
        if images.dtype == np.uint8:
            return images
        whole = images.dtype.kind in "iuf" and bool(
            np.all((images >= 0) & (images <= LIGHTEST) & (images == np.round(images)))
        )
        if not whole:
            raise InputError(
                f"The images hold {_what_they_hold(images)}; expected whole numbers from 0 to {self.white}.",
                "Give them as the training images were: unscaled, of type uint8.",
            )
        return images.astype(np.uint8)

    def read(self, paths: Sequence[Path]) -> np.ndarray:
        """Reads image files to `(rows, *shape)` uint8: resized, and made grey or coloured as in training.

        Raises:
            InputError: an image does not decode, or there are too many for the memory.
        """
        height, width = self.shape[:2]
        require_memory(
            len(paths) * int(np.prod(self.shape)), plural(len(paths), "image"), "Predict on a part of them at a time."
        )
        colour = self.shape[2:] == (COLOURS,)
        images = np.empty((len(paths), *self.shape), dtype=np.uint8)
        for row, path in enumerate(paths):
            images[row] = read_pixels(path, height=height, width=width, colour=colour)
        if self.white != LIGHTEST:
            scaled = np.arange(LIGHTEST + 1) * self.white / LIGHTEST
            images = np.round(scaled).astype(np.uint8)[images]
        return images


def _what_they_hold(images: np.ndarray) -> str:
    if images.dtype.kind not in "iuf" or images.size == 0:
        return f"values of type {images.dtype}"
    return f"values of type {images.dtype} from {images.min():g} to {images.max():g}"
