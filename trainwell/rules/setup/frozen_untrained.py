"""Frozen layers hold random weights: nothing was ever loaded into them.

Symptom
-------
"Transfer learning" learns slowly and stays far below what it should reach; the layers in front of the head give random
features.

Why it happens
--------------
A base is built with `weights=None` or its weights are loaded into another model, and is then frozen with
`trainable = False`. The head has to make do with random features that training cannot change.

How it is measured
------------------
For each frozen layer whose initializer is known, the size of its kernel is compared with what that initializer draws.
Trained weights have another size; those that were just drawn agree within the noise of drawing. The share of such
layers among the frozen ones is measured. That they cost something is for a trial to show.

Known limits
------------
A net of random features on purpose (a reservoir, a random projection) looks the same; there a trial gains nothing.
Layers whose bias or statistics were loaded, but not the kernel, are named too.

References:
----------
Keras, "Transfer learning and fine-tuning" (guide). Glorot and Bengio, AISTATS 2010, on the size of initial weights.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.run import Graph, drawn_size

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

RANDOM = Threshold("random", 0.99, "share of the frozen layers", "above", "all: a trained base has none")
WEIGHTS = Threshold("weights", 100.0, "weights", "above", "the size of 100 drawn weights is known within 7 %")
_DEVIATIONS = 3.0


@rule(
    id="TW128",
    family="setup",
    severity="serious",
    fault_if=RANDOM & WEIGHTS,
    needs=("model.calls",),
    remedies=("unfreeze", "load-weights"),
    explained_by=("nothing-trainable",),
)
def frozen_untrained(run: Run) -> list[Evidence]:
    """Measures the share of frozen layers whose kernels are as large as their initializer draws them."""
    found: list[bool] = []
    weights, first = 0, ""
    for call in Graph.of(run).weighted:
        name = "depthwise_initializer" if "Depthwise" in call.kind else "kernel_initializer"
        for kernel in call.kernels:
            drawn = drawn_size(call.config.get(name), kernel.shape) if len(kernel.shape) > 1 else None
            if kernel.trainable or not kernel.rms or drawn is None:
                continue
            count = math.prod(kernel.shape)
            noise = 1 / math.sqrt(2 * count)  # of a root mean square, as a share of it
            found.append(abs(kernel.rms / max(drawn, 1e-30) - 1) < _DEVIATIONS * noise)
            weights += count
            first = first or call.place
    if not found:
        raise NotApplicable("no frozen layer has a kernel of a known initializer")
    share = sum(found) / len(found)
    layers = f"{sum(found)} of {len(found)} frozen layers"
    says = (
        f"{layers}, from {first!r} on, hold weights of exactly the size that their initializers draw: they look as if "
        "they were never trained or loaded."
        if share > RANDOM.value
        else f"{layers} hold weights of the size that their initializers draw."
    )
    return [evidence(first, (share, RANDOM), (weights, WEIGHTS), says=says)]
