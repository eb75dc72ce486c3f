"""The units of a hidden layer begin with the same weights, so that they stay one and the same unit.

Symptom
-------
The loss stands still from the beginning, or falls as if each layer had a single unit; more units change nothing.

Why it happens
--------------
Units of one layer differ only by their weights. Where these are all equal, every unit gives the same output, receives
the same gradient and takes the same step. With zeros not even that: nothing passes the layer, forward or back.

How it is measured
------------------
Of each hidden layer's kernel before the first step: how much the units' weights to one input differ, relative to the
size of the weights. Values count and not names, so that a layer of the user's own is seen too, and so are weights that
were set by hand.

Layers that are not trained are left out, and so are depthwise convolutions, whose units see different inputs, and
kernels of zeros that lead into a sum, a product or code of the user's own: a residual branch may well begin with zeros.

Known limits
------------
Where the layer behind begins with weights of its own for each unit, units of a constant layer part after some steps;
they still begin as one. Biases that are drawn at random are not looked at.

References:
----------
Goodfellow et al., "Deep learning" (2016), section 8.4: initial parameters must break symmetry between units. Nikanjam
et al., NeuraLint, TOSEM 2021. Zhang et al., "Fixup initialization", arXiv 1901.09321 (2019), for zeros that are meant
so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, rule
from trainwell.run import Graph, met_behind

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import CallRecord, Run

SPREAD = Threshold(
    "spread",
    1e-3,
    "deviation between units over root mean square",
    "below",
    "Goodfellow et al. (2016), 8.4: 0 is symmetry, kernels drawn around 0 have 1; the limit leaves room for rounding",
)


@rule(
    id="TW112",
    family="setup",
    severity="serious",
    fault_if=SPREAD,
    needs=("model.calls",),
    remedies=("he-initialization", "glorot-initialization"),
    proof="facts",
)
def constant_initialization(run: Run) -> list[Evidence]:
    """Measures how much the units of each hidden layer differ before the first step."""
    graph = Graph.of(run)
    weighted = graph.weighted
    if weighted and not any(call.kernels for call in weighted):
        raise NotMeasured("the Run does not tell the kernels before the first step")
    last = {call.place for call in weighted if not _leads_on(graph, call)}
    found = []
    for call in weighted:
        spreads = [kernel.unit_spread for kernel in call.kernels if kernel.trainable and kernel.unit_spread is not None]
        if not spreads or call.place in last or "Depthwise" in call.kind:
            continue
        spread = max(spreads)
        if not any(kernel.rms for kernel in call.kernels) and _may_begin_with_zeros(graph, call):
            continue
        if any(kernel.rms for kernel in call.kernels):
            says = f"The weights that one input has to the units of {call.place!r} differ by {spread:.2g} of their size"
            says += " before the first step" + (": all units are alike." if spread == 0 else ".")
        else:
            says = f"All weights of {call.place!r} are 0 before the first step."
        found.append(evidence(call.place, (spread, SPREAD), says=says))
    if not found:
        raise NotApplicable("no hidden layer with several units is trained")
    return found


def _leads_on(graph: Graph, call: CallRecord) -> bool:
    """Whether other weights follow; where its followers are not known, whether other weights are called later."""
    if any(each.has_kernel for each in graph.after(call)):
        return True
    known = graph.is_output(call) or any(True for _ in graph.after(call))
    return not known and call is not graph.weighted[-1]


def _may_begin_with_zeros(graph: Graph, call: CallRecord) -> bool:
    """Whether zeros lead into a sum, a product or what is not known, on a way on which gradients come back."""
    ends: list[CallRecord | None] = []
    waiting = [call]
    while waiting:
        each = waiting.pop()
        activation = each.activation
        if activation is not None and activation.name in {"relu", "relu6"}:  # whose slope at 0 is 0
            return False
        met = met_behind(graph, each)
        waiting += [one for one in met if one is not None and one.is_activation]
        ends += [one for one in met if one is None or not (one.has_kernel or one.is_activation)]
        if not met:
            return graph.kind == "subclassed"
    return bool(ends)
