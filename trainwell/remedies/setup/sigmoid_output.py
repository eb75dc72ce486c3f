"""End with a sigmoid.

Yes or no, and each of several labels that may go together, is the probability of one unit. A softmax of one unit is
always 1, and one over labels makes them exclude each other.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.2.2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeLayers
from trainwell.remedies.heads import graph_of, head_of, path_of, with_activation, with_loss, with_metrics
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.run.heads import BINARY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case
    from trainwell.run import CallRecord


def _softmax_within(case: Case) -> CallRecord | None:
    """The Softmax layer that the finding names, where it is not the output."""
    if case.finding.rule.name != "softmax-on-one-unit":
        return None
    graph = graph_of(case)
    for place in case.places:
        call = graph.at(place)
        if call is not None and call.kind == "Softmax" and not graph.is_output(call):
            return call
    return None


@remedy(safety="safe", certain=("missing-output-activation", "softmax-on-one-unit", "softmax-on-multi-label"))
def sigmoid_output(case: Case) -> Iterable[Candidate]:
    """Activation, and loss and metrics where they do not fit; for a softmax within the net, its axis."""
    head, inner = head_of(case), _softmax_within(case)
    if inner is not None:
        yield (ChangeLayers((path_of(inner),), {"axis": -2}),)
        return
    if case.finding.rule.name == "missing-output-activation" and head.units > 1 and head.task != "multi-label":
        raise NoRemedy("a sigmoid is for yes or no")
    edits = with_activation(case, head, "sigmoid")
    if head.task == "multi-label" and head.loss_name not in BINARY:
        edits += (*with_loss(case, head, "binary_crossentropy"), *with_metrics(case, head, "multi-label"))
    elif head.units == 1 and head.loss_name not in BINARY:
        edits += with_loss(case, head, "binary_crossentropy")
    yield edits
