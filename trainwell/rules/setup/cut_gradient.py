"""Most weights get no gradient: an operation on the way to the loss has a derivative of 0, or they are not on it.

Symptom
-------
The loss does not move, or only as far as the last layer can move it; the first layers keep their initial weights.

Why it happens
--------------
Rounding, a sign, a comparison, an argmax or a cast to whole numbers has a derivative of 0 everywhere, and so has
`stop_gradient`. Layers whose output is not used on the way to any loss get none either.

How it is measured
------------------
The gradient of the loss is taken for some batches of training rows, before the first step. Measured is the share of the
trainable parameters that are in variables whose gradient is exactly 0 in all of these rows.

Known limits
------------
Where a later layer begins with weights of 0, the layers before it get their first gradient after the first step: then
this is not judged. Rows of an embedding that do not occur are no matter: the other rows get a gradient.

References:
----------
Bengio, Leonard and Courville, "Estimating or propagating gradients through stochastic neurons", arXiv 1308.3432 (2013).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule
from trainwell.rules.causes import IN_DATA
from trainwell.run import Graph

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

CUT = Threshold("cut", 0.5, "share of the trainable parameters", "above", "by definition 0: half for parts on purpose")


@rule(
    id="TW129",
    family="setup",
    severity="fatal",
    fault_if=CUT,
    needs=("experiment:gradients", "model.calls"),
    remedies=("smooth-operations",),
    explained_by=(*IN_DATA, "softmax-on-one-unit", "constant-initialization", "normalized-away", "rows-mixed"),
    proof="facts",
)
def cut_gradient(run: Run) -> list[Evidence]:
    """Measures the share of the parameters that no gradient reaches."""
    record = need(run.experiments.gradients, "the experiment gradients")
    if record.non_finite or not record.finite_loss:
        raise NotApplicable("gradients are not finite")
    kernels = [kernel for call in Graph.of(run).calls for kernel in call.kernels if kernel.trainable]
    if any(kernel.rms == 0 for kernel in kernels):
        raise NotApplicable("a layer begins with weights of 0")
    layers = list(dict.fromkeys(name.rpartition("/")[0] or name for name in record.zero))
    says = (
        f"The gradient is exactly 0 for {record.zero_share:.0%} of the trainable parameters, in {record.rows:,} "
        f"training rows: nothing that the loss says reaches {', '.join(map(repr, layers[:3]))}"
        f"{f' and {len(layers) - 3} more layers' if len(layers) > 3 else ''}."  # noqa: PLR2004 -- three are named
        if record.zero_share > 0
        else f"Every trainable weight gets a gradient from {record.rows:,} training rows."
    )
    return [evidence(layers[-1] if layers else "", (record.zero_share, CUT), says=says)]
