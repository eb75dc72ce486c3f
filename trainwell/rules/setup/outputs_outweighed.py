"""The loss of one output outweighs that of another, so the weights that both share are trained for one alone.

Symptom
-------
A model with several outputs learns one of them well and another poorly, worse than a model for that output alone. The
total loss is almost equal to the loss of one output.

Why it happens
--------------
The losses of all outputs are added. A mean squared error of a target in the thousands is millions, and a cross-entropy
is about 1. The gradients in the shared layers are added as well, and the small one is lost in the large one: neither
the learning rate nor an adaptive optimizer can give it back, since both see the sum only.

How it is measured
------------------
On a batch of training rows, before the training, the gradient of each output's loss is taken with respect to the
weights that the losses of several outputs reach. Its norm is compared with the largest one.

Known limits
------------
The gradients are those of the first weights; a large loss that falls quickly may stop outweighing the others. Layers
that belong to one output alone learn in any case. If `loss_weights` that differ are given, the proportion is taken for
a choice and not judged.

References:
----------
Kendall et al., "Multi-task learning using uncertainty to weigh losses", CVPR 2018. Chen et al., "GradNorm: gradient
normalization for adaptive loss balancing in deep multitask networks", ICML 2018.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import OutputGradientRecord, Run

SHARE = Threshold(
    "share",
    0.01,
    "of the largest gradient",
    "below",
    "an estimate: a hundredth is below the noise of a batch's gradient, whose signal is seldom a tenth of it",
)


@rule(
    id="TW123",
    family="setup",
    severity="serious",
    fault_if=SHARE,
    needs=("experiment:gradients",),
    remedies=("scale-target", "weigh-losses"),
    explained_by=("non-finite-targets", "loss-does-not-fit-task", "broadcast-target"),
    proof="facts",
)
def outputs_outweighed(run: Run) -> list[Evidence]:
    """Compares the gradients that the losses of several outputs have on the weights that they share."""
    record = need(run.experiments.gradients, "the experiment gradients")
    if _are_weighted(run.compile.loss_weights):
        raise NotApplicable("the losses have different loss_weights, so their proportion is a choice")
    if not record.finite_loss or record.non_finite:
        raise NotApplicable("the loss or its gradient is not finite")
    known = [each for each in record.outputs if each.gradient]
    if len(known) < 2:  # noqa: PLR2004 -- nothing to compare
        raise NotApplicable("no weights are shared by the losses of several outputs")
    largest = max(known, key=lambda each: each.gradient or 0.0)
    return [_compared(run, each, largest) for each in known if each is not largest]


def _are_weighted(weights: Any) -> bool:
    """Return True if the losses were given weights that differ."""
    given = list(weights.values()) if isinstance(weights, dict) else weights
    return isinstance(given, list) and len({repr(each) for each in given}) > 1


def _compared(run: Run, each: OutputGradientRecord, largest: OutputGradientRecord) -> Evidence:
    share = (each.gradient or 0.0) / (largest.gradient or 1.0)
    small, large = (repr(_name(run, one.output)) for one in (each, largest))
    if share < SHARE.value:
        says = (
            f"The loss of {large}{_worth(largest)} outweighs that of {small}{_worth(each)}: in the weights that both "
            f"share, the gradient for {large} is {1 / share:,.0f} times as large, so they are hardly trained for "
            f"{small}."
        )
    else:
        says = f"In the weights that both share, the gradient for {small} is {share:.2g} times that for {large}."
    return evidence(_name(run, largest.output), (share, SHARE), says=says)


def _worth(each: OutputGradientRecord) -> str:
    if each.loss is None:
        return ""
    return f" ({each.loss:,.0f})" if abs(each.loss) >= 1000 else f" ({each.loss:.3g})"  # noqa: PLR2004


def _name(run: Run, output: str) -> str:
    """Return the name of the layer that gives an output, if the output itself has only a number."""
    found = next((each for each in run.model.outputs or () if each.name == output), None)
    return found.place if output.isdecimal() and found is not None and found.place else output
