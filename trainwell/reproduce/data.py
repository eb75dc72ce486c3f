"""Fashion-MNIST as the notes split and scale it: rows in their published order, held out at one end.

`trainwell.datasets.load` draws a split by chance and leaves scaling to the model; a reproduction must not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.errors import InputError

if TYPE_CHECKING:
    from trainwell.reproduce.experiment import Preparation

WHITE = 255


@dataclass(frozen=True)
class Pictures:
    """Pictures and labels in their published order.

    Args:
        x_train, y_train: `(rows, 28, 28)` uint8 and `(rows,)`.
        x_test, y_test: the same of the test part.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


@dataclass(frozen=True)
class Prepared:
    """What is trained on, and what judges.

    Args:
        x, y: training inputs `(rows, 28, 28)` float32, and labels `(rows,)`.
        validation: inputs and labels held out; None where the training splits.
        test: inputs and labels.
    """

    x: np.ndarray
    y: np.ndarray
    validation: tuple[np.ndarray, np.ndarray] | None
    test: tuple[np.ndarray, np.ndarray]


def load_pictures() -> tuple[Pictures, list[str]]:
    """Fashion-MNIST, and sentences on where it comes from.

    Raises:
        InputError: it cannot be had on this machine.
    """
    from trainwell.datasets.fashion_mnist import load_fashion_mnist  # noqa: PLC0415 -- reads late

    arrays, notes = load_fashion_mnist()
    return Pictures(**arrays), notes


def prepare(pictures: Pictures, how: Preparation) -> Prepared:
    """Splits and scales as an experiment says.

    Raises:
        InputError: no rows are left to train on.

    Example:
    >>> from trainwell.reproduce.experiment import Preparation
    >>> x, y = np.full((6, 28, 28), 255, "uint8"), np.arange(6)
    >>> parts = prepare(Pictures(x, y, x, y), Preparation("first", 2))
    >>> parts.y, parts.validation[1], parts.x.max()
    (array([2, 3, 4, 5]), array([0, 1]), np.float32(1.0))
    """
    x, y, rows = pictures.x_train, pictures.y_train, how.held_out_rows
    if how.held_out == "share":
        train, held_out = slice(None), None
    elif not 0 < rows < len(y):
        raise InputError(
            f"{rows} rows cannot be held out of {len(y)}.", "Give at least one row more than are held out."
        )
    elif how.held_out == "first":
        train, held_out = slice(rows, None), slice(rows)
    else:
        train, held_out = slice(-rows), slice(-rows, None)
    mean, deviation = np.float32(0), np.float32(1)
    fitted = _scaled(x[train])
    if how.standardize:
        # Sums over tens of thousands of rows need float64; the pictures themselves stay float32.
        mean = fitted.mean(axis=0, dtype=np.float64).astype(np.float32)
        deviation = fitted.std(axis=0, dtype=np.float64).astype(np.float32)
        # The notes divide by the deviation as it is; all pixels of Fashion-MNIST vary, those of fewer rows may not.
        deviation = np.where(deviation > 0, deviation, np.float32(1))

    def inputs(images: np.ndarray) -> np.ndarray:
        return (_scaled(images) - mean) / deviation

    validation = None if held_out is None else (inputs(x[held_out]), y[held_out])
    fitted -= mean
    fitted /= deviation
    return Prepared(fitted, y[train], validation, (inputs(pictures.x_test), pictures.y_test))


def _scaled(images: np.ndarray) -> np.ndarray:
    return images.astype(np.float32) / WHITE
