"""What a model's output has passed last: looked for behind whatever only rearranges, drops, averages or selects.

`None` wherever it is not known, so that a rule may look at the outputs themselves instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.activations import ACTIVATIONS, find_activation
from trainwell.run.layer_kinds import ARRANGING, DROPOUTS

if TYPE_CHECKING:
    from trainwell.activations import Activation
    from trainwell.run.graph import Graph
    from trainwell.run.model import CallRecord

_NEUTRAL = ARRANGING | DROPOUTS | {"Identity", "Squeeze", "ExpandDims", "Transpose", "Cast", "ActivityRegularization"}
_UNBOUNDED = frozenset({"BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization"})
_RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
_ALIKE = frozenset({"Average", "Maximum", "Minimum", "Concatenate", "Stack", "GetItem"})  # keep the inputs' range
_WRAPPERS = frozenset({"TimeDistributed", "SpectralNormalization"})
OF_ROWS = frozenset({"softmax", "log_softmax", "sparsemax"})


def last_activation(graph: Graph, call: CallRecord | None) -> Activation | None:
    """The activation that the output of a call has passed last; linear for none, `None` where it is not known.

    Args:
        graph: of the model.
        call: what gives the output; `None` where that is not known.
    """
    if call is None or not call.of_keras:
        return None  # a layer of the user's own may do more than its configuration tells
    if call.kind in _NEUTRAL or _is_linear(call):
        return _of_all(graph, call)
    if call.kind in _ALIKE or "Pool" in call.kind:
        found = _of_all(graph, call)
        breaks_rows = found is not None and found.name in OF_ROWS and "Average" not in call.kind
        return None if breaks_rows else found
    if call.kind in {"Add", "Subtract"}:
        found = _of_all(graph, call)
        return found if found is not None and found.name == "linear" else None
    if call.kind in _UNBOUNDED:
        return ACTIVATIONS["linear"]
    if call.kind in _RECURRENT:  # gates only scale what the activation gives
        return find_activation(call.config.get("activation"))
    if call.kind == "Bidirectional":
        inner = call.config.get("layer") or {}
        kept = call.config.get("merge_mode") in {"concat", "ave", None} and inner.get("class_name") in _RECURRENT
        return find_activation((inner.get("config") or {}).get("activation")) if kept else None
    if call.kind in _WRAPPERS:
        return _of_wrapped(call)
    return call.activation


def _is_linear(call: CallRecord) -> bool:
    """Whether it is an `Activation("linear")` and nothing else, as mixed precision puts it behind an output."""
    return call.kind == "Activation" and call.activation is not None and call.activation.name == "linear"


def _of_all(graph: Graph, call: CallRecord) -> Activation | None:
    """The one that all inputs of a call have passed last."""
    if not call.inputs or any(graph.at(place) is None for place in call.inputs):
        return None
    first, *others = [last_activation(graph, each) for each in graph.feeding(call)]
    return first if all(each == first for each in others) else None


def _of_wrapped(call: CallRecord) -> Activation | None:
    inner = call.config.get("layer") or {}
    if inner.get("registered_name") or "activation" not in (inner.get("config") or {}):
        return None
    return find_activation(inner)
