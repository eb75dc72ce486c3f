"""What the signals of one step, or of many, read: one vector of numbers and the names to read it by.

Hundreds of small arrays would cost more to hand over than to compute, so all readings of a step lie in one vector. The
names are fixed when the step is traced and travel with it as the static part of a JAX tree: they come out of jit, loops
and vmap beside the numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

Key = tuple[str, str]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Reading:
    """One signal at one or several places.

    Args:
        signal: its name.
        where: the places.
        values: `(places, *shape)`.
    """

    signal: str
    where: tuple[str, ...]
    values: Any


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class SignalBatch:
    """The readings of a step; of many steps where `vector` has leading axes.

    Args:
        vector: `(..., numbers)` float32.
        parts: of each piece of the vector, the signal, its places and the shape of a reading.
        places: all places in the order in which they should be shown.
        reasons: place and reason, wherever something could not be seen.
    """

    vector: Any
    parts: tuple[tuple[str, tuple[str, ...], Shape], ...] = field(metadata={"static": True})
    places: tuple[str, ...] = field(metadata={"static": True})
    reasons: tuple[tuple[str, str], ...] = field(metadata={"static": True})

    @classmethod
    def pack(cls, found: Sequence[Reading], places: Sequence[str], not_measured: Mapping[str, str]) -> SignalBatch:
        """The readings of one step.

        Args:
            found: in any order.
            places: their places, in order.
            not_measured: reasons by place.
        """
        flat = [jnp.ravel(reading.values).astype(jnp.float32) for reading in found]
        vector = jnp.concatenate(flat) if flat else jnp.zeros((0,), jnp.float32)
        parts = tuple((one.signal, one.where, tuple(one.values.shape[1:])) for one in found)
        return cls(vector, parts, tuple(places), tuple(not_measured.items()))

    @property
    def not_measured(self) -> dict[str, str]:
        """By layer or variable: why nothing was read there."""
        return dict(self.reasons)

    @property
    def keys(self) -> list[Key]:
        """Signal and place of each reading, place by place in the order of the step; known once a step is traced."""
        rank = {place: number for number, place in enumerate(self.places)}
        keys = [(signal, place) for signal, where, _ in self.parts for place in where]
        return sorted(keys, key=lambda key: rank[key[1]])

    def by_key(self) -> dict[Key, np.ndarray]:
        """By signal and place: `(..., *shape)`, in the order of `keys`."""
        vector = jax.device_get(self.vector)
        found: dict[Key, np.ndarray] = {}
        start = 0
        for signal, where, shape in self.parts:
            for place in where:
                end = start + math.prod(shape)
                found[signal, place] = vector[..., start:end].reshape((*vector.shape[:-1], *shape))
                start = end
        return {key: found[key] for key in self.keys}
