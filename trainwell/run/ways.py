"""The ways through a model: which calls nothing can pass by on its way from the inputs to an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainwell.run.graph import Graph
    from trainwell.run.model import CallRecord


def carries_all(graph: Graph, call: CallRecord, output: CallRecord) -> bool:
    """Whether all that an output knows of the inputs has passed this call: no skip leads around it.

    Args:
        graph: the model.
        call: in question.
        output: the call that an output comes from.

    Returns:
        False also where a way is not known.
    """
    waiting, seen, fed = [output], {output.place, call.place}, False
    if call.place == output.place:
        return True
    while waiting:
        each = waiting.pop()
        for place in each.inputs:
            if place is None or place.startswith("@"):
                return False
            fed = fed or place == call.place
            found = graph.at(place)
            if found is not None and place not in seen:
                seen.add(place)
                waiting.append(found)
    return fed
