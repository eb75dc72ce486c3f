"""Take away the layer that makes all rows alike.

A layer normalization over a single number subtracts the number from itself.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 8.7
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


@remedy(safety="unsafe", certain=("constant-predictions",))
def remove_collapsing_layer(case: Case) -> Iterable[Candidate]:
    """Normalizations over a single unit."""
    calls = [
        call
        for call in graph_of(case).calls
        if call.kind in {"LayerNormalization", "UnitNormalization"} and call.units == 1
    ]
    if not calls:
        raise NoRemedy("no layer is known to make all rows alike")
    yield (RemoveLayers(paths(calls)),)
