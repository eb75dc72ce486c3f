"""Layers follow each other with nothing nonlinear between them, so that together they can do no more than one.

Symptom
-------
A deep model is no better than a linear one: it fits straight lines and planes, and more layers or units change nothing.

Why it happens
--------------
A layer without an activation multiplies by its weights. Two such layers in a row multiply by the product of both, which
is one layer. Keras's `Dense` and convolutions have no activation unless one is given.

How it is measured
------------------
Along the model's graph, from each layer with weights to the next ones. Dropout, batch normalization, average pooling
and rearrangement are linear; max pooling, layer normalization, recurrent layers and attention are not. The fault is
there where an output depends on the inputs through hidden layers and nothing nonlinear, or where at least two hidden
layers, and most of those that could have an activation, have none. A single layer without an activation is only advice,
and so is a linear model of low rank that is meant as one.

Layers that are meant to be linear do not count: those whose sum with another path goes on (the end of a residual
branch), bottlenecks narrower than what they come from and lead to, depthwise convolutions, projections of an embedding,
up-convolutions whose maps are joined with others (U-Net), and layers whose values are an output.

Known limits
------------
Code of the user's own and activations that Keras does not have are not looked into. Layer normalization does bend what
passes it, but little: a deep model with no other nonlinearity stays unnamed.

References:
----------
Humbatova et al., "Taxonomy of real faults in deep learning systems" (ICSE 2020). Nikanjam et al., "Automatic fault
detection for deep learning programs using graph transformations" (NeuraLint), TOSEM 2021. Schoop et al., "UMLAUT", CHI
2021. Sandler et al., "MobileNetV2", arXiv 1801.04381 (2018), for linear layers that are meant so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Circumstance, NotApplicable, NotMeasured, Threshold, evidence, rule
from trainwell.run import Graph, effect_of, met_behind
from trainwell.run.layer_kinds import ATTENTION, RECURRENT, SUMS

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import CallRecord, Effect, Run

COLLAPSED = Threshold(
    "collapsed", 0, "hidden layers", "above", "the product of two matrices is a matrix; NeuraLint (TOSEM 2021), UMLAUT"
)
SHARE = Threshold(
    "share",
    0.5,
    "share of hidden layers",
    "above",
    "Sandler et al., MobileNetV2 (2018): by design one layer in three is linear, in fused blocks one in two",
)
SEVERAL = Threshold("several", 1, "hidden layers", "above", "one linear layer among others is often meant so")


LINEAR = Threshold("linear", 0, "hidden layers", "above", "the product of two matrices is a matrix")
LOW_RANK = Circumstance("the layers are a bottleneck and at least as many values leave as enter")


@rule(
    id="TW110",
    family="setup",
    severity="serious",
    fault_if=COLLAPSED | SHARE & SEVERAL,
    advice_if=COLLAPSED & LOW_RANK | LINEAR,
    needs=("model.calls",),
    remedies=("hidden-activation",),
)
def missing_hidden_activation(run: Run) -> list[Evidence]:
    """Looks for outputs that hang linearly on the inputs, and counts hidden layers without an activation."""
    graph = Graph.of(run)
    plain = [call for call in graph.weighted if call.kind not in RECURRENT | ATTENTION]
    hidden = [call for call in plain if any(each.has_kernel for each in graph.after(call))]
    if not hidden and graph.kind != "subclassed":
        raise NotApplicable("the model has no hidden layers")
    found: list[Evidence] = []
    for name, place in graph.outputs.items():
        call = graph.at(place)
        effect, chain = ("unknown", []) if call is None else _from_the_input(graph, call, hidden)
        if not chain or effect == "unknown":
            continue
        what = f"the output {name!r}" if name else "the output"
        if effect == "linear":
            names = ", ".join(repr(each.place) for each in chain)
            says = f"Nothing between the input and {what} is nonlinear: the hidden {_layers(chain)} {names} and the "
            says += "last layer are together one linear layer."
        else:
            says = f"Between the input and {what} something is nonlinear."
        measured = (len(chain) if effect == "linear" else 0, COLLAPSED)
        meant = (LOW_RANK,) if _is_low_rank(graph, chain) else ()
        found.append(evidence(chain[0].place, measured, *meant, says=says))
    states = {call.place: _state(graph, call) for call in hidden if not _is_meant_linear(graph, call)}
    known = [place for place, state in states.items() if state != "unknown"]
    linear = [place for place in known if states[place] == "linear"]
    if known:
        share = len(linear) / len(states)
        says = f"{len(linear)} of {len(states)} hidden layers lead to the next one with nothing nonlinear between"
        says += f": {', '.join(map(repr, linear[:5]))}{', ...' if len(linear) > 5 else ''}." if linear else "."  # noqa: PLR2004
        found.append(evidence(linear[0] if linear else "", (share, SHARE), (len(linear), SEVERAL), says=says))
    for place in linear:
        says = f"Between {place!r} and the next layer with weights there is nothing nonlinear."
        found.append(evidence(place, (1, LINEAR), says=says))
    if not found:
        raise NotMeasured("what is between the layers stands in code of the user's own, which is not seen")
    return found


def _from_the_input(graph: Graph, end: CallRecord, hidden: list[CallRecord]) -> tuple[Effect, list[CallRecord]]:
    """What all that lies between the inputs and the last weights before a call does, and the hidden layers in it."""
    before = {call.place: call for call in [*graph.before(end), end]}
    inner = [
        call
        for call in before.values()
        if any(each.has_kernel and each.place in before for each in graph.after(call))  # not the last layer and behind
    ]
    chain = [call for call in inner if call.place in {each.place for each in hidden}]
    effects = {effect_of(call) for call in inner}
    if "nonlinear" in effects:
        return "nonlinear", chain
    unknown = "unknown" in effects or any(place is None for call in before.values() for place in call.inputs)
    return ("unknown" if unknown else "linear"), chain


def _state(graph: Graph, call: CallRecord) -> Effect:
    """Whether what follows a hidden layer before other weights is linear on every path."""
    effect = effect_of(call)
    if effect != "linear":
        return effect
    met = met_behind(graph, call)
    if met and all(each is not None and each.has_kernel and each.of_keras for each in met):
        recurrent = all(each is not None and each.kind in RECURRENT | ATTENTION for each in met)
        return "nonlinear" if recurrent else "linear"
    known = any(each is None or effect_of(each) != "unknown" for each in met)
    return "nonlinear" if known else "unknown"


def _is_meant_linear(graph: Graph, call: CallRecord) -> bool:
    if effect_of(call) != "linear":
        return False
    embedded = any(each.kind == "Embedding" for each in graph.feeding(call))
    summed = any(each is None or each.kind in SUMS for each in met_behind(graph, call))
    enlarging = "Transpose" in call.kind and any(each.kind == "Concatenate" for each in graph.fed_by(call))
    return "Depthwise" in call.kind or embedded or summed or enlarging or _is_bottleneck(graph, call)


def _is_bottleneck(graph: Graph, call: CallRecord) -> bool:
    """Whether it is narrower than what it comes from and what it leads to."""
    width = call.units or 0
    entering = (call.input_shapes[0][-1] if call.input_shapes else 0) or 0
    leading_to = [each.units or 0 for each in met_behind(graph, call) if each is not None and each.has_kernel]
    return bool(leading_to) and width < min(entering, *leading_to)


def _is_low_rank(graph: Graph, chain: list[CallRecord]) -> bool:
    """Whether a linear model is one of low rank on purpose: a bottleneck on the way to as many values as came in."""
    entering = chain[0].input_shapes[0][-1] or 0
    leading_to = [each.units or 0 for each in met_behind(graph, chain[-1]) if each is not None]
    return all(_is_bottleneck(graph, call) for call in chain) and min(leading_to, default=0) >= entering


def _layers(calls: list[CallRecord]) -> str:
    return "layer" if len(calls) == 1 else "layers"
