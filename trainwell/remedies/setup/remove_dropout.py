"""Take the dropout behind the output away.

It drops answers, not what they are made of: a probability becomes 0, and the loss infinite.

Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting" (2014)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import RemoveLayers
from trainwell.remedies.heads import graph_of, head_of, path_of
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.run.layer_kinds import DROPOUTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe", certain=("dropout-on-output",))
def remove_dropout(case: Case) -> Iterable[Candidate]:
    """The dropout layers between the last weights and the output."""
    graph, head = graph_of(case), head_of(case)
    call, found = head.call, []
    while call is not None and not call.has_kernel:
        if call.kind in DROPOUTS:
            found.append(path_of(call))
        feeding = graph.feeding(call)
        call = feeding[0] if len(feeding) == 1 else None
    if not found:
        raise NoRemedy("no dropout layer stands behind the output")
    yield (RemoveLayers(tuple(found)),)
