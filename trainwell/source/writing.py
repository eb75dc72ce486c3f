"""A Setup as a script, and the difference between two scripts."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from trainwell.source.expressions import Expressions
from trainwell.source.layout import call
from trainwell.source.models import model_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.edits import Edit
    from trainwell.setup import Setup

_FIT = ("batch_size", "epochs", "validation_split", "shuffle", "class_weight", "callbacks")
_FIT_DEFAULTS = {"shuffle": True, "class_weight": None, "validation_split": 0.0, "callbacks": []}
_YOURS = {False: "x_train and y_train are your data.", True: "x_train, y_train, x_val and y_val are your data."}


def setup_code(setup: Setup, edits: Iterable[Edit] = ()) -> str:
    """The Setup as Keras code: the data as the edits prepare them, the model, `compile` and `fit`.

    Args:
        setup: to be told; its model's configuration, not its weights.
        edits: that led to it, for what they do to the data.

    Returns:
        A script. The data, and what is of the user's own (classes, functions), it takes by name.
    """
    building, fitting = parts(setup, edits)
    return f"{building}\n{fitting}"


def setup_patch(before: Setup, after: Setup, edits: Iterable[Edit] = ()) -> str:
    """The difference between the scripts of two Setups, as `diff -u` writes it; `""` where they are alike.

    Args:
        before: as it was given.
        after: with edits applied.
        edits: that led from one to the other.
    """
    one, other = setup_code(before).splitlines(), setup_code(after, edits).splitlines()
    return "\n".join(difflib.unified_diff(one, other, "before.py", "after.py", lineterm=""))


def parts(setup: Setup, edits: Iterable[Edit] = ()) -> tuple[str, str]:
    """The script in two parts: all up to `compile`, and the call of `fit`."""
    edits = list(edits)
    instead = {layer: expressions for edit in edits for layer, expressions in edit.expressions().items()}
    write = Expressions(instead)
    prepared = _without_validation([line for edit in edits for line in edit.code()], _validates(setup))
    model = model_lines(setup.model, write)
    compiled = call("model.compile", _compile_arguments(setup, write))
    fitted = call("model.fit", _fit_arguments(setup, write))
    lines = [*_imports(write, prepared), ""]
    if write.own:
        lines += [f"# From your own code: {', '.join(sorted(write.own))}.", ""]
    lines += [f"# {_YOURS[_validates(setup)]}"]
    lines += [*prepared, ""] if prepared else [""]
    return "\n".join([*lines, *model, compiled]) + "\n", fitted + "\n"


def _validates(setup: Setup) -> bool:
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


def _without_validation(lines: list[str], validates: bool) -> list[str]:
    """Without the lines that prepare validation rows, where there are none."""
    return lines if validates else [line for line in lines if "_val" not in line]


def _compile_arguments(setup: Setup, write: Expressions) -> list[str]:
    return [f"{name}={write.of(value)}" for name, value in setup.compile.items() if value is not None and value != []]


def _fit_arguments(setup: Setup, write: Expressions) -> list[str]:
    arguments = ["x_train", "y_train"]
    if setup.data.get("sample_weight") is not None:
        arguments.append("sample_weight=sample_weight")
    for name in _FIT:
        value: Any = setup.fit.get(name, _FIT_DEFAULTS.get(name))
        if value is not None and value != _FIT_DEFAULTS.get(name, ...):
            arguments.append(f"{name}={write.of(value)}")
    if _validates(setup):
        arguments.append("validation_data=(x_val, y_val)")
    return arguments
