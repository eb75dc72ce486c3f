"""Residual branches: what a layer, or several, add to what they were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainwell.run.layer_kinds import NORMALIZATIONS

if TYPE_CHECKING:
    from trainwell.run.graph import Graph
    from trainwell.run.model import CallRecord


@dataclass(frozen=True)
class Branch:
    """The calls between what is passed by and the sum that it is added to.

    Args:
        calls: in their order.
        first: those of them that take what is passed by.
        last: the last of them with a kernel.
    """

    calls: tuple[CallRecord, ...]
    first: tuple[CallRecord, ...]
    last: CallRecord

    @property
    def is_normalized(self) -> bool:
        """Whether one of its calls normalizes."""
        return any(call.kind in NORMALIZATIONS for call in self.calls)


def residual_branches(graph: Graph) -> list[Branch]:
    """The branches with weights of all sums of two one of which hangs on the other, in the order of their sums."""
    found = []
    for call in graph.calls:
        if call.kind != "Add" or len(call.inputs) != 2:  # noqa: PLR2004 -- a branch and what is passed by it
            continue
        for passed, end in (call.inputs, call.inputs[::-1]):
            branch = _between(graph, passed, graph.at(end))
            if branch is not None:
                found.append(branch)
    return found


def _between(graph: Graph, passed: str | None, end: CallRecord | None) -> Branch | None:
    if passed is None or end is None:
        return None
    reached = {passed}
    calls = []
    for call in (*graph.before(end), end):
        if reached.intersection(call.inputs):
            reached.add(call.place)
            calls.append(call)
    weighted = [call for call in calls if call.has_kernel]
    if end.place not in reached or not weighted:
        return None
    return Branch(tuple(calls), tuple(call for call in calls if passed in call.inputs), weighted[-1])
