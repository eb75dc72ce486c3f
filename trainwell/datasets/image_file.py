"""One image file to pixels: decoded, turned upright, put on white where it is transparent, resized.

PNG, JPEG, BMP, GIF (the first frame) and WebP. Sixteen-bit greyscale keeps its eight high bits. Colour profiles are not
applied.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageOps

from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"})
"""Endings, in any case, by which a file is taken for an image."""
MOST_PIXELS = 100_000_000
"""Pixels of one file: four times a large camera's. A small file may claim to hold far more, to exhaust the memory."""

ORIENTATION = 0x0112
"""The EXIF tag that says how the camera was held; its values from 5 on swap height and width."""
FIRST_SIDEWAYS = 5
DEEP_GREY = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N"})
"""Pillow's modes of sixteen-bit greyscale."""
GREY = DEEP_GREY | {"1", "L", "LA", "La", "F"}
"""Pillow's modes without colour."""

_UNDECODABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow's decoders raise at a damaged file."""


class ImageLook(NamedTuple):
    """What an image's header says.

    Args:
        height, width: pixels, once it is upright.
        colour: whether it has colour.
    """

    height: int
    width: int
    colour: bool


def is_image_name(path: Path) -> bool:
    """Whether a file's ending is that of an image."""
    return path.suffix.lower() in SUFFIXES


def look(path: Path) -> ImageLook:
    """Reads an image's size and kind without decoding it.

    Raises:
        InputError: it is no image, or one that Pillow cannot open.
    """
    with _opened(path) as image:
        width, height = image.size
        if image.getexif().get(ORIENTATION, 1) >= FIRST_SIDEWAYS:
            width, height = height, width
        return ImageLook(height, width, image.mode not in GREY)


def read_pixels(path: Path, *, height: int, width: int, colour: bool) -> np.ndarray:
    """Decodes an image to `(height, width)`, or `(height, width, 3)` where `colour`, uint8 from 0 (black) to 255.

    An image of another size is resized, without keeping its proportions.

    Raises:
        InputError: the image does not decode.
    """
    with _opened(path) as opened:
        image = _eight_bits(ImageOps.exif_transpose(opened))
        if image.mode in {"LA", "La", "PA"} or image.has_transparency_data:
            grey = image.mode in GREY
            image = image.convert("RGBA")
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image).convert("L" if grey else "RGB")
        image = image.convert("RGB" if colour else "L")
        if image.size != (width, height):
            image = image.resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(image, dtype=np.uint8)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Deep greyscale as Pillow's eight-bit one: its own conversion would clip all above 255 to white."""
    if image.mode not in DEEP_GREY:
        return image
    return Image.fromarray((np.clip(np.asarray(image), 0, 0xFFFF) >> 8).astype(np.uint8))


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """An image, opened; whatever fails while it is open is told as the file's fault, with its name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, and of sizes that are refused just below
            with Image.open(path, formats=FORMATS) as image:
                _refuse_giant(path, image)
                yield image
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"Image {path} does not exist.", "Check the name.") from error
    except _UNDECODABLE as error:
        empty = "it is empty" if path.is_file() and path.stat().st_size == 0 else str(error)
        raise InputError(
            f"Image {path} does not decode: {empty}. Expected one of {', '.join(FORMATS)}.",
            "Replace it or take it out of the folder.",
        ) from error


def _refuse_giant(path: Path, image: Image.Image) -> None:
    pixels = image.size[0] * image.size[1]
    if pixels > MOST_PIXELS:
        raise InputError(
            f"Image {path} has {pixels:,} pixels; expected at most {MOST_PIXELS:,}.",
            "Make it smaller, or leave it out.",
        )
