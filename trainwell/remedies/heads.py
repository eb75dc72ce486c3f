"""The output that a finding is about, and edits of what gives it: its activation, its units, its loss, its metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.edits import ChangeCompile, ChangeLayers, Edit, InsertLayers, RemoveLayers, ReplaceLayers
from trainwell.edits.blueprint import is_graph
from trainwell.remedies.remedy import NoRemedy
from trainwell.rule import NotMeasured
from trainwell.run import Graph, heads
from trainwell.run.heads import HINGE
from trainwell.run.layer_kinds import ARRANGING, DROPOUTS

if TYPE_CHECKING:
    from trainwell.remedies.remedy import Case
    from trainwell.run.heads import Head
    from trainwell.run.model import CallRecord

_OF_LOGITS = {
    "binary_crossentropy": "BinaryCrossentropy",
    "binary_focal_crossentropy": "BinaryFocalCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "categorical_focal_crossentropy": "CategoricalFocalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}
_METRICS = {"values": ["mae"], "multi-label": ["binary_accuracy"]}


def head_of(case: Case) -> Head:
    """The output that the finding is about; the only one where there is one.

    Raises:
        NoRemedy: the finding names none of several.
    """
    try:
        found = heads(case.run)
    except NotMeasured as error:
        raise NoRemedy(str(error)) from error
    for head in found:
        if head.where in case.places or head.name in case.places:
            return head
    if len(found) == 1:
        return found[0]
    raise NoRemedy("it is not known which output is meant")


def graph_of(case: Case) -> Graph:
    """The model's calls, where its layers can be edited.

    Raises:
        NoRemedy: they cannot, or are not known.
    """
    if not is_graph(case.spec.model):
        raise NoRemedy("the layers of a subclassed model stand in its own code")
    try:
        return Graph.of(case.run)
    except NotMeasured as error:
        raise NoRemedy(str(error)) from error


def path_of(call: CallRecord) -> str:
    """The path of a call's layer."""
    return call.place.partition(":")[0]


def with_activation(case: Case, head: Head, activation: str) -> tuple[Edit, ...]:
    """Edits that give an output this activation.

    Args:
        case: of the finding.
        head: the output.
        activation: a name that Keras knows.
    """
    graph, call = graph_of(case), head.call
    while call is not None and call.of_keras and call.kind in ARRANGING | DROPOUTS and len(graph.feeding(call)) == 1:
        call = graph.feeding(call)[0]
    if call is None or not call.of_keras:
        raise NoRemedy("what gives the output is not a layer of Keras's")
    path = path_of(call)
    if call.is_activation:
        if activation == "linear":
            return (RemoveLayers((path,)), *_without_own(graph, call))
        if call.kind == "Activation":
            return (ChangeLayers((path,), {"activation": activation}),)
        return (ReplaceLayers((path,), "Activation", {"activation": activation}),)
    if "activation" in call.config and call.config.get("return_sequences") is None:
        return (ChangeLayers((path,), {"activation": activation}),)
    return () if activation == "linear" else (InsertLayers("Activation", (path,), (), {"activation": activation}),)


def _without_own(graph: Graph, call: CallRecord) -> tuple[Edit, ...]:
    """Takes the activation of the layer in front of an activation layer away too, where it has one."""
    for each in graph.feeding(call):
        if each.config.get("activation") not in (None, "linear") and "return_sequences" not in each.config:
            return (ChangeLayers((path_of(each),), {"activation": "linear"}),)
    return ()


def with_units(case: Case, head: Head, units: int) -> tuple[Edit, ...]:
    """Edits that give an output so many units; none where it has them."""
    if head.units == units:
        return ()
    graph, call = graph_of(case), head.call
    while call is not None and "units" not in call.config and len(graph.feeding(call)) == 1:
        call = graph.feeding(call)[0]
    if call is None or "units" not in call.config:
        raise NoRemedy("what gives the output has no units that could be changed")
    return (ChangeLayers((path_of(call),), {"units": units}),)


def with_loss(case: Case, head: Head, loss: Any) -> tuple[Edit, ...]:
    """The edit that judges an output by another loss; none where it is judged by it."""
    if head.loss_name == loss and not head.from_logits:
        return ()
    return (ChangeCompile({"loss": loss}, key_of(case, head)),)


def told_of_logits(case: Case, head: Head, *, from_logits: bool) -> Edit:
    """The edit that tells an output's loss what it is given; its other arguments stay.

    Raises:
        NoRemedy: it is none of those that can be told.
    """
    kind = _OF_LOGITS.get(head.loss_name)
    if kind is None:
        raise NoRemedy("the loss takes no logits")
    loss: Any = getattr(keras.losses, kind)
    told = {**loss().get_config(), **(head.loss.config if head.loss else {}), "from_logits": from_logits}
    plain = told == loss().get_config()
    return ChangeCompile({"loss": head.loss_name if plain else loss.from_config(told)}, key_of(case, head))


def with_metrics(case: Case, head: Head, task: str) -> tuple[Edit, ...]:
    """The edit that measures an output by what suits its task, where it is measured by anything.

    Scores of -1 and 1 under a hinge loss are measured by that loss: accuracies know 0 and 1 alone.
    """
    if not case.spec.compile.get("metrics"):
        return ()
    scored = head.loss_name in HINGE and head.target is not None and head.target.signed
    suited = [head.loss_name] if scored else _METRICS.get(task, ["accuracy"])
    return (ChangeCompile({"metrics": suited}, key_of(case, head)),)


def key_of(case: Case, head: Head) -> str:
    """The key of an output where losses are given for each: its name or its layer's; `""` for a single loss."""
    losses = case.spec.compile.get("loss")
    if not isinstance(losses, (dict, list, tuple)):
        return ""
    if isinstance(losses, dict) and head.call is not None and head.name not in losses:
        return path_of(head.call)
    return head.name


def target_of(head: Head) -> str:
    """The name of an output's targets among those of the data."""
    return str((head.target and head.target.name) or "")


def class_count(head: Head) -> int:
    """How many classes an output chooses among, as its targets tell.

    Raises:
        NoRemedy: they tell none.
    """
    if head.target is not None and head.target.one_hot:
        return head.width
    counts = head.target and head.target.class_counts
    if not counts:
        raise NoRemedy("the targets are no numbers of classes")
    return max(int(float(each)) for each in counts) + 1
