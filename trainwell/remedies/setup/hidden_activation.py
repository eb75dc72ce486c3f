"""Give hidden layers an activation.

Layers without one in a row are one linear layer, whatever their number. A ReLU with He initialisation is the usual
choice.

Source: Géron, "Hands-On Machine Learning", chapter on training deep networks
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.activations import ACTIVATIONS
from trainwell.edits import ChangeLayers
from trainwell.remedies.heads import graph_of, path_of
from trainwell.remedies.hidden import hidden_layers, paths, with_initializers
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe", certain=("missing-hidden-activation",))
def hidden_activation(case: Case) -> Iterable[Candidate]:
    """All layers that the finding names, with the initializer that matches."""
    graph = graph_of(case)
    named = {each.where.partition(":")[0] for each in case.finding.evidence}
    calls = [call for call in hidden_layers(case) if path_of(call) in named and "activation" in call.config]
    linear = [call for call in calls if graph.activation_behind(call) in (None, ACTIVATIONS["linear"])]
    if not linear:
        raise NoRemedy("no layer without an activation could be given one")
    yield (ChangeLayers(paths(linear), {"activation": "relu"}), *with_initializers(case, linear, "relu"))
