"""A model as the code that builds it, from its configuration."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras

from trainwell.edits import Blueprint
from trainwell.edits.blueprint import histories, is_graph
from trainwell.source.expressions import Expressions, snake_of
from trainwell.source.layout import call

if TYPE_CHECKING:
    from collections.abc import Iterator


def model_lines(model: keras.Model, write: Expressions) -> list[str]:
    """Statements that build the model and name it `model`.

    Args:
        model: of any kind; of a subclassed one its class alone is told.
        write: what writes expressions.
    """
    if not is_graph(model):
        name = type(model).__name__
        write.own.add(name)
        return [f"model = {name}(...)  # your own class; its layers stand in its own code"]
    blueprint = Blueprint.of(model)
    write.functions.update(blueprint.custom)
    _tell_adapted(blueprint)
    return _Graph(write).statements(blueprint.config, "model", model)


def _tell_adapted(blueprint: Blueprint) -> None:
    """Has each Normalization that was adapted tell the mean and variance that it found, which are its weights."""
    for path, entry in blueprint.layers.items():
        weights = blueprint.weights.get(path, [])
        if entry["class_name"] == "Normalization" and entry["config"].get("mean") is None and weights:
            entry["config"].update(mean=weights[0].tolist(), variance=weights[1].tolist())


@dataclass
class _Graph:
    """Writes models, those that are nested first.

    Args:
        write: what writes expressions.
        taken: names of variables that are in use.
    """

    write: Expressions
    taken: set[str] = field(default_factory=set)

    def statements(self, config: dict[str, Any], variable: str, model: Any) -> list[str]:
        """Statements that build one model and give it this name."""
        self.taken.add(variable)
        if "input_layers" in config["config"]:
            return self._functional(config["config"], variable, model)
        return self._sequential(config["config"], variable, model)

    def _sequential(self, config: dict[str, Any], variable: str, model: Any) -> list[str]:
        before: list[str] = []
        layers = []
        for entry in config["layers"]:
            if entry["class_name"] == "InputLayer":
                layers.append(self._input(entry["config"]))
            else:
                layers.append(self._layer(entry, before, model))
        name = _name_of(config, "sequential")
        inside = call("", list(_together(layers)), "[]", len(variable) + 20)
        return [*before, f"{variable} = {call('keras.Sequential', [inside, *name], taken=len(variable) + 3)}"]

    def _layer(self, entry: dict[str, Any], before: list[str], model: Any) -> str:
        """The layer as an expression; a nested model is built before, and named here."""
        if "layers" in entry["config"] and entry["class_name"] in {"Functional", "Sequential"}:
            variable = self._variable(entry["config"]["name"])
            before += self.statements(entry, variable, model.get_layer(entry["config"]["name"]))
            return variable
        return self.write.told(entry)

    def _input(self, config: dict[str, Any]) -> str:
        shape = config.get("batch_shape") or config.get("shape") or []
        arguments = [self.write.of(tuple(shape[1:]))]
        if config.get("dtype", "float32") != "float32":
            arguments.append(f"dtype={self.write.of(config['dtype'])}")
        usual = re.fullmatch(r"(input_layer|keras_tensor)(_\d+)?", config["name"])
        if not usual or config["name"] in self.write.referred:
            arguments.append(f"name={self.write.of(config['name'])}")
        return call("keras.Input", arguments)

    def _functional(self, config: dict[str, Any], variable: str, model: Any) -> list[str]:
        lines: list[str] = []
        live = {operation.name: operation for operation in model.operations}
        tensors: dict[tuple[str, int, int], str] = {}
        waiting: list[tuple[dict[str, Any], int, dict[str, Any]]] = []
        made: dict[str, str] = {}
        for entry in config["layers"]:
            name = entry["config"]["name"] if "name" in entry["config"] else entry["name"]
            if entry["class_name"] == "InputLayer":
                tensors[name, 0, 0] = self._variable(name)
                lines.append(f"{tensors[name, 0, 0]} = {self._input(entry['config'])}")
            else:
                waiting += [(entry, number, node) for number, node in enumerate(entry["inbound_nodes"])]
        while waiting:
            ready = next(
                (each for each in waiting if all(key in tensors for key in map(_key, histories(each[2])))), None
            )
            if ready is None:
                raise ValueError("The configuration names a tensor that nothing gives.")
            waiting.remove(ready)
            entry, number, node = ready
            name = entry["config"]["name"] if "name" in entry["config"] else entry["name"]
            result = self._variable(name if number == 0 else f"{name}_{number}")
            shared = len(entry["inbound_nodes"]) > 1
            lines += self._call(entry, node, result, tensors, made, model, shared=shared)
            for at, place in enumerate(_outputs(entry, live[name])):
                tensors[name, number, at] = f"{result}{place}"
        ends = [_structure(config[key], tensors) for key in ("input_layers", "output_layers")]
        arguments = [*ends, *_name_of(config, "functional")]
        return [*lines, f"{variable} = {call('keras.Model', arguments, taken=len(variable) + 3)}"]

    def _call(
        self,
        entry: dict[str, Any],
        node: dict[str, Any],
        result: str,
        tensors: dict[tuple[str, int, int], str],
        made: dict[str, str],
        model: Any,
        *,
        shared: bool,
    ) -> list[str]:
        lines: list[str] = []
        module = str(entry.get("module") or "")
        function = snake_of(entry["class_name"])
        if ".ops" in module and function == "get_item":
            tensor, index = node["args"] if len(node["args"]) > 1 else (node["args"][0], node["kwargs"]["key"])
            return [f"{result} = {self._argument(tensor, tensors)}[{self._index(index, tensors)}]"]
        given = [self._argument(each, tensors) for each in node["args"]]
        given += [f"{key}={self._argument(each, tensors)}" for key, each in node["kwargs"].items() if each is not None]
        if ".ops" in module and hasattr(keras.ops, function):
            settings = [f"{key}={self.write.of(each)}" for key, each in entry["config"].items() if key != "name"]
            return [f"{result} = {call(f'keras.ops.{function}', given + settings, taken=len(result) + 3)}"]
        name = entry["config"]["name"]
        if name not in made:
            layer = self._layer(entry, lines, model)
            if shared and not layer.isidentifier():
                made[name] = self._variable(f"{name}_layer")
                lines.append(f"{made[name]} = {layer}")
            else:
                made[name] = layer
        lines.append(f"{result} = {call(made[name], given, taken=len(result) + 3)}")
        return lines

    def _argument(self, value: Any, tensors: dict[tuple[str, int, int], str]) -> str:
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            return tensors[_key(value["config"]["keras_history"])]
        if isinstance(value, (list, tuple)):
            return f"[{', '.join(self._argument(each, tensors) for each in value)}]"
        return self.write.of(value)

    def _index(self, index: Any, tensors: dict[tuple[str, int, int], str]) -> str:
        """What stands between the brackets of `x[1:, ..., 0]`."""
        if isinstance(index, (list, tuple)):
            return ", ".join(self._index(each, tensors) for each in index) + ("," if len(index) == 1 else "")
        if isinstance(index, dict) and index.get("class_name") == "__ellipsis__":
            return "..."
        if isinstance(index, dict) and index.get("class_name") == "__slice__":
            start, stop, step = (
                "" if index["config"][part] is None else self._argument(index["config"][part], tensors)
                for part in ("start", "stop", "step")
            )
            return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
        return self._argument(index, tensors)

    def _variable(self, name: str) -> str:
        plain = re.sub(r"\W", "_", name).strip("_") or "layer"
        plain = plain if not plain[0].isdigit() else f"layer_{plain}"
        for number in itertools.count():
            candidate = plain if number == 0 else f"{plain}_{number}"
            if candidate not in self.taken and candidate not in _RESERVED:
                self.taken.add(candidate)
                return candidate
        raise AssertionError


_RESERVED = {"keras", "np", "tw", "model", "x_train", "y_train", "x_val", "y_val", "lambda", "labels"}


def _outputs(entry: dict[str, Any], operation: Any) -> list[str]:
    """What stands behind a call's result for each of its tensors: nothing where there is one."""
    if "output_layers" in entry["config"]:
        return list(_places(entry["config"]["output_layers"], ""))
    given = operation.output
    return [f"[{at}]" for at in range(len(given))] if isinstance(given, (list, tuple)) else [""]


