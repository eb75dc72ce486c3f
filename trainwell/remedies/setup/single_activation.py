"""Keep one of two activations in a row.

A sigmoid behind a ReLU gives values between a half and 1; a softmax behind a softmax can never be sure.

Source: Géron, "Hands-On Machine Learning", chapter on training deep networks
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import RemoveLayers
from trainwell.remedies.heads import graph_of
from trainwell.remedies.hidden import paths
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe", certain=("stacked-activations",))
def single_activation(case: Case) -> Iterable[Candidate]:
    """The second of each pair goes, where it is a layer of its own."""
    graph = graph_of(case)
    calls = [call for call in map(graph.at, case.places) if call is not None and call.is_activation]
    if not calls:
        raise NoRemedy("none of the two is a layer of its own")
    yield (RemoveLayers(paths(calls)),)
