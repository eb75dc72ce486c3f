"""Do the batches of a source hold new rows, and rows of several classes?

The batches that were read before the training are compared by the content of their rows, up to one epoch of them.

Not good at: rows that an epoch never reaches. A source does not tell which rows it could have given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.run import BatchesRecord

if TYPE_CHECKING:
    from trainwell.experiments.context import ExperimentContext


def batches(context: ExperimentContext) -> BatchesRecord | None:
    """Return the counts of distinct rows and of classes; `None` for arrays."""
    source = context.spec.batches
    if source is None or not source.contents.batches:
        return None
    contents = source.contents
    found = BatchesRecord(
        batches=contents.batches,
        rows=contents.rows,
        distinct_batches=contents.distinct_batches,
        distinct_rows=contents.distinct_rows,
        overlap=contents.overlap,
        distinct_within=contents.distinct_within,
    )
    spread = contents.classes()
    if spread is not None:
        found.classes, found.one_class, found.between_batches = spread
    return found
