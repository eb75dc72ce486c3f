"""Where a reading is taken: the names of a model's layers and variables, as its own structure gives them.

A layer is called by the names on the way to it, `encoder/dense`, whatever scopes it was built in; a variable by its
layer's name and its own, `encoder/dense/kernel`. A layer that stands in two places has the name of the first. Two of
one name below the same layer are told apart as `dense` and `dense#2`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from trainwell.engine import compat

if TYPE_CHECKING:
    from collections.abc import Callable

Named = tuple[str, keras.Operation]


class LayerPaths:
    """The layers and trainable variables of a built model, by name.

    Args:
        model: a built model.
    """

    def __init__(self, model: keras.Model) -> None:
        self._layers: dict[int, tuple[Named, tuple[Named, ...]]] = {}
        self._variables: dict[int, str] = {}
        self._name_variables(model, "")
        self._walk(model, "", ())

    def of_layer(self, layer: keras.Operation) -> str | None:
        """The layer's name; `None` for one that is no part of the model's structure."""
        found = self._layers.get(id(layer))
        return None if found is None else found[0][0]

    def of_variable(self, variable: keras.Variable) -> str:
        """The variable's name; its path where it belongs to no layer of the model."""
        return self._variables.get(id(variable)) or str(variable.path)

    @property
    def layers(self) -> list[tuple[Named, tuple[Named, ...]]]:
        """Each layer with its name, and those it lies in, outermost first; without the model itself and its inputs."""
        return list(self._layers.values())

    def _walk(self, parent: keras.Operation, prefix: str, above: tuple[Named, ...]) -> None:
        unique = _distinct()
        for layer in compat.sublayers(parent):
            if id(layer) in self._layers or isinstance(layer, keras.layers.InputLayer):
                continue
            named = (prefix + unique(layer.name), layer)
            self._layers[id(layer)] = (named, above)
            self._name_variables(layer, named[0] + "/")
            self._walk(layer, named[0] + "/", (*above, named))

    def _name_variables(self, layer: keras.Operation, prefix: str) -> None:
        """Names the layer's own variables; those of its sublayers are named when their turn comes."""
        below = compat.sublayers(layer)
        of_others = {id(variable) for one in below for variable in getattr(one, "trainable_variables", ())}
        unique = _distinct()
        for variable in getattr(layer, "trainable_variables", ()):
            if id(variable) not in of_others:
                self._variables.setdefault(id(variable), prefix + unique(variable.name))


def frozen_layers(model: keras.Model) -> list[Named]:
    """Return the layers with weights of which none is trained, each with its name.

    Args:
        model: a built model.
    """
    found = []
    for named, _ in LayerPaths(model).layers:
        weights = getattr(named[1], "weights", None)
        if weights and not getattr(named[1], "trainable_variables", None):
            found.append(named)
    return found


def _distinct() -> Callable[[str], str]:
    """A function that gives each name back, with a number from its second time on."""
    times: dict[str, int] = {}

    def unique(name: str) -> str:
        times[name] = times.get(name, 0) + 1
        return name if times[name] == 1 else f"{name}#{times[name]}"

    return unique
