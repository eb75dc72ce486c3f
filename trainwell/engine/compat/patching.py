"""Replace functions of JAX and Keras while a program is traced, and leave no trace afterwards.

Several threads may trace at once. The first of them puts the replacement in place and the last takes it out, so the
replacement must itself ask whether the calling thread is concerned. What others put in its place meanwhile stays.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import jax
import keras

from trainwell.engine.compat.optimizer import optimized_variables
from trainwell.engine.compat.private import attribute
from trainwell.engine.compat.tracing import trace_level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    Make = Callable[[Callable[..., Any]], Callable[..., Any]]

_ABSENT = object()  # the owner has none of its own: it comes from its class
_lock = threading.Lock()
_open: dict[tuple[int, str], _Place] = {}


def patched_value_and_grad(make: Make) -> AbstractContextManager[None]:
    """Replace `jax.value_and_grad`, by which Keras's training step takes its gradient."""
    return patched(jax, "value_and_grad", make)


def patched_layer_calls(make: Make) -> AbstractContextManager[None]:
    """Replace `keras.Operation.__call__`, through which every call of a layer goes."""
    return patched(keras.Operation, "__call__", make)


def patched_lax(name: str, make: Make) -> AbstractContextManager[None]:
    """Replace a function of `jax.lax`, where Keras's layers look it up."""
    return patched(jax.lax, name, make)


def require_patchable(optimizer: keras.optimizers.Optimizer) -> None:
    """Check that a training step can be observed, before it is traced.

    Raises:
        MissingNameError: a function that would be replaced is missing.
    """
    attribute(jax, "value_and_grad")
    attribute(keras.Operation, "__call__")
    attribute(optimizer, "stateless_apply")
    optimized_variables(optimizer)
    trace_level()


def require_lax(names: Iterable[str]) -> None:
    """Check that `jax.lax` has these functions.

    Raises:
        MissingNameError: one is missing.
    """
    for name in names:
        attribute(jax.lax, name)


@contextmanager
def patched(owner: Any, name: str, make: Make) -> Iterator[None]:
    """Replace `owner.name` by `make(owner.name)` within the context.

    Args:
        owner: a module, a class or an object; an object's own `__setattr__` is bypassed.
        name: of the function.
        make: takes the function and returns its replacement. Called once however many contexts are open.

    Raises:
        MissingNameError: the owner has no such function.
    """
    key = (id(owner), name)
    with _lock:
        place = _open.get(key)
        if place is None:
            replacement = make(attribute(owner, name))
            place = _open[key] = _Place(owner, name)
            place.put(replacement)
        place.open += 1
    try:
        yield
    finally:
        with _lock:
            place.open -= 1
            if not place.open:
                del _open[key]
                place.restore()


class _Place:
    """One replaced attribute; it keeps its owner, and so its identity, alive."""

    def __init__(self, owner: Any, name: str) -> None:
        self.open = 0
        self._owner = owner
        self._name = name
        self._before = vars(owner).get(name, _ABSENT)
        # Keras's __setattr__ would look for variables and layers in what it is given.
        self._kind = type if isinstance(owner, type) else object

    def put(self, value: Any) -> None:
        self._put = value
        self._kind.__setattr__(self._owner, self._name, value)

    def restore(self) -> None:
        if vars(self._owner).get(self._name) is not self._put:
            return
        if self._before is _ABSENT:
            self._kind.__delattr__(self._owner, self._name)
        else:
            self.put(self._before)
