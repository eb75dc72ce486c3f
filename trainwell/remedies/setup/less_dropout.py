"""Drop fewer units.

A rate above a half leaves the net too few units to learn with; 0.2 to 0.5 are usual. A rate of 0.9 is often meant as
the share that is kept.

Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting" (2014)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeLayers
from trainwell.remedies.heads import graph_of
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


_USUAL = 0.5
_LOWER = (0.2, 0.0)


@remedy(safety="safe")
def less_dropout(case: Case) -> Iterable[Candidate]:
    """At a fifth, and at none."""
    graph = graph_of(case)
    groups: dict[str, list[str]] = {}
    for call in graph.calls:
        if call.place.partition(":")[0] in case.places:
            for argument in ("rate", "dropout", "recurrent_dropout"):
                if float(call.config.get(argument) or 0) > _USUAL:
                    groups.setdefault(argument, []).append(call.place.partition(":")[0])
    if not groups:
        raise NoRemedy("no dropout that could be lowered is named")
    for rate in _LOWER:
        yield tuple(ChangeLayers(tuple(dict.fromkeys(names)), {argument: rate}) for argument, names in groups.items())
