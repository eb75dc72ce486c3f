"""Take larger batches.

Batch normalization takes mean and variance from the batch; those of two rows are mostly noise. As many steps as
before keep the training as long.

Source: Wu and He, "Group normalization", arXiv 1803.08494 (2018)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeFit
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


_USUAL = 32
_FEWEST = 8  # batches of an epoch


@remedy(safety="safe", certain=("batch-norm-on-tiny-batches",))
def larger_batch(case: Case) -> Iterable[Candidate]:
    """32 rows, and epochs for about half as many steps as before, whatever is more."""
    before = case.spec.fit["batch_size"]
    rows = case.run.data.rows.train or 0
    size = min(_USUAL, max(2, rows // _FEWEST))
    if size <= before:
        raise NoRemedy("there are too few rows for larger batches")
    epochs = case.spec.fit["epochs"]
    longer = max(epochs, round(epochs * size / before / 2))
    yield (ChangeFit({"batch_size": size, "epochs": longer}),)