def _places(tree: Any, place: str) -> Iterator[str]:
    """Where the tensors of a nested model's outputs stand, in the order in which Keras numbers them."""
    if isinstance(tree, dict):
        for name in sorted(tree):
            yield from _places(tree[name], f'{place}["{name}"]')
    elif len(tree) == 3 and isinstance(tree[0], str) and isinstance(tree[1], int):  # noqa: PLR2004 -- a tensor
        yield place
    else:
        for at, each in enumerate(tree):
            yield from _places(each, f"{place}[{at}]")


def _key(history: Any) -> tuple[str, int, int]:
    return str(history[0]), int(history[1]), int(history[2])


def _structure(tree: Any, tensors: dict[tuple[str, int, int], str]) -> str:
    """Inputs or outputs in the form that they are given in."""
    if isinstance(tree, dict):
        return call("", [f'"{name}": {_structure(each, tensors)}' for name, each in tree.items()], "{}")
    if len(tree) == 3 and isinstance(tree[0], str) and isinstance(tree[1], int):  # noqa: PLR2004 -- a tensor
        return tensors[_key(tree)]
    return call("", [_structure(each, tensors) for each in tree], "[]")


def _name_of(config: dict[str, Any], usual: str) -> list[str]:
    name = str(config.get("name", usual))
    return [] if re.fullmatch(rf"{usual}(_\d+)?", name) else [f'name="{name}"']


def _together(layers: list[str]) -> Iterator[str]:
    """Many alike in a row as one expression."""
    for expression, group in itertools.groupby(layers):
        count = len(list(group))
        if count > 3:  # noqa: PLR2004 -- up to three are read at a glance
            yield f"*[{expression} for _ in range({count})]"
        else:
            yield from [expression] * count
