"""Penalize no weights.

Where rows are many, or early stopping ends the training, a penalty may not be needed at all.

Source: Krogh and Hertz, "A simple weight decay can improve generalization" (1992)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeLayers
from trainwell.remedies.heads import graph_of, path_of
from trainwell.remedies.hidden import penalty_of
from trainwell.remedies.overfitting.weaker_penalty import PENALTIES
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def no_penalty(case: Case) -> Iterable[Candidate]:
    """All of them go."""
    groups: dict[tuple[str, float, float], list[str]] = {}
    for call in graph_of(case).calls:
        for name in PENALTIES:
            if call.config.get(name):
                groups.setdefault((name, *penalty_of(call.config[name])), []).append(path_of(call))
    if not groups:
        raise NoRemedy("no layer has a penalty that could be weaker")
    yield tuple(ChangeLayers(tuple(dict.fromkeys(names)), {name: None}) for (name, *_), names in groups.items())
