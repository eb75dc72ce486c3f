"""Remove the activation that comes before the first weights.

An activation belongs behind a layer with weights: `keras.layers.Dense(64, activation="relu")`. In front of the first
one it only cuts the inputs.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.3
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


@remedy(safety="unsafe", certain=("clipped-inputs",))
def remove_first_activation(case: Case) -> Iterable[Candidate]:
    """Remove the layers that the finding names."""
    graph = graph_of(case)
    calls = [call for call in map(graph.at, case.places) if call is not None]
    if not calls:
        raise NoRemedy("the activation is no layer of its own")
    yield (RemoveLayers(paths(calls)),)
