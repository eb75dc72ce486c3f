"""Trees of plain values and arrays as one text and named arrays: what `numpy.savez` can hold without pickling.

Plain are `None`, truth values, numbers, texts, arrays, and lists, tuples and dictionaries (with texts as keys) of plain
values. Anything else is refused.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping


def encode(value: Any) -> tuple[str, dict[str, np.ndarray]]:
    """A text, and the arrays that it names.

    Raises:
        TypeError: something in it is not plain.

    Example:
    >>> text, arrays = encode({"a": (1, np.zeros(2))})
    >>> decode(text, arrays)
    {'a': (1, array([0., 0.]))}
    """
    arrays: dict[str, np.ndarray] = {}
    return json.dumps(_encoded(value, arrays)), arrays


def decode(text: str, arrays: Mapping[str, np.ndarray]) -> Any:
    """The value that `encode` was given.

    Raises:
        ValueError: the text is not of `encode`.
        KeyError: an array that it names is missing.
    """
    return _decoded(json.loads(text), arrays)


def fingerprint(value: Any) -> str | None:
    """A text that is equal for equal values; `None` for a value that is not plain."""
    try:
        text, arrays = encode(value)
    except TypeError:
        return None
    digest = hashlib.sha256(text.encode())
    for array in arrays.values():
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _encoded(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if value is None or type(value) in {bool, int, float, str}:
        return value
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        array = np.asarray(value)
        dtype = str(array.dtype)
        if array.dtype.kind == "V":  # bfloat16 and its like, which NumPy's files do not know
            array = array.view(f"u{array.dtype.itemsize}")
        if array.dtype.kind not in "biufcSU":
            raise TypeError(f"An array of {dtype} is not plain data.")
        name = f"array_{len(arrays)}"
        arrays[name] = array
        return {"array": name, "dtype": dtype, "scalar": isinstance(value, np.generic)}
    if type(value) in {list, tuple}:
        return {type(value).__name__: [_encoded(item, arrays) for item in value]}
    if type(value) is dict and all(isinstance(key, str) for key in value):
        return {"dict": [[key, _encoded(item, arrays)] for key, item in value.items()]}
    raise TypeError(f"A {type(value).__name__} is not plain data.")


def _decoded(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if not isinstance(value, dict):
        return value
    if "array" in value:
        array = arrays[value["array"]].view(jax.numpy.dtype(value["dtype"]))
        return array[()] if value["scalar"] else array
    if "dict" in value:
        return {key: _decoded(item, arrays) for key, item in value["dict"]}
    if "tuple" in value:
        return tuple(_decoded(item, arrays) for item in value["tuple"])
    return [_decoded(item, arrays) for item in value["list"]]
