"""Drop units of a SELU net by AlphaDropout.

Plain dropout moves mean and variance, which SELUs keep only if they are kept; alpha dropout leaves both.

Source: Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515 (2017)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ReplaceLayers
from trainwell.remedies.heads import graph_of
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.run.layer_kinds import DROPOUTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe", certain=("plain-dropout-in-selu-net",))
def alpha_dropout(case: Case) -> Iterable[Candidate]:
    """Each of the dropouts that the finding names, at its own rate."""
    graph = graph_of(case)
    by_rate: dict[float, list[str]] = {}
    for call in graph.calls:
        if call.kind in DROPOUTS - {"AlphaDropout"} and call.place.partition(":")[0] in case.places:
            by_rate.setdefault(float(call.config.get("rate", 0.0)), []).append(call.place.partition(":")[0])
    if not by_rate:
        raise NoRemedy("no dropout layer is named")
    yield tuple(ReplaceLayers(tuple(names), "AlphaDropout", {"rate": rate}) for rate, names in by_rate.items())
