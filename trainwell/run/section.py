"""The base of all sections of a Run: named, typed values that JSON can carry.

A value that was not recorded is `None`, or an empty list or dictionary, and is left out of the file. Numbers that are
not finite are not recorded either, since JSON has no words for them: a section holds the same in memory as on disk.
"""

from __future__ import annotations

import math
from typing import Any, Self

import msgspec
import numpy as np


class Section(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One section of a Run.

    Subclasses declare their fields with types and document them under `Args:`; `docs/run-format.md` is made from both.
    """

    @property
    def is_empty(self) -> bool:
        """Return True if nothing is recorded in it."""
        return self == type(self)()

    def to_plain(self) -> dict[str, Any]:
        """Return the section as nested dictionaries and lists of plain values, without what is not recorded.

        Raises:
            TypeError: a value is not plain data.
        """
        empty = {
            field.encode_name
            for field in msgspec.structs.fields(self)
            if field.default_factory is not msgspec.NODEFAULT and _is_empty(getattr(self, field.name))
        }
        plain = msgspec.to_builtins(self, enc_hook=_plain)
        return {name: value for name, value in plain.items() if name not in empty}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the section that `to_plain` gave.

        Raises:
            msgspec.ValidationError: a name is unknown, or a value has another type; the message says which and where.

        Example:
        >>> from trainwell.run import FitRecord
        >>> FitRecord.from_plain({"epochs": 3}).epochs
        3
        """
        return msgspec.convert(plain, cls)


def finite(value: Any) -> float | None:
    """Return a number as a float, or `None` if it is not finite.

    Example:
    >>> finite(0.5), finite(float("inf")), finite(None)
    (0.5, None, None)
    """
    return None if value is None or not math.isfinite(value) else float(value)


def number(value: float | None) -> float:
    """Return a recorded number, or NaN if it was not recorded.

    Example:
    >>> number(0.5), number(None)
    (0.5, nan)
    """
    return math.nan if value is None else value


def _is_empty(value: Any) -> bool:
    return isinstance(value, Section) and value.is_empty


def _plain(value: Any) -> Any:
    if isinstance(value, np.floating):
        return float(value)
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufU":
        return value.tolist()
    raise TypeError(f"A Run holds plain data only, got {type(value).__name__}: {value!r}.")
