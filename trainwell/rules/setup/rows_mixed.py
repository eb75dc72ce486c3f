"""The output for a row depends on the other rows of its batch.

Symptom
-------
The training looks good, and predictions of single rows, or in batches of another size, are poor. Predicting the same
row twice, beside different rows, gives different answers.

Why it happens
--------------
The first axis of every array is the batch. A softmax or a normalization along axis 0 divides by what the other rows
gave, and a reshape whose sizes do not keep the rows together moves values from one row to another. The model then
learns to read its batch, and in use the batch is a different one.

How it is measured
------------------
Some rows are predicted twice in inference mode, before the training: once with one set of other rows in the batch, and
once with another. The largest change of their outputs is compared with the deviation of all outputs. Where there is a
change, all layers are compared, and the first that differs is named.

Known limits
------------
Mixing in training mode alone is not looked for: batch normalization does it on purpose.

References:
----------
Keras, "keras.layers.Softmax": `axis` counts the batch as 0. Karpathy, "A recipe for training neural networks" (2019):
"use backprop to chart dependencies" of a row's output on other rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

CHANGED = Threshold(
    "changed",
    0.001,
    "of the outputs' deviation",
    "above",
    "0 by definition; float16 has three digits, and kernels may sum in another order for other rows",
)


@rule(
    id="TW122",
    family="setup",
    severity="fatal",
    fault_if=CHANGED,
    needs=("experiment:row_mixing",),
    remedies=("keep-rows-apart",),
    proof="facts",
)
def rows_mixed(run: Run) -> list[Evidence]:
    """Measures how much the output for a row changes with the other rows of its batch."""
    record = need(run.experiments.row_mixing, "the experiment row_mixing")
    if record.changed <= CHANGED.value:
        says = f"The outputs for {record.rows} rows do not depend on the other rows of their batch."
        return [evidence("", (record.changed, CHANGED), says=says)]
    where = f" This begins at {record.place!r}{_how(run, record.place)}." if record.place else ""
    says = (
        f"The output for a row changes with the other rows of its batch, by up to {record.changed:.2g} of the "
        f"deviation of all outputs.{where}"
    )
    return [evidence(record.place, (record.changed, CHANGED), says=says)]


def _how(run: Run, place: str) -> str:
    """Return what of the layer's configuration mixes rows, as the end of a sentence."""
    call = next((each for each in run.model.calls or () if each.place == place), None)
    if call is None:
        return ""
    axis = call.config.get("axis")
    axes = axis if isinstance(axis, (list, tuple)) else [axis]
    if any(each in {0, -len(call.shape)} for each in axes if isinstance(each, int)):
        return f", which works along axis {axis}: the batch"
    return f", a {call.kind}"
