"""Hidden layers as remedies edit them: their activations, initializers, penalties, dropout and normalization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainwell.activations import ACTIVATIONS, initializer_for
from trainwell.edits import ChangeLayers, Edit
from trainwell.remedies.heads import graph_of, path_of
from trainwell.remedies.remedy import NoRemedy
from trainwell.run.branches import residual_branches
from trainwell.run.layer_kinds import NORMALIZATIONS, RECURRENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trainwell.remedies.remedy import Case
    from trainwell.run.branches import Branch
    from trainwell.run.graph import Graph
    from trainwell.run.model import CallRecord

DEEP = 20  # hidden layers, from which on more of them, or wider ones, are not what a net lacks
_ZEROS = {"Zeros", "zeros", "zero"}


def hidden_layers(case: Case, *, recurrent: bool = False) -> list[CallRecord]:
    """Layers with a kernel that others follow, each layer once.

    Raises:
        NoRemedy: there is none whose arguments can be edited.
    """
    found: dict[str, CallRecord] = {}
    for call in graph_of(case).hidden:
        if call.of_keras and (recurrent or call.kind not in RECURRENT) and call.parameters:
            found.setdefault(path_of(call), call)
    if not found:
        raise NoRemedy("there is no hidden layer to be edited")
    return list(found.values())


def paths(calls: Iterable[CallRecord]) -> tuple[str, ...]:
    """The paths of their layers, each once."""
    return tuple(dict.fromkeys(map(path_of, calls)))


def widened(widths: Mapping[str, tuple[str, int]]) -> tuple[Edit, ...]:
    """Gives layers other widths, those that get the same in one edit.

    Args:
        widths: by path, the argument that tells how wide a layer is, and its new value.
    """
    alike: dict[tuple[str, int], list[str]] = {}
    for path, width in widths.items():
        alike.setdefault(width, []).append(path)
    return tuple(ChangeLayers(tuple(paths), {name: value}) for (name, value), paths in alike.items())


def with_initializers(case: Case, calls: Sequence[CallRecord], activation: str = "") -> tuple[Edit, ...]:
    """Gives each layer the initializer that matches the activation its outputs meet, and biases that begin at 0.

    Args:
        case: of the finding.
        calls: whose layers.
        activation: that they will have; the one they meet now where not given.
    """
    graph = graph_of(case)
    groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for call in calls:
        arguments: dict[str, str] = {}
        if "kernel_initializer" in call.config:
            met = ACTIVATIONS.get(activation) or graph.activation_behind(call) or ACTIVATIONS["linear"]
            arguments["kernel_initializer"] = initializer_for(met.name)
        if call.kind in RECURRENT and "recurrent_initializer" in call.config:
            arguments = {"kernel_initializer": "glorot_uniform", "recurrent_initializer": "orthogonal"}
        if call.config.get("use_bias") and class_of(call.config.get("bias_initializer")) not in _ZEROS:
            arguments["bias_initializer"] = "zeros"
        if arguments:
            groups.setdefault(tuple(arguments.items()), []).append(path_of(call))
    if not groups:
        raise NoRemedy("no layer's initializer can be edited")
    return tuple(ChangeLayers(tuple(dict.fromkeys(names)), dict(arguments)) for arguments, names in groups.items())


def families(case: Case, calls: Iterable[CallRecord]) -> set[str]:
    """The families of initializers (`"he"`, `"lecun"`, `"glorot"`) that suit the layers' activations."""
    graph = graph_of(case)
    met = [graph.activation_behind(call) for call in calls]
    return {each.family for each in met if each is not None}


def with_hidden_activation(case: Case, activation: str) -> tuple[Edit, ...]:
    """Gives the hidden layers another activation, and initializers that match it; layers of activations change too."""
    graph = graph_of(case)
    own: list[CallRecord] = []
    alone: list[CallRecord] = []
    for call in hidden_layers(case):
        if class_of(call.config.get("activation", "linear")) != "linear":
            own.append(call)
        behind = next((each for each in graph.behind(call) if each.is_activation), None)
        if behind is not None and not graph.is_output(behind):
            alone.append(behind)
    edits: list[Edit] = []
    if own:
        edits.append(ChangeLayers(paths(own), {"activation": activation}))
    plain = [each for each in alone if each.kind == "Activation"]
    if plain:
        edits.append(ChangeLayers(paths(plain), {"activation": activation}))
    if not edits:
        raise NoRemedy("no hidden activation can be edited")
    return (*edits, *with_initializers(case, hidden_layers(case), activation))


def without_normalization(case: Case) -> list[CallRecord]:
    """Hidden layers behind which, or behind whose activation, nothing normalizes before the next weights."""
    graph = graph_of(case)
    return [call for call in hidden_layers(case) if not _is_normalized(graph, call)]


def unnormalized_branches(case: Case) -> list[Branch]:
    """Residual branches in which nothing normalizes."""
    return [each for each in residual_branches(graph_of(case)) if not each.is_normalized]


def _is_normalized(graph: Graph, call: CallRecord) -> bool:
    for each in graph.behind(call):
        if each.kind in NORMALIZATIONS:
            return True
        if each.has_kernel:
            return False
    return False


def last_before_weights(case: Case, calls: Iterable[CallRecord]) -> tuple[str, ...]:
    """Where something is inserted behind each layer: behind its activation layer, where it has one of its own."""
    graph = graph_of(case)
    found = []
    for call in calls:
        last = call
        for each in graph.behind(call):
            if not (each.is_activation or each.kind in NORMALIZATIONS):
                break
            last = each
        found.append(path_of(last))
    return tuple(dict.fromkeys(found))


def class_of(told: Any) -> str:
    """The name of an initializer, activation or regularizer as a configuration tells it."""
    if isinstance(told, dict):
        name = told.get("class_name", "")
        return str(told.get("config")) if name == "function" else str(name)
    return str(told)
