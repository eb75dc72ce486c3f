"""What a call does to what passes it: something linear, something that is not, or something that cannot be told.

Linear is meant up to a constant, for fixed weights: normalising with a batch's statistics is, dropout is, average
pooling is. A layer of the user's own is never known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from trainwell.run.layer_kinds import ARRANGING, ATTENTION, DROPOUTS, NORMALIZATIONS, RECURRENT, SUMS

if TYPE_CHECKING:
    from trainwell.run.graph import Graph
    from trainwell.run.model import CallRecord

Effect = Literal["linear", "nonlinear", "unknown"]

_LINEAR = (
    ARRANGING
    | DROPOUTS
    | {"BatchNormalization", "Normalization", "Rescaling", "Masking", "Embedding", "CategoryEncoding", "Discretization"}
    | {"UpSampling1D", "UpSampling2D", "UpSampling3D", "Resizing", "Add", "Subtract", "Average", "Concatenate"}
    | {f"Global{name}" for name in ("AveragePooling1D", "AveragePooling2D", "AveragePooling3D")}
    | {"AveragePooling1D", "AveragePooling2D", "AveragePooling3D"}
    | {"GetItem", "Mean", "Sum", "Stack", "Split", "Cast", "Negative", "Pad", "Flip", "Repeat", "Tile"}
    | {"Moveaxis", "Swapaxes", "BroadcastTo", "Roll", "Take", "AveragePool"}
)
_NOT_LINEAR = (
    RECURRENT
    | ATTENTION
    | (NORMALIZATIONS - {"BatchNormalization"})
    | {"MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "MaxPool"}
    | {"GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"}
    | {"Maximum", "Minimum", "Dot", "Matmul", "Einsum", "Max", "Min", "Amax", "Amin", "Abs", "Absolute", "Exp", "Log"}
    | {"Square", "Sqrt", "Sin", "Cos", "Power", "Clip", "Where", "Norm", "Normalize"}
)
_BY_TWO = frozenset({"Multiply", "Divide", "TrueDivide"})  # linear where the other factor is a constant


def effect_of(call: CallRecord) -> Effect:
    """What one call does.

    Args:
        call: of a Graph.

    Returns:
        `"linear"`, `"nonlinear"`, or `"unknown"` for code of the user's own and operations that are not listed here.
    """
    if not call.of_keras:
        return "unknown"
    if call.kind in _NOT_LINEAR:
        return "nonlinear"
    if call.kind in _BY_TWO:
        return "linear" if len(call.inputs) == 1 else "nonlinear"
    if call.kind in _LINEAR:
        return "linear"
    if call.has_kernel or call.is_activation:
        activation = call.activation
        return "unknown" if activation is None else "linear" if activation.name == "linear" else "nonlinear"
    return "unknown"


def met_behind(graph: Graph, call: CallRecord) -> list[CallRecord | None]:
    """What a call's outputs meet first behind it: other weights, an activation, a merge, code of the user's own.

    Linear things without weights (normalization, dropout, average pooling, rearrangement, joining side by side) are
    passed by, and so is an activation that is linear.

    Args:
        graph: of a model.
        call: one of its calls.

    Returns:
        The calls met, each once; `None` among them where an output of the model is reached. Empty where nothing is
        known.
    """
    found: dict[str | None, CallRecord | None] = {}
    waiting, seen = [call], {call.place}
    while waiting:
        each = waiting.pop()
        if graph.is_output(each):
            found[None] = None
        for following in graph.fed_by(each):
            if effect_of(following) != "linear" or following.has_kernel or following.kind in SUMS:
                found[following.place] = following
            elif following.place not in seen:
                seen.add(following.place)
                waiting.append(following)
    return list(found.values())
