"""Plain dropout stands between layers with SELU, which then no longer keep their outputs at mean 0 and variance 1.

Symptom
-------
A self-normalizing net trains no better than one with ReLU, or worse the deeper it is.

Why it happens
--------------
SELU draws the mean of a layer's outputs towards 0 and their variance towards 1, on the condition that nothing else
moves them. Plain dropout sets units to 0 and multiplies the rest, which keeps the mean and raises the variance; SELU's
lowest value, which alpha dropout sets them to instead, keeps both.

How it is measured
------------------
Along the model's graph: the dropout layers behind a SELU whose outputs reach another SELU. In front of the last layer
there is nothing left to normalise, and where layers normalise by other means (batch or layer normalization) nothing
hangs on SELU; both are only mentioned.

Known limits
------------
The other conditions of self-normalization (initialiser, dense layers in one row, standardised inputs) are not looked at
here.

References:
----------
Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515 (2017): alpha dropout. Géron, "Hands-On Machine
Learning" (3rd edition), chapter 11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Circumstance, NotApplicable, Threshold, evidence, rule
from trainwell.run import Graph
from trainwell.run.layer_kinds import ARRANGING, NORMALIZATIONS

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import CallRecord, Run

PLACES = Threshold(
    "places", 0, "dropout layers", "above", "Klambauer et al. (2017): alpha dropout alone keeps both moments"
)
NEEDLESS = Circumstance("nothing depends on the SELU (no other one follows, or other layers normalize)")
_PLAIN = frozenset({"Dropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"})


@rule(
    id="TW116",
    family="setup",
    severity="minor",
    fault_if=PLACES,
    advice_if=PLACES & NEEDLESS,
    needs=("model.calls",),
    remedies=("alpha-dropout",),
    explained_by=("heavy-dropout",),
)
def plain_dropout_in_selu_net(run: Run) -> list[Evidence]:
    """Looks for plain dropout behind a SELU and before another."""
    graph = Graph.of(run)
    selus = [call for call in graph.calls if _is_selu(call)]
    if not selus:
        raise NotApplicable("no layer has a SELU")
    normalized = any(call.kind in NORMALIZATIONS for call in graph.calls)
    found = []
    for call in graph.calls:
        if call.kind not in _PLAIN or not call.config.get("rate") or not _comes_from_selu(graph, call):
            continue
        further = [each for each in graph.after(call) if _is_selu(each)]
        if further:
            says = f"The {call.kind} {call.place!r} stands between layers with SELU, before {further[0].place!r}."
        else:
            says = f"The {call.kind} {call.place!r} follows a SELU."
        needless = (NEEDLESS,) if normalized or not further else ()
        found.append(evidence(call.place, (1, PLACES), *needless, says=says))
    if not found:
        names = ", ".join(repr(call.place) for call in selus[:3])
        found.append(evidence("", (0, PLACES), says=f"No plain dropout follows the SELUs of {names}."))
    return found


def _is_selu(call: CallRecord) -> bool:
    return call.of_keras and call.activation is not None and call.activation.name == "selu"


def _comes_from_selu(graph: Graph, call: CallRecord) -> bool:
    """Whether a SELU is the last thing before, but for rearrangement and pooling."""
    feeding = graph.feeding(call)
    while len(feeding) == 1 and (feeding[0].kind in ARRANGING or "Pool" in feeding[0].kind):
        feeding = graph.feeding(feeding[0])
    return any(_is_selu(each) for each in feeding)
