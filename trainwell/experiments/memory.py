"""Free the models that trials have left behind.

The parts of a Keras model refer to each other, so Python frees a dropped one only when its collector runs. The
collector counts objects: a model is a few thousand of them, however large its weights are. Without this, a search over
large models keeps several of them, with their optimizers' values and compiled programs, until enough objects pile up.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

MUCH = 8 * 2**20
"""Bytes of one model. Collecting takes 0.2 s in a process that has trained; a trial of a model of 8 MiB takes more."""


def size_of(model: keras.Model) -> int:
    """Return the bytes of the values of a model and its optimizer."""
    optimizer = [] if model.optimizer is None else model.optimizer.variables
    return sum(variable.value.nbytes for variable in (*model.variables, *optimizer))


def free_dropped(bytes_dropped: int) -> None:
    """Collect garbage where a model that was just dropped is large.

    Args:
        bytes_dropped: as of `size_of`.
    """
    if bytes_dropped >= MUCH:
        gc.collect()
