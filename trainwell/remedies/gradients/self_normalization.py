"""Let a deep stack of dense layers normalize itself: SELU, with LeCun initialisation.

SELU pulls the mean and the deviation of what a layer gives back towards 0 and 1, so that a hundred layers pass the
signal on as well as three do. It holds for plain stacks of dense layers and inputs that are about standardized; a
dropout between them must be alpha dropout.

Source: Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515 (2017); Géron, "Hands-On Machine
Learning", chapter on training deep networks
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ReplaceLayers
from trainwell.remedies.heads import graph_of, path_of
from trainwell.remedies.hidden import hidden_layers, with_hidden_activation
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.run.layer_kinds import NORMALIZATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe")
def self_normalization(case: Case) -> Iterable[Candidate]:
    """SELU and LeCun initialisation in every hidden layer; dropout becomes alpha dropout."""
    graph, calls = graph_of(case), hidden_layers(case)
    if any(call.kind != "Dense" for call in calls):
        raise NoRemedy("it holds for dense layers alone")
    if any(call.kind in NORMALIZATIONS for call in graph.calls):
        raise NoRemedy("a layer normalizes already")
    if any(len(graph.fed_by(call)) > 1 or len(graph.feeding(call)) > 1 for call in calls):
        raise NoRemedy("it holds for plain stacks alone")
    edits = with_hidden_activation(case, "selu")
    dropouts = [call for call in graph.calls if call.kind == "Dropout"]
    alpha = (ReplaceLayers((path_of(each),), "AlphaDropout", {"rate": each.config["rate"]}) for each in dropouts)
    yield (*edits, *alpha)
