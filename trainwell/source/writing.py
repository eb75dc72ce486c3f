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


def spec_code(spec: TrainingSpec, edits: Iterable[Edit] = (), *, before: TrainingSpec | None = None) -> str:
    """The TrainingSpec as Keras code: the data as the edits prepare them, the model, `compile` and `fit`.

    Args:
        spec: to be told; its model's configuration, not its weights.
        edits: that led to it, for what they do to the data.
        before: the spec that was edited: it tells whether there were validation rows apart; taken to be as now where
            not given.

    Returns:
        A script. The data, and what is of the user's own (classes, functions), it takes by name.
    """
    building, fitting = parts(spec, edits, before=before)
    return f"{building}\n{fitting}"


def spec_patch(before: TrainingSpec, after: TrainingSpec, edits: Iterable[Edit] = ()) -> str:
    """The difference between the scripts of two Setups, as `diff -u` writes it; `""` where they are alike.

    Args:
        before: as it was given.
        after: with edits applied.
        edits: that led from one to the other.
    """
    one, other = spec_code(before).splitlines(), spec_code(after, edits, before=before).splitlines()
    return "\n".join(difflib.unified_diff(one, other, "before.py", "after.py", lineterm=""))


def parts(spec: TrainingSpec, edits: Iterable[Edit] = (), *, before: TrainingSpec | None = None) -> tuple[str, str]:
    """The script in two parts: all up to `compile`, and the call of `fit`."""
    edits = list(edits)
    instead = {layer: expressions for edit in edits for layer, expressions in edit.expressions().items()}
    write = Expressions(instead, _referred(spec))
    held = _validates(spec if before is None else before)
    prepared = _prepared(edits, held)
    model = model_lines(spec.model, write)
    compiled = call("model.compile", _compile_arguments(spec, write))
    fitted = call("model.fit", _fit_arguments(spec, write))
    lines = [*_imports(write, prepared), ""]
    if write.own:
        lines += [f"# From your own code: {', '.join(sorted(write.own))}.", ""]
    lines += [f"# {_yours(spec, held)}"]
    lines += [*prepared, ""] if prepared else [""]
    return "\n".join([*lines, *model, compiled]) + "\n", fitted + "\n"


def _validates(spec: TrainingSpec) -> bool:
    return spec.data.get("validation_data") is not None


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
    """Return the lines of the edits, without those for validation rows that do not exist or are left aside later."""
    needed: list[str] = []  # up to the last pooled split, which reads the validation rows
    lines: list[str] = []
    for edit in edits:
        if not isinstance(edit, SplitAnew):
            lines += edit.code() if held else _without_validation(edit.code())
        elif edit.pooled and held:
            *drawing, validating = edit.code()
            needed += [*lines, *drawing]
            lines = [validating]
        else:
            lines = [*_without_validation(lines), *dataclasses.replace(edit, pooled=False).code()]
            held = True
    return [*needed, *lines]


def _without_validation(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if "x_val" not in line and "y_val" not in line]


def _yours(spec: TrainingSpec, held: bool) -> str:
    names = ["x_train", "y_train", *(["x_val", "y_val"] if held else [])]
    names += ["sample_weight"] if _weights(spec) is not None else []
    names += ["sample_weight_val"] if _has_held_weights(spec) else []
    return f"{', '.join(names[:-1])} and {names[-1]} are your data."


def _weights(spec: TrainingSpec) -> Any:
    given = spec.data.get("sample_weight")
    return spec.fit.get("sample_weight") if given is None else given


def _has_held_weights(spec: TrainingSpec) -> bool:
    return len(spec.data.get("validation_data") or ()) > 2  # noqa: PLR2004 -- inputs, targets and weights


def _referred(spec: TrainingSpec) -> set[str]:
    """Names of layers by which `compile` or the data tell inputs and outputs apart."""
    given = [spec.compile.get(name) for name in ("loss", "metrics", "weighted_metrics", "loss_weights")]
    given += [spec.data.get("x"), spec.data.get("y")]
    several = len(getattr(spec.model, "outputs", None) or ()) > 1
    ends = spec.model.output_names if several else []  # what is monitored is called by them
    return {name for each in given if isinstance(each, dict) for name in each} | set(ends)


def _compile_arguments(spec: TrainingSpec, write: Expressions) -> list[str]:
    return [f"{name}={write.of(value)}" for name, value in spec.compile.items() if value is not None and value != []]


def _fit_arguments(spec: TrainingSpec, write: Expressions) -> list[str]:
    arguments = ["x_train", "y_train"]
    if _weights(spec) is not None:
        arguments.append("sample_weight=sample_weight")
    others = [name for name in spec.fit if name not in {*_FIT, "sample_weight", "validation_data"}]
    for name in (*_FIT, *others):
        value = spec.fit.get(name)
        if value is not None and (name not in _FIT_DEFAULTS or value != _FIT_DEFAULTS[name]):
            arguments.append(f"{name}={write.of(value)}")
    if _validates(spec):
        weights = ", sample_weight_val" if _has_held_weights(spec) else ""
        arguments.append(f"validation_data=(x_val, y_val{weights})")
    return arguments
