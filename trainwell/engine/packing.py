"""Lays arrays of like size side by side, so that one reduction serves them all.

A network of a hundred layers has several hundred arrays to reduce in several ways each. Reduced one by one, that takes
several times longer to trace and compile than the training step itself; stacked, about as long. The price is a copy of
what is stacked, so large arrays stay alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

NARROW = 4096
"""Up to this many columns, arrays are stacked whatever their widths; above it, those within a factor of 4."""
LARGE = 2**18
"""Arrays with more numbers than this are not copied."""


_ZERO = np.float32(0)


@dataclass(frozen=True)
class Entry:
    """One array to reduce.

    Args:
        where: its place.
        values: `(rows, units)` float32.
        kind: entries of different kinds are not stacked.
    """

    where: str
    values: Any
    kind: Hashable = None


@dataclass(frozen=True)
class Stack:
    """Arrays side by side.

    Args:
        where: place of each.
        values: `(arrays, rows, units)` float32, padded with zeros.
        real: `(arrays, units)` float32, 1 for a column that counts and 0 for padding.
        kind: that of the entries.
    """

    where: tuple[str, ...]
    values: Any
    real: Any
    kind: Hashable

    def reduced(self, reduce: Callable[..., Any], *arguments: Any) -> Any:
        """`reduce(values, real, *arguments)` of each array, `(arrays, ...)`."""
        if len(self.where) > 1:
            return jax.vmap(lambda values, real: reduce(values, real, *arguments))(self.values, self.real)
        return reduce(self.values[0], self.real[0], *arguments)[None]


def stacked(entries: Sequence[Entry]) -> list[Stack]:
    """The entries in as few stacks as their sizes allow."""
    groups: dict[Hashable, list[Entry]] = {}
    for number, entry in enumerate(entries):
        rows, units = entry.values.shape
        width = 0 if units <= NARROW else math.ceil(math.log(units, 4))
        alone = number if rows * units > LARGE else None
        groups.setdefault((entry.kind, rows, width, alone), []).append(entry)
    return [_stack(group) for group in groups.values()]


def _stack(entries: list[Entry]) -> Stack:
    widths = [entry.values.shape[1] for entry in entries]
    widest = max(widths)
    # In lax's own words, which trace several times faster than jnp.pad and jnp.stack.
    padded = [
        jax.lax.expand_dims(entry.values, (0,))
        if width == widest
        else jax.lax.pad(jax.lax.expand_dims(entry.values, (0,)), _ZERO, ((0, 0, 0), (0, 0, 0), (0, widest - width, 0)))
        for entry, width in zip(entries, widths, strict=True)
    ]
    real = (np.arange(widest) < np.asarray(widths)[:, None]).astype(np.float32)
    where = tuple(entry.where for entry in entries)
    return Stack(where, jax.lax.concatenate(padded, 0), jnp.asarray(real), entries[0].kind)
