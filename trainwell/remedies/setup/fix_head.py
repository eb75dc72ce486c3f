"""Let the output have the target's shape.

A recurrent layer that returns its whole sequence answers at each step where one answer is asked for; a last layer
with too many units answers more than is asked.

Source: Keras documentation, return_sequences
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeLayers
from trainwell.remedies.heads import graph_of, head_of, path_of, with_units
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.run.layer_kinds import RECURRENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe", certain=("broadcast-target",))
def fix_head(case: Case) -> Iterable[Candidate]:
    """Units, or the sequence that the last recurrent layer returns."""
    head = head_of(case)
    graph, call = graph_of(case), head.call
    before = [] if call is None else [*graph.before(call), call]
    axes = len((head.target and head.target.shape) or ())
    if (len(head.shape) > 2 and axes < len(head.shape) - 1) or head.shape[1:-1]:  # noqa: PLR2004 -- rows, units
        for each in reversed(before):
            if each.config.get("return_sequences") is True and each.kind in RECURRENT:
                yield (ChangeLayers((path_of(each),), {"return_sequences": False}),)
                return
    if head.units != head.width:
        yield with_units(case, head, head.width)
        return
    raise NoRemedy("it is not known which layer gives the output its shape")
