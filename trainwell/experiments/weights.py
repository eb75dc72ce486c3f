"""How many rows have a weight of zero, so that nothing is learned from them, and how many rows count in all?

Source: Kish, "Survey sampling" (1965), on the effective size of a weighted sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell.run import WeightsRecord

if TYPE_CHECKING:
    from trainwell.experiments.context import ExperimentContext


def weights(context: ExperimentContext) -> WeightsRecord | None:
    """Return the number of rows without weight; `None` where rows have no weights."""
    source = context.spec.batches
    if source is not None:
        contents = source.contents
        return WeightsRecord(rows=contents.weighted, zero=contents.zero) if contents.weighted else None
    given = context.spec.data.get("sample_weight")
    leaves = [np.asarray(each) for each in keras.tree.flatten(given)] if given is not None else []
    leaves = [each.reshape(len(each), -1) for each in leaves if each.ndim and each.size and each.dtype.kind in "biuf"]
    if not leaves:
        return None
    empty = np.all([(each == 0).all(axis=1) for each in leaves], axis=0)
    together = np.sum([np.abs(np.nan_to_num(each.astype(np.float64))).sum(axis=1) for each in leaves], axis=0)
    squares = float((together**2).sum())
    effective = float(together.sum() ** 2 / squares) if squares > 0 else 0.0
    return WeightsRecord(rows=len(empty), zero=int(empty.sum()), effective=effective)
