"""The source of batches gives the same rows again and again.

Symptom
-------
The training loss falls quickly to nearly zero, and the validation loss rises from the first epochs on, though there are
many rows.

Why it happens
--------------
A generator or a PyDataset begins at row 0 for each batch: its position is set inside the loop, or `__getitem__` does
not use its index. Batches that overlap, as with `x[i : i + size]` in place of `x[i * size : (i + 1) * size]`, do the
same more slowly. The model is then trained on a few rows and never reads the others.

How it is measured
------------------
The batches of a source are read before the training, up to one epoch of them, and their rows are compared by content,
inputs and targets together. Two shares are measured: how many rows of a batch the batch before it held too, and how
many of all rows are different ones. Rows of a rare class that are repeated are in order, since the rows of the other
classes are new in each batch.

Known limits
------------
Rows with noise of their own, as augmented rows have, count as different. Rows drawn at random with replacement from a
small table are not judged. A generator that gives all of its data as one batch, over and over, is named as well if the
batch has more than 8 rows: its content tells no difference.

References:
----------
Keras, "PyDataset": `__getitem__(self, index)` returns the batch at that index. Keras issue 3985: a generator that
restarts at its first row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import BatchesRecord, Run

OVERLAP = Threshold(
    "overlap",
    0.8,
    "of a batch's rows were in the batch before it",
    "above",
    "0 for a source that gives each row once an epoch; sliding windows by a fifth of a batch are at 0.8",
)
DISTINCT = Threshold(
    "distinct",
    0.5,
    "of the rows that were read",
    "below",
    "1 for a source that gives each row once an epoch; drawing with replacement leaves 0.63 (Efron, 1979)",
)
_FEWEST_BATCHES = 4
_TOY_ROWS = 8  # all rows of XOR and its like fit into one batch
_NO_DRAWING = 0.95  # of a batch's rows differ: so few would not, drawn with replacement from the rows of one batch


@rule(
    id="TW014",
    family="data",
    severity="fatal",
    fault_if=OVERLAP & DISTINCT,
    needs=("experiment:batches",),
    remedies=("new-rows-in-each-batch",),
    proof="facts",
)
def repeated_batches(run: Run) -> list[Evidence]:
    """Measures how many rows of a batch were in the one before it, and how many rows differ in all."""
    record = need(run.experiments.batches, "the experiment batches")
    if record.batches < _FEWEST_BATCHES or record.overlap is None:
        raise NotMeasured(f"only {record.batches} batches were read, and the rule compares {_FEWEST_BATCHES} at least")
    if record.distinct_rows <= _TOY_ROWS:
        raise NotApplicable(f"there are {record.distinct_rows} different rows, which one batch can hold")
    if record.distinct_within < _NO_DRAWING and record.distinct_batches > 1:
        raise NotApplicable("rows occur several times in one batch: they are drawn with replacement, or few can differ")
    distinct = record.distinct_rows / max(1, record.rows)
    return [evidence("", (record.overlap, OVERLAP), (distinct, DISTINCT), says=_says(record))]


def _says(record: BatchesRecord) -> str:
    if record.distinct_batches == 1:
        return (
            f"All {record.batches:,} batches that were read hold the same {record.distinct_rows:,} rows, so the model "
            "is trained on these rows alone."
        )
    return (
        f"The {record.batches:,} batches that were read hold {record.rows:,} rows, and {record.distinct_rows:,} of "
        f"them are different. {record.overlap or 0.0:.0%} of the rows of a batch were in the batch before it."
    )
