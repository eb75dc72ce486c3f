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
For each frozen layer with a bias, whether that is 0 throughout, as in a new layer: training moves it. The share of such
layers among the frozen ones is measured. That they cost something is for a trial to show.

Known limits
------------
A net of random features on purpose (a reservoir, a random projection) looks the same; there a trial gains nothing.
Layers without a bias are not judged.

References:
----------
Keras, "Transfer learning and fine-tuning" (guide).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

NEW = Threshold("new", 0.99, "share of the frozen layers", "above", "all: in a trained base few biases are 0")


@rule(
    id="TW128",
    family="setup",
    severity="serious",
    fault_if=NEW,
    needs=("experiment:frozen",),
    remedies=("unfreeze", "load-weights"),
    explained_by=("nothing-trainable",),
)
def frozen_untrained(run: Run) -> list[Evidence]:
    """Measures the share of frozen layers whose biases are as they begin."""
    record = need(run.experiments.frozen, "the experiment frozen")
    layers = f"{record.new} of {record.layers} frozen layers"
    says = (
        f"{layers}, from {record.first!r} on, have biases that are all 0, as new layers have: it looks as if no "
        "trained weights were ever loaded into them."
        if record.new
        else f"The biases of all {record.layers} frozen layers were trained."
    )
    return [evidence(record.first, (record.new / record.layers, NEW), says=says)]
