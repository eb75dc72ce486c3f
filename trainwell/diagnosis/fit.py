"""`tw.fit`: the engine's `fit`, and with `rules=` a diagnosis of that very training."""

from __future__ import annotations

import functools
import inspect
import time
from typing import TYPE_CHECKING, Any

from trainwell import engine
from trainwell.diagnosis.diagnose import make_job
from trainwell.diagnosis.diagnosis import Diagnosis
from trainwell.diagnosis.plan import Plan
from trainwell.diagnosis.static_run import facts_before_training, why_it_raised
from trainwell.diagnosis.watched import Watched, only_the_baseline
from trainwell.engine.generators import generators_left_as_they_are
from trainwell.errors import InputError
from trainwell.rules import faults, judge, selected

if TYPE_CHECKING:
    from collections.abc import Iterable

    import keras

_ENGINE = inspect.signature(engine.fit)
_ADDED = """        rules: judge the training by these rules: `"all"`, or ids, beginnings of ids, names or families. The
            findings are printed, but not with `verbose=0`, and stand at `history.diagnosis`. Signals are read from
            every layer, to the same weights, and some rows are looked at between epochs. There are no probes: those
            are `tw.diagnose`'s.
        ignore: rules to leave out, in the same forms.
"""


@functools.wraps(engine.fit)
def fit(
    model: keras.Model, *arguments: Any, rules: Iterable[str] | str | None = None, ignore: Any = (), **options: Any
) -> keras.callbacks.History:
    """The engine's `fit`; its text is put here below."""
    if rules is None:
        return engine.fit(model, *arguments, **options)
    engine.require_jax("tw.fit(rules=)")
    chosen = selected(rules)
    given = _ENGINE.bind(model, *arguments, **options)
    given.apply_defaults()
    named = given.arguments
    steps = named["steps_per_epoch"]
    try:
        job = make_job(
            model,
            named["x"],
            named["y"],
            batch_size=named["batch_size"],
            epochs=named["epochs"],
            validation_data=named["validation_data"] if _is_arrays(named["validation_data"]) else None,
            validation_split=named["validation_split"] if named["validation_data"] is None else 0.0,
            callbacks=named["callbacks"],
            shuffle=named["shuffle"],
            class_weight=named["class_weight"],
            sample_weight=named["sample_weight"],
        )
    except InputError as error:
        raise InputError(f"rules= needs arrays to look at. {error.message}", error.hint) from error
    run = facts_before_training(job)
    if run.facts["fit"]["raised"]:
        raise why_it_raised(run, faults(judge(run, chosen, ignore=ignore)))
    with generators_left_as_they_are():
        watched = Watched.of(job, run, named["recording"])
        only_the_baseline(watched, job)
    reason = engine.reason_for_keras(model, named["callbacks"])
    if reason:
        run.facts["not_measured"]["signals"] = reason
    else:
        named["recording"] = watched.recording
    named["callbacks"] = [*_callbacks(named["callbacks"]), watched.observer]
    began = time.monotonic()
    history = engine.fit(*given.args, **given.kwargs)
    epochs = named["epochs"] - named["initial_epoch"]
    total = epochs * (steps or run.facts["fit"]["steps_per_epoch"])
    with generators_left_as_they_are():
        watched.finish(job, Plan(epochs, steps, total, cut=False), history.history, time.monotonic() - began)
    diagnosis = Diagnosis(run, tuple(judge(run, chosen, ignore=ignore)))
    vars(history)["diagnosis"] = diagnosis
    if named["verbose"]:
        print(diagnosis)  # noqa: T201 -- asked for
    return history


def _is_arrays(validation_data: Any) -> bool:
    return isinstance(validation_data, (tuple, list))


def _callbacks(given: Any) -> list[Any]:
    import keras  # noqa: PLC0415 -- a second that `tw.fit` without rules does not wait for

    return keras.tree.flatten(given) if given else []


def _documented() -> None:
    """Gives `fit` the engine's text and signature with the arguments that are added here."""
    parameters = [*_ENGINE.parameters.values()]
    added = [
        inspect.Parameter("rules", inspect.Parameter.KEYWORD_ONLY, default=None),
        inspect.Parameter("ignore", inspect.Parameter.KEYWORD_ONLY, default=()),
    ]
    fit.__signature__ = _ENGINE.replace(parameters=[*parameters, *added])  # type: ignore[attr-defined] -- as inspect reads it
    before, heading, after = (engine.fit.__doc__ or "").partition("\n    Returns:\n")
    fit.__doc__ = f"{before}{_ADDED}{heading}{after}" if heading else engine.fit.__doc__


_documented()
