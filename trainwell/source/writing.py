"""A TrainingSpec as a script, and the difference between two scripts."""

from __future__ import annotations

import dataclasses
import difflib
from typing import TYPE_CHECKING, Any

from trainwell.edits import SplitAnew
from trainwell.source.expressions import Expressions
from trainwell.source.layout import call
from trainwell.source.models import model_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.edits import Edit
    from trainwell.training_spec import TrainingSpec

_FIT = ("batch_size", "epochs", "validation_split", "shuffle", "class_weight", "callbacks")  # the others stand behind
_FIT_DEFAULTS: dict[str, Any] = {
    "shuffle": True,
    "class_weight": None,
    "validation_split": 0.0,
    "callbacks": [],
    "verbose": "auto",
    "initial_epoch": 0,
    "validation_freq": 1,
}


def setup_code(setup: TrainingSpec, edits: Iterable[Edit] = (), *, before: TrainingSpec | None = None) -> str:
    """The TrainingSpec as Keras code: the data as the edits prepare them, the model, `compile` and `fit`.

    Args:
        setup: to be told; its model's configuration, not its weights.
        edits: that led to it, for what they do to the data.
        before: the spec that was edited: it tells whether there were validation rows apart; taken to be as now where
            not given.

    Returns:
        A script. The data, and what is of the user's own (classes, functions), it takes by name.
    """
    building, fitting = parts(setup, edits, before=before)
    return f"{building}\n{fitting}"


def setup_patch(before: TrainingSpec, after: TrainingSpec, edits: Iterable[Edit] = ()) -> str:
    """The difference between the scripts of two Setups, as `diff -u` writes it; `""` where they are alike.

    Args:
        before: as it was given.
        after: with edits applied.
        edits: that led from one to the other.
    """
    one, other = setup_code(before).splitlines(), setup_code(after, edits, before=before).splitlines()
    return "\n".join(difflib.unified_diff(one, other, "before.py", "after.py", lineterm=""))


def parts(setup: TrainingSpec, edits: Iterable[Edit] = (), *, before: TrainingSpec | None = None) -> tuple[str, str]:
    """The script in two parts: all up to `compile`, and the call of `fit`."""
    edits = list(edits)
    instead = {layer: expressions for edit in edits for layer, expressions in edit.expressions().items()}
    write = Expressions(instead, _referred(setup))
    held = _validates(setup if before is None else before)
    prepared = _prepared(edits, held)
    model = model_lines(setup.model, write)
    compiled = call("model.compile", _compile_arguments(setup, write))
    fitted = call("model.fit", _fit_arguments(setup, write))
    lines = [*_imports(write, prepared), ""]
    if write.own:
        lines += [f"# From your own code: {', '.join(sorted(write.own))}.", ""]
    lines += [f"# {_yours(setup, held)}"]
    lines += [*prepared, ""] if prepared else [""]
    return "\n".join([*lines, *model, compiled]) + "\n", fitted + "\n"


def _validates(setup: TrainingSpec) -> bool:
    return setup.data.get("validation_data") is not None


def _imports(write: Expressions, prepared: list[str]) -> list[str]:
    text = "\n".join(prepared)
    found = []
    if "trainwell" in write.needs:
        found.append("import trainwell as tw  # before Keras, for which it chooses JAX")
    found.append("import keras")
    if "numpy" in write.needs or "np." in text:
        found.append("import numpy as np")
    if "train_test_split" in text:
        found.append("from sklearn.model_selection import train_test_split")
    return found


def _prepared(edits: list[Edit], held: bool) -> list[str]:
    """The lines of the edits, without those for validation rows that are not there yet, or are left aside later."""
    lines: list[str] = []
    for edit in edits:
        if isinstance(edit, SplitAnew):
            pooled = edit.pooled and held
            if not pooled:
                lines = _without_validation(lines)
            lines += dataclasses.replace(edit, pooled=pooled).code()
            held = True
        else:
            lines += edit.code() if held else _without_validation(edit.code())
    return lines


def _without_validation(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if "x_val" not in line and "y_val" not in line]


def _yours(setup: TrainingSpec, held: bool) -> str:
    names = ["x_train", "y_train", *(["x_val", "y_val"] if held else [])]
    names += ["sample_weight"] if _weights(setup) is not None else []
    names += ["sample_weight_val"] if _has_held_weights(setup) else []
    return f"{', '.join(names[:-1])} and {names[-1]} are your data."


def _weights(setup: TrainingSpec) -> Any:
    given = setup.data.get("sample_weight")
    return setup.fit.get("sample_weight") if given is None else given


def _has_held_weights(setup: TrainingSpec) -> bool:
    return len(setup.data.get("validation_data") or ()) > 2  # noqa: PLR2004 -- inputs, targets and weights


def _referred(setup: TrainingSpec) -> set[str]:
    """Names of layers by which `compile` or the data tell inputs and outputs apart."""
    given = [setup.compile.get(name) for name in ("loss", "metrics", "weighted_metrics", "loss_weights")]
    given += [setup.data.get("x"), setup.data.get("y")]
    several = len(getattr(setup.model, "outputs", None) or ()) > 1
    ends = setup.model.output_names if several else []  # what is monitored is called by them
    return {name for each in given if isinstance(each, dict) for name in each} | set(ends)


def _compile_arguments(setup: TrainingSpec, write: Expressions) -> list[str]:
    return [f"{name}={write.of(value)}" for name, value in setup.compile.items() if value is not None and value != []]


def _fit_arguments(setup: TrainingSpec, write: Expressions) -> list[str]:
    arguments = ["x_train", "y_train"]
    if _weights(setup) is not None:
        arguments.append("sample_weight=sample_weight")
    others = [name for name in setup.fit if name not in {*_FIT, "sample_weight", "validation_data"}]
    for name in (*_FIT, *others):
        value = setup.fit.get(name)
        if value is not None and (name not in _FIT_DEFAULTS or value != _FIT_DEFAULTS[name]):
            arguments.append(f"{name}={write.of(value)}")
    if _validates(setup):
        weights = ", sample_weight_val" if _has_held_weights(setup) else ""
        arguments.append(f"validation_data=(x_val, y_val{weights})")
    return arguments
