"""Ids that an Embedding reads lie outside its rows.

Symptom
-------
The loss is NaN from the first step, or single rows have outputs of NaN. On other backends Keras raises an error; on JAX
no error is raised.

Why it happens
--------------
An `Embedding` has a row of weights for each id from 0 to `input_dim` - 1. Where ids are counted from 1, or words are
added after the size was fixed, the highest ids have no row: JAX then reads NaN. A negative id reads a row from the end,
which belongs to another id.

How it is measured
------------------
The ids that reach each `Embedding`, from all training and validation rows where they come straight from an input, and
from some rows where other layers make them: how many are below 0, or at or above `input_dim`.

Known limits
------------
Of a source of batches, the rows that were kept are looked at. A layer of the user's own that looks up rows is not known
as an `Embedding`.

References:
----------
Keras, "Embedding layer": `input_dim` is "size of the vocabulary, i.e. maximum integer index + 1". JAX, "Sharp bits",
out-of-bounds indexing. Keras issue 10694.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import IdsRecord, Run

OUTSIDE = Threshold("outside", 0.0, "ids", "above", "Keras, Embedding: ids go from 0 to input_dim - 1, by definition")


@rule(
    id="TW018",
    family="data",
    severity="fatal",
    fault_if=OUTSIDE,
    needs=("experiment:embedding_ids",),
    remedies=("larger-input-dim",),
    proof="facts",
)
def ids_out_of_range(run: Run) -> list[Evidence]:
    """Counts ids outside of the rows of each Embedding."""
    record = need(run.experiments.embedding_ids, "the experiment embedding_ids")
    return [evidence(each.place, (each.outside, OUTSIDE), says=_says(each)) for each in record.embeddings]


def _says(ids: IdsRecord) -> str:
    of = f" of the input {ids.name!r}" if ids.name and ids.name != "x" else ""
    if not ids.outside:
        return (
            f"The ids{of} in the {ids.part} rows go from {ids.minimum:,} to {ids.maximum:,}, and {ids.place!r} has "
            f"rows for 0 to {ids.input_dim - 1:,}."
        )
    says = (
        f"{ids.place!r} has rows for the ids 0 to {ids.input_dim - 1:,}, but {ids.outside:,} of the {ids.ids:,} ids"
        f"{of} in the {ids.part} rows lie outside of that (lowest {ids.minimum:,}, highest {ids.maximum:,})."
    )
    if ids.maximum >= ids.input_dim:
        says += f" Their vectors are NaN. input_dim must be at least {ids.maximum + 1:,}, the highest id plus 1."
    if ids.minimum < 0:
        says += " A negative id reads the vector of another id, counted from the end."
    return says
