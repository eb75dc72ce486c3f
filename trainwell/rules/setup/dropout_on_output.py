"""Dropout behind the last layer with weights: it strikes out the answers themselves.

Symptom
-------
The training loss stays high and restless, far above the validation loss; probabilities are pulled up to make good for
those that are struck out.

Why it happens
--------------
Dropout between layers makes the net spread what it knows over many units. Behind the last weights there is nobody left
to make use of that: a random share of the answers is replaced by 0 and the others are enlarged, so that the loss judges
noise, and its gradient with it.

How it is measured
------------------
From each output that has a loss, backwards through activations, pooling and rearrangement to the first layer with
weights: the rate of the dropout (or the deviation of the noise) found on the way.

Known limits
------------
Dropout in a branch that is merged with others is passed over, and so is what a model's own code does with an output.

References:
----------
Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15 (2014): on inputs and
hidden units. Nikanjam et al., arXiv 2105.08095 (2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, rule
from trainwell.run import CallRecord, Graph, heads
from trainwell.run.layer_kinds import DROPOUTS, MERGING

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

RATE = Threshold("rate", 0, "dropped", "above", "by definition: no answer is to be struck out")


@rule(
    id="TW114",
    family="setup",
    severity="serious",
    fault_if=RATE,
    needs=("model.calls", "compile.losses"),
    remedies=("remove-dropout",),
    proof="facts",
)
def dropout_on_output(run: Run) -> list[Evidence]:
    """Measures the rate of the dropout between the last weights and each output."""
    graph = Graph.of(run)
    if not any(call.kind in DROPOUTS for call in graph.calls):
        raise NotApplicable("the model has no dropout")
    found, unseen = [], []
    for head in heads(run):
        if head.loss is None:
            continue
        if head.call is None:
            unseen.append(head.where)
            continue
        found += [_of_call(call, head.where) for call in _behind_weights(graph, head.call) if call.kind in DROPOUTS]
        if not found or found[-1].where != head.where:
            says = f"No dropout lies between the last weights and the output {head.where!r}."
            found.append(evidence(head.where, (0, RATE), says=says))
    if not found and unseen:
        raise NotMeasured(f"what gives {unseen[0]!r} its last form cannot be seen")
    if not found:
        raise NotApplicable("no output has a loss")
    return found


def _behind_weights(graph: Graph, call: CallRecord) -> list[CallRecord]:
    """The calls from an output back to the first layer with weights, without that."""
    found: list[CallRecord] = []
    # A dropout's only variable is the state of its random numbers.
    while call.of_keras and not call.has_kernel and call.kind not in MERGING:
        if call.parameters and call.kind not in DROPOUTS:
            break
        found.append(call)
        feeding = graph.feeding(call)
        if len(feeding) != 1:
            break
        call = feeding[0]
    return found


def _of_call(call: CallRecord, where: str) -> Evidence:
    rate = float(call.config.get("rate", call.config.get("stddev", 0)) or 0)
    what = f"drops {rate:.0%} of" if "rate" in call.config else f"adds noise of deviation {rate:g} to"
    says = f"{call.kind} {call.name!r} {what} the output {where!r} itself, behind the last weights."
    return evidence(where, (rate, RATE), says=says)
