"""Batch normalization takes its mean and deviation from too few rows.

Symptom
-------
The training loss jumps from step to step, and the model is much worse outside training than in it.

Why it happens
--------------
While it trains, batch normalization scales by the statistics of the batch at hand. Of a few rows they are mostly noise,
and each row's outputs hang on which others happen to be beside it; of a single row of plain units nothing is left at
all. Positions of one image are of little help: they resemble each other.

How it is measured
------------------
The rows of a batch, wherever a batch normalization is trained. Layers of plain units, which see one value in each row,
need more of them than layers that see maps or sequences. Frozen ones, which use what they have stored, are left out.

Known limits
------------
How much noise a training bears hangs on its data and its learning rate. Rows that a mask hides are counted.

References:
----------
Wu and He, "Group normalization", arXiv 1803.08494 (2018), figure 1: ImageNet error by batch size, 23.6 % at 32 images,
24.8 % at 8, 27.3 % at 4 and 34.7 % at 2. Ioffe, "Batch renormalization", arXiv 1702.03275 (2017).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Circumstance, NotApplicable, Threshold, evidence, need, rule
from trainwell.run import Graph

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

OF_VECTORS = Threshold(
    "of_vectors",
    5,
    "rows",
    "below",
    "Wu and He (2018): at 4 images, each with many positions, the error is a sixth higher",
)
OF_MAPS = Threshold("of_maps", 4, "rows", "below", "Wu and He (2018): at 2 images the error is half as high again")
FEW = Threshold("few", 8, "rows", "below", "Wu and He (2018): at 8 images the error begins to rise")


ONE_VALUE = Circumstance("the layer gets one value of each unit in a row")
SEVERAL_VALUES = Circumstance("the layer gets maps or sequences")


@rule(
    id="TW117",
    family="setup",
    severity="serious",
    fault_if=OF_VECTORS & ONE_VALUE | OF_MAPS & SEVERAL_VALUES,
    advice_if=FEW,
    needs=("model.calls", "fit.batch_size"),
    remedies=("larger-batch", "layer-normalization"),
)
def batch_norm_on_tiny_batches(run: Run) -> list[Evidence]:
    """Compares the rows of a batch with what each kind of batch normalization needs."""
    trained = [
        call for call in Graph.of(run).calls if call.of_keras and call.kind == "BatchNormalization" and call.trainable
    ]
    if not trained:
        raise NotApplicable("no batch normalization is trained")
    size = need(run.fit.batch_size, "fit.batch_size")
    rows = min([size, *(each.rows for each in run.data.targets or () if each.rows)])
    found = []
    for call in trained:
        of_maps = call.positions > 1
        limit, kind = (OF_MAPS, SEVERAL_VALUES) if of_maps else (OF_VECTORS, ONE_VALUE)
        values = f"{rows} rows of {call.positions} positions" if of_maps else f"{rows} row{'s' * (rows != 1)}"
        says = f"{call.place!r} takes its statistics from {values} at a time."
        found.append(evidence(call.place, (rows, limit), kind, says=says))
        found.append(evidence(call.place, (rows, FEW), says=says))
    return found
