"""Target and output differ in shape, and the loss compares every one with every other.

Symptom
-------
The loss falls to the target's variance and stays there: the model learns the mean. All units of the output give the
same. Keras on JAX says nothing.

Why it happens
--------------
Arrays of different shapes are stretched to a common one before they are subtracted: a target `(n, 1)` against k outputs
is copied k times, one against t steps of a sequence t times, and of `(n,)` against `(n, 1)` every target meets every
row's output. Keras brings both to the same rank for its own losses and for functions, where a last axis of 1 is all
that differs; a `keras.losses.Loss` of the user's own gets them as they are.

How it is measured
------------------
From the shapes of a batch, as the loss gets them: where they differ and yet can be stretched to a common shape, how
many times a number is copied for it. Losses of the user's own may mean to take other shapes. Only where one gets `(n,)`
and `(n, 1)` is it looked at: it is named if a target `(n, 1)` would give another loss, and the outputs have learned
nothing of the target at the end.

Known limits
------------
A loss of the user's own that is given a target of another shape with purpose cannot be told from one that is not; but
for the case above it is not judged.

References:
----------
Keras 3, `keras/src/losses/loss.py`, `squeeze_or_expand_to_same_rank`. Lagouvardos et al., "Static analysis of shape in
TensorFlow programs", ECOOP 2020.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import Circumstance, NotApplicable, NotMeasured, Threshold, evidence, need, rule
from trainwell.run import Head, heads, number
from trainwell.run.heads import SPARSE

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

_OF_OTHER_SHAPES = SPARSE | {"ctc", "circle"}  # take classes or texts beside rows of numbers

COPIES = Threshold("copies", 1, "copies of a number", "above", "by definition: each target is meant for one output")
LEARNED = Threshold(
    "learned",
    0.1,
    "of the target",
    "below",
    "by definition 0 where every target meets every output; a tenth for luck",
)


KERAS_LOSS = Circumstance("the loss is one of Keras's")
OWN_LOSS = Circumstance("the loss is the user's own")


@rule(
    id="TW109",
    family="setup",
    severity="fatal",
    fault_if=COPIES & KERAS_LOSS | COPIES & LEARNED & OWN_LOSS,
    needs=("model.calls", "compile.losses", "data.targets"),
    remedies=("reshape-target", "fix-head"),
    explained_by=("wrong-label-encoding",),
    proof="facts",
)
def broadcast_target(run: Run) -> list[Evidence]:
    """Measures how many times each number of the target or the output is copied for the loss."""
    found, unknown = [], []
    for head in heads(run):
        if head.loss is None or head.target is None or head.loss_name in _OF_OTHER_SHAPES or not head.batches:
            continue
        copies = max(_copies(head, rows) for rows in head.batches)
        if head.loss.of_keras:
            found.append(evidence(head.where, (copies, COPIES), KERAS_LOSS, says=_says(head, copies)))
        elif copies == 1:
            found.append(_in_order(head))
        elif head.loss.is_object and not head.target.shape and list(head.shape[1:]) == [1]:
            if head.loss.flat_differs is False:  # it brings them together itself
                found.append(_in_order(head))
                continue
            learned = _learned(head)
            if learned is None:
                raise NotMeasured(f"whether {head.where!r} learns anything of its target cannot be seen")
            found.append(evidence(head.where, (copies, COPIES), (learned, LEARNED), OWN_LOSS, says=_says(head, copies)))
        else:
            unknown.append(head.where)
    if not found and unknown:
        raise NotApplicable(f"what the loss of {unknown[0]!r}, one of the user's own, does with shapes is not known")
    if not found:
        raise NotApplicable(_why_none(run))
    return found


def _why_none(run: Run) -> str:
    without = [head.where for head in heads(run) if head.loss is None]
    if not without:
        return "no output is compared with a target number by number"
    return (
        f"the output {without[0]!r} was compiled without a loss; what a compute_loss or train_step of the model's own "
        "does with shapes is not seen"
    )


def _in_order(head: Head) -> Evidence:
    """Return evidence for a loss of the user's own that copies nothing; what its outputs learned does not matter."""
    return evidence(head.where, (1, COPIES), (math.nan, LEARNED), OWN_LOSS, says=_says(head, 1))


def _copies(head: Head, rows: int) -> float:
    """How many times a number is copied for a batch; 1 where shapes agree, or cannot be stretched."""
    target, output = (rows, *need(head.target, "data.targets").shape), (rows, *head.shape[1:])
    if not head.loss or head.loss.of_keras or not head.loss.is_object:
        target, output = _same_rank(target, output)
    try:
        together = math.prod(np.broadcast_shapes(target, output))
    except ValueError:
        return 1
    return together / min(math.prod(target), math.prod(output))


def _same_rank(target: tuple, output: tuple) -> tuple[tuple, tuple]:
    """As Keras does for its own losses and for functions: where a last axis of 1 is all that the ranks differ by."""
    if len(target) == len(output) + 1 and target[-1] == 1:
        return (target, (*output, 1)) if len(output) == 1 else (target[:-1], output)
    if len(output) == len(target) + 1 and output[-1] == 1:
        return ((*target, 1), output) if len(target) == 1 else (target, output[:-1])
    return target, output


def _learned(head: Head) -> float | None:
    """What share of the target's variance the outputs tell at the end, beyond what they would all the same.

    Where every target meets every output, each output is pulled to its batch's mean, of which its own target is one
    part in n: R² comes to 2 / n - 1 / n². Of classes, the outputs' own variance is taken. `None` without looks.
    """
    rows = max(head.batches)
    if "r2" in head.looks:
        return float(head.looks["r2"][-1]) - (2 / rows - 1 / rows**2)
    variance = number(need(head.target, "data.targets").deviation) ** 2
    return float(head.looks["spread"][-1] ** 2 / variance) if "spread" in head.looks and variance else None


def _says(head: Head, copies: float) -> str:
    target = ", ".join(["n", *map(str, need(head.target, "data.targets").shape)])
    output = ", ".join(["n", *map(str, head.shape[1:])])
    target, output = (f"({each},)" if each == "n" else f"({each})" for each in (target, output))
    told = f"The target {target} stands beside the output {output} of {head.where!r}"
    return (
        f"{told}: each number is copied {copies:g} times for the loss." if copies > 1 else f"{told}, number by number."
    )
