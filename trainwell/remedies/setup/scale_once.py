"""Remove the `Rescaling` layer: the data are already scaled.

Or keep the layer and give the data as they are, without dividing them by 255 first. The layer has the advantage that
the saved model scales its inputs itself.

Source: Keras, "Rescaling layer"
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


@remedy(safety="unsafe", certain=("rescaled-twice",))
def scale_once(case: Case) -> Iterable[Candidate]:
    """Remove the layers that the finding names."""
    graph = graph_of(case)
    calls = [call for call in map(graph.at, case.places) if call is not None]
    if not calls:
        raise NoRemedy("the Rescaling is no layer that can be removed")
    yield (RemoveLayers(paths(calls)),)
