"""One list of arrays as another in which some are stacked, and back.

Arrays are stacked and cut on the host: on a CPU that is a copy of memory, and a device would compile a program with
hundreds of outputs for it. Not for use inside a compiled program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Source = int | tuple[int, ...]


class Stacking:
    """Which arrays of a list are stacked, and in which order the results stand.

    Args:
        sources: for each array of the stacked list, the position of the array that it is, or the positions of those
            that are stacked in it, in order. Every position occurs exactly once.

    Raises:
        ValueError: a position is missing or occurs twice.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = list(sources)
        positions = [at for source in self._sources for at in (source if isinstance(source, tuple) else (source,))]
        if sorted(positions) != list(range(len(positions))):
            raise ValueError(f"The positions {sorted(positions)} are not each of 0 to {len(positions) - 1} once.")
        self._size = len(positions)

    def stack(self, arrays: Sequence[Any]) -> list[Any]:
        """The stacked list, in buffers of its own.

        Args:
            arrays: device arrays; those of one stack have the same shape and type.

        Raises:
            ValueError: there are more or fewer arrays than positions.
        """
        _require(len(arrays), self._size)
        stacked = [source for source in self._sources if isinstance(source, tuple)]
        members = [at for source in stacked for at in source]
        # All at once, so that the transfers from a device overlap.
        on_host = dict(zip(members, jax.device_get([arrays[at] for at in members]), strict=True))

        def result(source: Source) -> Any:
            return np.stack([on_host[at] for at in source]) if isinstance(source, tuple) else arrays[source]

        return _own([result(source) for source in self._sources], like=arrays)

    def unstack(self, arrays: Sequence[Any]) -> list[Any]:
        """The inverse of `stack`, bit for bit, in buffers of its own.

        Args:
            arrays: device arrays, as `stack` gives them.

        Raises:
            ValueError: there are more or fewer arrays than sources, or a stack of another size.
        """
        _require(len(arrays), len(self._sources))
        results: list[Any] = [None] * self._size
        stacked = [at for at, source in enumerate(self._sources) if isinstance(source, tuple)]
        on_host = dict(zip(stacked, jax.device_get([arrays[at] for at in stacked]), strict=True))
        for at, source in enumerate(self._sources):
            if isinstance(source, tuple):
                # On a CPU, what was fetched is the device's own memory, which a program may consume later.
                for position, part in zip(source, np.array(on_host[at]), strict=True):
                    results[position] = part
            else:
                results[source] = arrays[at]
        return _own(results, like=arrays)


def _require(count: int, expected: int) -> None:
    if count != expected:
        raise ValueError(f"{count} arrays were given, and {expected} are expected: the model has changed since.")


def _own(arrays: list[Any], like: Sequence[Any]) -> list[Any]:
    """The arrays in buffers of their own, on the device that was chosen for `like`, if one was."""
    chosen = next((array.sharding for array in like if array.committed), None)
    return jax.device_put(arrays, chosen, may_alias=False)
