"""Drop units while training.

Units that may be missing in any step cannot rely on each other: what is learned is spread over many. A SELU net gets
alpha dropout.

Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting" (2014)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import InsertLayers
from trainwell.remedies.heads import graph_of
from trainwell.remedies.hidden import hidden_layers, last_before_weights
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.run.layer_kinds import DROPOUTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe")
def dropout(case: Case) -> Iterable[Candidate]:
    """At 0.3 and at 0.5, behind the hidden layers."""
    graph, calls = graph_of(case), hidden_layers(case)
    dense = [call for call in calls if len(call.shape) == 2] or calls  # noqa: PLR2004 -- rows, units
    if any(each.kind in DROPOUTS for each in graph.calls):
        raise NoRemedy("there is dropout already")
    met = graph.activation_behind(dense[-1])
    kind = met.dropout if met is not None else "Dropout"
    for rate in (0.3, 0.5):
        yield (InsertLayers(kind, last_before_weights(case, dense), (), {"rate": rate}),)
