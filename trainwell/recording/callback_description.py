"""Facts of a training as a callback sees it: of the model at once, of the data from the batches that went by.

What `fit` was given besides (shuffling, other callbacks, validation data) no callback is told: these facts are `None`,
and `not_measured` says why. On another backend than JAX the batches are not seen either; how the model's layers are
called is then learned from rows of zeros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import CallError, call_graph, compat, rows_of_zeros
from trainwell.engine.generators import generators_left_as_they_are
from trainwell.errors import InputError
from trainwell.facts import compile_facts, environment_facts, loss_facts, metric_facts, model_facts
from trainwell.recording.data_description import add_seen, data_facts
from trainwell.recording.description import add_graph, described, rate_facts
from trainwell.training_spec import TrainingSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trainwell.engine.rows import Kept, Rows

_OF_FIT = "a callback is not told what fit was given"


def facts_at_begin(model: keras.Model, params: Mapping[str, Any]) -> dict[str, Any]:
    """What is known before the first batch.

    Args:
        model: compiled; of one that is not built yet, as TensorFlow's may be, the fact `model` is left out.
        params: what Keras tells a callback: `epochs` and `steps`.
    """
    arguments = compat.compile_arguments(model)
    with compat.preserve_auto_names():  # a metric's name makes one
        facts: dict[str, Any] = environment_facts()
        if model.built:
            facts["model"] = model_facts(model)
        facts["compile"] = {**compile_facts(arguments), **rate_facts(model.optimizer)}
        if _has_one_output(model):  # the only name that is known before the model is called
            facts["compile"]["losses"] = loss_facts(arguments, [""])
            facts["compile"]["metrics_by_output"] = metric_facts(arguments, [""])
        missing = _without_rows(model, arguments, facts) if model.built and keras.config.backend() != "jax" else {}
    facts["fit"] = {
        "epochs": params.get("epochs"),
        "steps_per_epoch": params.get("steps"),
        "batch_size": None,
        "shuffle": None,
        "class_weight": None,
        "sample_weight": None,
        "callbacks": None,
    }
    names = ("fit.shuffle", "fit.callbacks", "fit.class_weight", "fit.sample_weight", "data.split", "data.split_kind")
    facts["not_measured"] = {
        **dict.fromkeys(names, _OF_FIT),
        "probes": "a callback cannot train beside the training",
        **missing,
    }
    return facts


def _without_rows(model: keras.Model, arguments: dict[str, Any], facts: dict[str, Any]) -> dict[str, str]:
    """Adds how the model's layers are called, from rows of zeros, and returns what is missing otherwise, and why.

    On JAX this is learned from the first batches.
    """
    x = rows_of_zeros(model)
    if x is None:
        return {"model.calls": "the model does not tell the shapes of its inputs"}
    try:
        with generators_left_as_they_are():
            add_graph(facts, model, arguments, call_graph(model, x))
    except CallError as error:
        return {"model.calls": f"the model raised {type(error.error).__name__} on rows of zeros"}
    return {}


def facts_once_built(model: keras.Model, before: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """What `facts_at_begin` told, and the model where that was not built then.

    Args:
        model: as of `facts_at_begin`, and built now.
        before: its facts.
        params: as of `facts_at_begin`.
    """
    if "model" in before:
        return dict(before)
    facts = facts_at_begin(model, params)
    facts["compile"].update(_rate(before))
    for call in facts["model"].get("calls", ()):
        call["kernels"] = []  # no longer as they were before the first step
    return {**facts, "not_measured": {**facts["not_measured"], **before["not_measured"]}}


def facts_of_rows(
    model: keras.Model, before: Mapping[str, Any], rows: Rows, kept: Kept, *, whole_epoch: bool
) -> dict[str, Any]:
    """What is known once batches went by; `before` is what `facts_at_begin` told.

    Args:
        model: as of `facts_at_begin`; its variables must hold values.
        before: facts.
        rows: what the batches were.
        kept: some of their rows.
        whole_epoch: whether all batches of an epoch went by.
    """
    batch_size = rows.batch_size or len(kept.at)
    fit = {"epochs": before["fit"]["epochs"] or 1, "batch_size": batch_size}
    spec = TrainingSpec(model, compat.compile_arguments(model), {"x": kept.x, "y": kept.y}, fit)
    missing = dict(before["not_measured"])
    try:
        with compat.preserve_auto_names():
            facts = described(spec).facts
    except InputError as error:
        missing["model.calls"] = error.message
        facts = {**before, "data": data_facts(spec)}
    facts["compile"] = {**before["compile"], **facts["compile"], **_rate(before)}  # the rate as it was at first
    _tell_where_from(facts["data"], rows, kept, whole_epoch=whole_epoch)
    steps = before["fit"]["steps_per_epoch"]
    facts["fit"] = {
        **before["fit"],
        "batch_size": batch_size,
        "steps_per_epoch": steps or (-(-rows.seen // batch_size) if whole_epoch else None),
    }
    if not rows.weighted:
        facts["fit"].update(class_weight=False, sample_weight=False)
        missing = {name: why for name, why in missing.items() if not name.endswith("_weight")}
    else:
        facts["fit"]["sample_weight"] = True  # Keras makes weights of rows of those of classes
        missing.pop("fit.sample_weight")
    if not keras.tree.flatten(kept.y):
        missing["data.targets"] = "the batches hold no targets"
    facts["not_measured"] = missing
    return facts


def _rate(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: facts["compile"][name] for name in ("learning_rate", "schedule")}


def _tell_where_from(facts: dict[str, Any], rows: Rows, kept: Kept, *, whole_epoch: bool) -> None:
    """Says how many rows there were, and which of them the facts are from; rows are numbered as they came."""
    facts["rows"] = {"train": rows.seen if whole_epoch else None}
    facts["split_kind"] = None
    says = f"{len(kept.at):,} of the {rows.seen:,} rows of the first batches, in the order in which they came"
    add_seen(facts, kept.at, rows.seen, says)


def _has_one_output(model: keras.Model) -> bool:
    """Whether the model has one output, a tensor by itself, as far as it tells without being called."""
    try:
        outputs = model.outputs
    except AttributeError:  # subclassed
        return False
    return len(outputs or ()) == 1
