"""The values that Keras's variables hold, and where a stateless scope looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine.compat.private import attribute, imported

if TYPE_CHECKING:
    from collections.abc import Callable


def extend_stateless_scope(missing: Callable[[int, Callable[[keras.Variable], Any]], Any]) -> None:
    """Have the innermost stateless scope ask for the values of variables that it does not hold.

    Args:
        missing: called with a variable's `id` and a function that gives the scope's value of a variable; returns `None`
            for a variable that it does not know.
    """
    scope = imported("keras.src.backend.common.stateless_scope", "get_stateless_scope")()
    if scope is not None and not isinstance(scope.state_mapping, _Mapping):
        scope.state_mapping = _Mapping(scope.state_mapping)
        scope.state_mapping.missing = lambda key: missing(key, scope.get_current_value)


class _Mapping(dict[int, Any]):
    """A stateless scope's values by variable, and where to ask for one that is not among them."""

    missing: Callable[[int], Any]

    def get(self, key: int, default: Any = None) -> Any:
        if key in self:
            return self[key]
        value = self.missing(key)
        return default if value is None else value


def release_value(variable: keras.Variable) -> None:
    """Free a variable's memory; it keeps shape and type, and reads as zeros."""
    for name, value in (("_initializer", keras.initializers.Zeros()), ("_value", None)):
        attribute(variable, name)
        setattr(variable, name, value)


def has_lost_values(model: keras.Model) -> bool:
    """Return True where variables of a model have no values any more.

    Keras on JAX takes the values for a training step; where that step raises, they are gone.
    """
    optimizer: Any = getattr(model, "optimizer", None)
    variables = [*model.variables, *(optimizer.variables if optimizer else ())]
    return any(
        attribute(variable, "_value", variable) is None and attribute(variable, "_initializer", variable) is None
        for variable in variables
    )
