"""Plain arrays as a model's inputs: checked for shape, type and finite values, then float32."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.errors import InputError


@dataclass(frozen=True)
class ArrayEncoder:
    """Checks arrays against those of the training.

    Args:
        shape: of one row, such as `(4,)` or `(28, 28)`.
        dtype: the type of the training array in its file, said in messages; any real number is accepted.

    Example:
    >>> ArrayEncoder((2,), "float64").transform(np.array([[1.0, 2.0]]))
    array([[1., 2.]], dtype=float32)
    """

    shape: tuple[int, ...]
    dtype: str = "float32"

    def to_json(self) -> dict[str, Any]:
        """Plain data from which `from_json` makes the same encoder again."""
        return {"kind": "array", "shape": list(self.shape), "dtype": self.dtype}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> ArrayEncoder:
        """The encoder that `to_json` wrote.

        Raises:
            InputError: the document is not what `to_json` writes.
        """
        try:
            return cls(tuple(int(size) for size in document["shape"]), str(document["dtype"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"An array encoder needs `shape` and `dtype`; got {document!r}.", "Train again, or restore the file."
            ) from error

    def transform(self, x: np.ndarray, *, name: str = "x") -> np.ndarray:
        """Checks inputs.

        Args:
            x: `(rows, *shape)`; where the shape is `(1,)`, `(rows,)` will do.
            name: what it is called in messages.

        Returns:
            `(rows, *shape)` float32.

        Raises:
            InputError: another shape, no numbers, or values that are missing, infinite or too large.
        """
        x = np.asarray(x)
        if x.ndim == 1 and self.shape == (1,):
            x = x[:, np.newaxis]
        if x.ndim == 0 or x.shape[1:] != self.shape:
            expected = ", ".join(["rows", *map(str, self.shape)])
            alone = " Give a single row as `x[None]`." if x.shape == self.shape else ""
            raise InputError(
                f"Array {name!r} has shape {x.shape}; this model was trained on shape ({expected}), of {self.dtype}.",
                f"Bring it to that shape, the rows first.{alone}",
            )
        return finite_float32(x, name)


def finite_float32(x: np.ndarray, name: str) -> np.ndarray:
    """Real numbers as float32.

    Args:
        x: `(rows, ...)`.
        name: what it is called in messages.

    Raises:
        InputError: it holds something else than real numbers, or a value that is missing, infinite or too large.
    """
    if x.dtype.kind not in "iufb":
        raise InputError(
            f"Array {name!r} holds {_words(x.dtype)}; expected real numbers.",
            "Encode it as numbers first, or give a CSV file, whose columns may be text.",
        )
    if x.dtype.kind == "f":
        _refuse(~np.isfinite(x), x, name, "missing or infinite", "Fill or remove such rows.")
    with np.errstate(over="ignore"):  # an overflow is told in words just below
        result = x.astype(np.float32)
    _refuse(~np.isfinite(result), x, name, "too large for 32-bit floats", "Choose another unit, or take logarithms.")
    return result


def _refuse(bad: np.ndarray, x: np.ndarray, name: str, complaint: str, hint: str) -> None:
    if not bad.any():
        return
    rows = np.flatnonzero(bad.reshape(len(bad), -1).any(axis=1))
    place = tuple(int(each) for each in np.argwhere(bad)[0])
    raise InputError(
        f"Array {name!r} has the value {x[place]} in row {place[0]} (counted from 0), at {list(place)}: {complaint}. "
        f"Rows with such values: {len(rows)} of {len(x)}.",
        hint,
    )


def _words(dtype: np.dtype) -> str:
    kinds = {"c": "complex numbers", "U": "text", "S": "bytes", "M": "dates", "m": "time spans", "V": "records"}
    return kinds.get(dtype.kind, f"values of type {dtype}")
