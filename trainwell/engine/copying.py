"""A copy of a built model of any kind, with variables of its own: object by object, without its configuration.

For models that tell no configuration, as most subclassed ones. Functions, classes and modules are shared with the
model that is copied, and so is what a function of the user's own has closed over.
"""

from __future__ import annotations

import io
import pickle
import threading
import types
import weakref
from typing import Any

import keras

from trainwell.errors import InputError

_SHARED = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type, type(weakref.ref(object)))
_OF_KERAS = (keras.Operation, keras.metrics.Metric, keras.optimizers.Optimizer, keras.losses.Loss)
_FILLED = {list: list.extend, dict: dict.update, set: set.update}
_LOCKS = (type(threading.Lock()), type(threading.RLock()))


def copied(model: keras.Model) -> keras.Model:
    """A copy of the model, not compiled, whose training leaves the model as it is.

    Args:
        model: built.

    Raises:
        InputError: it holds something that cannot be copied, such as an open file.
    """
    shared: list[Any] = []
    text = io.BytesIO()
    try:
        _Writer(text, shared).dump(model)
        text.seek(0)
        copy = _Reader(text, shared).load()
    except (TypeError, pickle.PicklingError, AttributeError, RecursionError) as error:
        raise InputError(
            f"The model {type(model).__name__} cannot be copied: {error}.", "Keep such objects outside the model."
        ) from error
    old = {id(variable) for variable in model.variables}
    if any(id(variable) in old for variable in copy.variables) or len(copy.variables) != len(model.variables):
        raise InputError(
            f"The model {type(model).__name__} cannot be copied: some of its variables would be shared.",
            "Hold layers and variables as attributes of the model.",
        )
    return copy


class _Writer(pickle.Pickler):
    """Writes Keras's objects as plain ones: Keras itself would write a file of the model instead."""

    def __init__(self, file: io.BytesIO, shared: list[Any]) -> None:
        super().__init__(file, protocol=4)
        self._shared = shared

    def persistent_id(self, obj: Any) -> int | None:
        if not isinstance(obj, _SHARED):
            return None
        self._shared.append(obj)
        return len(self._shared) - 1

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, _LOCKS):
            return threading.RLock, ()
        if isinstance(obj, _OF_KERAS):
            return object.__new__, (type(obj),), vars(obj)
        kind = next((kind for kind in _FILLED if isinstance(obj, kind) and type(obj) is not kind), None)
        if kind is None or not hasattr(obj, "__dict__"):
            return NotImplemented
        items = dict(obj) if kind is dict else list(obj)
        return kind.__new__, (type(obj),), (kind, items, vars(obj)), None, None, _fill


def _fill(container: Any, state: tuple[Any, Any, dict[str, Any]]) -> None:
    """Fills a list, dictionary or set by its plain method: Keras's own would tell its tracker of each item."""
    kind, items, attributes = state
    _FILLED[kind](container, items)
    vars(container).update(attributes)


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, shared: list[Any]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, pid: int) -> Any:
        return self._shared[pid]
