"""Keras's global state: the generator that seeds others, and the numbers in automatic names."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.engine.compat.private import MissingNameError, imported

if TYPE_CHECKING:
    from collections.abc import Iterator

_STATE = "keras.src.backend.common.global_state"
_SEEDS = "keras.src.random.seed_generator"


@contextmanager
def preserve_auto_names() -> Iterator[None]:
    """Restore the numbers of automatic names at the end: what is made inside does not count."""
    try:
        get = imported(_STATE, "get_global_attribute")
    except MissingNameError:  # later layers then get higher numbers in their names
        yield
        return
    counts: Any = get("object_name_uids", defaultdict(int), set_to_default=True)
    before = dict(counts)
    try:
        yield
    finally:
        counts.clear()
        counts.update(before)


def global_seed() -> np.ndarray | None:
    """Return the state of Keras's global seed generator; `None` where nothing has drawn from it yet."""
    generator = imported(_STATE, "get_global_attribute")(imported(_SEEDS, "GLOBAL_SEED_GENERATOR"))
    return None if generator is None else np.asarray(generator.state)


def forget_global_seed() -> None:
    """Drop Keras's global seed generator; it is made anew when something draws."""
    imported(_STATE, "set_global_attribute")(imported(_SEEDS, "GLOBAL_SEED_GENERATOR"), None)


def set_global_seed(value: np.ndarray) -> None:
    """Put Keras's global seed generator into a state that `global_seed` returned."""
    imported(_SEEDS, "global_seed_generator")().state.assign(value)
