"""A model as its configuration and weights, to be changed and built anew.

Keras's configuration of a Functional model names every tensor by the layer, the call and the output that it comes
from. A layer is inserted by letting all who read such a tensor read the new one's, once for each call: so a layer that
is used twice gets one new layer behind it, used twice.
"""

from __future__ import annotations

import copy
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras

from trainwell.errors import EditError, telling_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np

Config = dict[str, Any]
Tensor = list[Any]  # the layer's name, the number of the call, the number of the output


@dataclass
class Blueprint:
    """What a model is built from.

    Args:
        config: as of `keras.saving.serialize_keras_object`.
        custom: classes and functions of the user's own, by name.
        weights: values by layer; a nested model's layers as `"inner/dense"`.
        redrawn: layers whose weights are not carried over.
    """

    config: Config
    custom: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, list[np.ndarray]] = field(default_factory=dict)
    redrawn: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, model: keras.Model) -> Blueprint:
        """The blueprint of a built model.

        Raises:
            EditError: its layers are told by Python code rather than by a configuration.
        """
        if not is_graph(model):
            raise EditError(
                f"{type(model).__name__} is a subclass of keras.Model: its layers are told by its own code.",
                "Its compile arguments, its fit arguments and its data can be edited, its layers cannot.",
            )
        try:
            config: Any = keras.saving.serialize_keras_object(model)
        except Exception as error:  # a layer's own get_config may raise anything
            raise EditError(f"The model tells no configuration: {error}", "Give its layers a get_config().") from error
        config.pop("compile_config", None)
        if isinstance(model, keras.Sequential):
            _tell_each_time(config["config"], model)
        found = cls(_without_shapes(config), _own_objects(model))
        for path, layer in _leaves(model, ""):
            found.weights[path] = layer.get_weights()
            if isinstance(layer, keras.layers.Lambda):  # Keras would write its code, without what that refers to
                found._refer_to(path, layer.function)
        return found

    def _refer_to(self, path: str, function: Any) -> None:
        name = f"{path}.{function.__name__}"
        self.custom[name] = function
        told = {"module": "builtins", "class_name": "function", "config": name, "registered_name": name}
        self.layer(path)["config"]["function"] = told

    def build(self, *, keep_weights: bool = True) -> keras.Model:
        """The model, with weights carried over where their layer has the shapes that it had.

        Raises:
            EditError: no model can be built from what the edits left.
        """
        try:
            model = keras.saving.deserialize_keras_object(
                copy.deepcopy(self.config), custom_objects=self.custom, safe_mode=False
            )
        except Exception as error:  # Keras, or the constructor of a layer of the user's own
            raise EditError(
                f"No model can be built: {telling_line(error)}", "The layers do not fit each other."
            ) from error
        if keep_weights:
            for path, layer in _leaves(model, ""):
                kept = self.weights.get(path)
                if kept is None or path in self.redrawn:
                    continue
                if [each.shape for each in kept] == [tuple(each.shape) for each in layer.weights]:
                    layer.set_weights(kept)
                    if hasattr(layer, "finalize_state"):  # of a Normalization, which computes with what it made of them
                        layer.finalize_state()
        return model

    @property
    def layers(self) -> dict[str, Config]:
        """The configurations of all layers by path: those of nested models and of wrappers below theirs."""
        return dict(_entries(self.config["config"], ""))

    def layer(self, path: str) -> Config:
        """The configuration of one layer.

        Raises:
            EditError: there is none of that path.
        """
        found = self.layers.get(_plain(path))
        if found is None:
            known = ", ".join(list(self.layers)[:8])
            raise EditError(f"There is no layer {path!r}.", f"The layers are: {known}.")
        return found

    def change(self, path: str, changes: Mapping[str, Any]) -> None:
        """Gives a layer other arguments; a change of an initializer has its weights drawn anew."""
        config = self.layer(path)["config"]
        for name, value in changes.items():
            if name not in config:
                raise EditError(f"The layer {path!r} has no argument {name!r}.", f"It has: {', '.join(config)}.")
            config[name] = keras.saving.serialize_keras_object(value) if _is_object(value) else value
        if any("initializer" in name for name in changes):
            self.redrawn.add(_outermost(self, path))

    def insert(self, layer: Config, *, after: str | None = None, before: str | None = None) -> str:
        """Inserts a layer behind another one, or in front of it, in all of that one's calls.

        Args:
            layer: `class_name`, `module` and `config` with a name that is not taken.
            after: a layer's path; or
            before: one.

        Returns:
            The new layer's path.
        """
        path = _plain(after or before or "")
        place, container = self._container(path)
        name = path.rpartition("/")[2]
        new = {**layer, "config": dict(layer["config"])}
        prefix = place + "/" if place else ""
        if prefix + new["config"]["name"] in self.layers:
            raise EditError(f"There is a layer {new['config']['name']!r} already.", "It was inserted before.")
        if "input_layers" not in container:
            entries = container["layers"]
            at = [each["config"]["name"] for each in entries].index(name) + (1 if after else 0)
            entries.insert(at, new)
        elif after:
            _insert_after(container, name, new)
        else:
            _insert_before(container, name, new)
        return prefix + new["config"]["name"]

    def remove(self, path: str) -> None:
        """Takes a layer out; what read its output reads its input."""
        path = _plain(path)
        _, container = self._container(path)
        name = path.rpartition("/")[2]
        if "input_layers" not in container:
            left = [each for each in container["layers"] if each["config"]["name"] != name]
            if all(each["class_name"] == "InputLayer" for each in left):
                raise EditError(f"The layer {path!r} is the only one.", "A model needs a layer.")
            container["layers"] = left
        else:
            _remove(container, name)

    def replace(self, path: str, layer: Config) -> None:
        """Puts another layer, under the same name, in the place of one; its weights are drawn anew."""
        config = self.layer(path)
        name = config["config"]["name"]
        config.update(
            module=layer["module"],
            class_name=layer["class_name"],
            registered_name=layer.get("registered_name"),
            config={**layer["config"], "name": name},
        )
        self.redrawn.add(_plain(path))

    def call_arguments(self, path: str, arguments: Mapping[str, Any]) -> None:
        """Gives all calls of a layer keyword arguments, such as `training=False`."""
        config = self.layer(path)
        if not config.get("inbound_nodes"):
            raise EditError(
                f"The calls of {path!r} stand in no Functional model.", "A Sequential model calls as it is."
            )
        for node in config["inbound_nodes"]:
            node["kwargs"].update(arguments)

    @property
    def outputs(self) -> list[str]:
        """Paths of the layers that the model's outputs come from, in their order."""
        container = self.config["config"]
        if "input_layers" in container:
            return [each[0] for each in _tensors(container["output_layers"])]
        return [container["layers"][-1]["config"]["name"]]

    @property
    def inputs(self) -> list[str]:
        """Paths of the layers that the model's inputs go into, in their order; `""` where no input is told."""
        container = self.config["config"]
        if "input_layers" in container:
            return [each[0] for each in _tensors(container["input_layers"])]
        first = container["layers"][0]
        return [first["config"]["name"] if first["class_name"] == "InputLayer" else ""]

    @property
    def first(self) -> str:
        """The path of the first layer of a Sequential model, its input aside."""
        entries = self.config["config"]["layers"]
        return next(each["config"]["name"] for each in entries if each["class_name"] != "InputLayer")

    def around(self, path: str) -> list[Config]:
        """The arguments of the model, and of each nested model or wrapper, that a layer stands in."""
        names = _plain(path).split("/")[:-1]
        inner = ["/".join(names[: depth + 1]) for depth in range(len(names))]
        return [self.config["config"], *(self.layer(each)["config"] for each in inner)]

    def _container(self, path: str) -> tuple[str, Config]:
        """The model that a layer stands in: its path, and its configuration."""
        self.layer(path)
        place = path.rpartition("/")[0]
        container = self.config["config"] if not place else self.layer(place)["config"]
        if "layers" not in container:
            raise EditError(f"{path!r} lies in a wrapper, which takes one layer alone.", "Edit the wrapper's place.")
        return place, container


def _tell_each_time(config: Config, model: keras.Sequential) -> None:
    """Puts a layer that stands twice in a Sequential model there twice; Keras's configuration tells it once."""
    told = {entry["config"]["name"]: entry for entry in config["layers"]}
    names = [layer.name for layer in model.layers]
    if len(set(names)) == len(names):
        return
    entries = [entry for entry in config["layers"] if entry["class_name"] == "InputLayer"]
    times: dict[str, int] = {}
    for layer in model.layers:
        times[layer.name] = times.get(layer.name, 0) + 1
        entry = copy.deepcopy(told[layer.name])
        if times[layer.name] > 1:
            if layer.weights:
                raise EditError(
                    f"The layer {layer.name!r} stands in a Sequential model twice, with the same weights.",
                    "Write it as a Functional model, whose configuration can tell that.",
                )
            entry["config"]["name"] = f"{layer.name}_{times[layer.name]}"
        entries.append(entry)
    config["layers"] = entries


def described(kind: str, arguments: Mapping[str, Any], name: str) -> Config:
    """The configuration of a new layer of Keras.

    Args:
        kind: a class of `keras.layers`.
        arguments: for it.
        name: of the layer.
    """
    told: Any = keras.saving.serialize_keras_object(getattr(keras.layers, kind)(**arguments, name=name))
    return told


def is_graph(model: keras.Model) -> bool:
    """Whether a model is told by its configuration: Sequential or Functional, of Keras's own class."""
    config_told = getattr(type(model), "get_config", None)
    return isinstance(model, keras.Sequential) or (
        type(model).__name__ == "Functional" and type(model).__module__.split(".")[0] == "keras" and bool(config_told)
    )


def _is_nested(config: Config) -> bool:
    return "layers" in config.get("config", {}) and config["class_name"] in {"Functional", "Sequential", "Model"}


def _entries(container: Config, prefix: str) -> Iterator[tuple[str, Config]]:
    for entry in container["layers"]:
        path = prefix + entry["config"]["name"]
        yield path, entry
        if _is_nested(entry):
            yield from _entries(entry["config"], path + "/")
        else:
            yield from _wrapped(entry, path + "/")


def _wrapped(entry: Config, prefix: str) -> Iterator[tuple[str, Config]]:
    inner = entry["config"].get("layer")
    if isinstance(inner, dict) and "class_name" in inner:
        path = prefix + inner["config"]["name"]
        yield path, inner
        yield from _wrapped(inner, path + "/")


def _leaves(model: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """The layers that hold weights, by path; a wrapper is one with what it wraps."""
    for layer in model.layers:
        if is_graph(layer):
            yield from _leaves(layer, prefix + layer.name + "/")
        elif not isinstance(layer, keras.layers.InputLayer):
            yield prefix + layer.name, layer


def _outermost(blueprint: Blueprint, path: str) -> str:
    """The path whose weights hold those of a layer: its wrapper's, where it lies in one."""
    path = _plain(path)
    while "/" in path and "layers" not in blueprint.layer(path.rpartition("/")[0])["config"]:
        path = path.rpartition("/")[0]
    return path


def _plain(path: str) -> str:
    """Without the number of the call that a place may have: `"dense:2"`."""
    return path.partition(":")[0]


def _tensors(tree: Any) -> list[Tensor]:
    if isinstance(tree, list) and len(tree) == 3 and isinstance(tree[0], str) and isinstance(tree[1], int):  # noqa: PLR2004 -- a tensor
        return [tree]
    items = tree.values() if isinstance(tree, dict) else tree
    return [tensor for item in items for tensor in _tensors(item)]


def histories(tree: Any) -> Iterator[Tensor]:
    """All tensors that the arguments of a call name, to be changed in place."""
    if isinstance(tree, dict):
        if tree.get("class_name") == "__keras_tensor__":
            yield tree["config"]["keras_history"]
            return
        for value in tree.values():
            yield from histories(value)
    elif isinstance(tree, (list, tuple)):
        for value in tree:
            yield from histories(value)


def _readers(container: Config, but: str) -> Iterator[Tensor]:
    """Every mention of a tensor in a Functional model, except those in the calls of one layer."""
    for entry in container["layers"]:
        if entry["config"]["name"] != but:
            yield from histories(entry["inbound_nodes"])
    yield from _tensors(container["output_layers"])


def _node(tensor: Tensor) -> Config:
    history = {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None], "dtype": "float32", "keras_history": tensor},
    }
    return {"args": [history], "kwargs": {}}


def _insert_after(container: Config, name: str, new: Config) -> None:
    at, entry = _entry(container, name)
    inserted = new["config"]["name"]
    for tensor in _readers(container, but=inserted):
        if tensor[0] == name:
            if tensor[2]:
                raise EditError(f"The layer {name!r} has several outputs.", "Insert behind what reads one of them.")
            tensor[0] = inserted
    calls = max(1, len(entry["inbound_nodes"]))  # an input has no call, and one output
    nodes = [_node([name, number, 0]) for number in range(calls)]
    container["layers"].insert(at + 1, {**new, "name": inserted, "inbound_nodes": nodes})


def _insert_before(container: Config, name: str, new: Config) -> None:
    at, entry = _entry(container, name)
    inserted = new["config"]["name"]
    nodes = []
    for number, node in enumerate(entry["inbound_nodes"]):
        tensors = list(histories(node))
        if len(tensors) != 1:
            raise EditError(
                f"The layer {name!r} takes {len(tensors)} tensors.", "Insert before a layer that takes one."
            )
        nodes.append(_node(list(tensors[0])))
        tensors[0][:] = [inserted, number, 0]
    container["layers"].insert(at, {**new, "name": inserted, "inbound_nodes": nodes})


def _remove(container: Config, name: str) -> None:
    at, entry = _entry(container, name)
    sources = []
    for node in entry["inbound_nodes"]:
        tensors = list(histories(node))
        if len(tensors) != 1:
            raise EditError(f"The layer {name!r} takes {len(tensors)} tensors.", "Only a layer that takes one can go.")
        sources.append(tensors[0])
    if not sources:
        raise EditError(f"{name!r} is an input.", "Inputs stay.")
    for tensor in _readers(container, but=name):
        if tensor[0] == name:
            tensor[:] = sources[tensor[1]]
    del container["layers"][at]


def _entry(container: Config, name: str) -> tuple[int, Config]:
    return next((at, each) for at, each in enumerate(container["layers"]) if each["config"]["name"] == name)


def _without_shapes(config: Any) -> Any:
    """Without the shapes that layers were built with: edits change them."""
    if isinstance(config, dict):
        return {key: _without_shapes(value) for key, value in config.items() if key != "build_config"}
    if isinstance(config, list):
        return [_without_shapes(each) for each in config]
    return config


def _own_objects(model: Any) -> dict[str, Any]:
    """Classes and functions that Keras does not know by name, found in the layers."""
    found: dict[str, Any] = {}
    seen: set[int] = set()
    waiting: list[Any] = [model]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, types.FunctionType):
            if not _is_of_keras(value) or ".ops." in value.__module__:  # Keras finds its others
                found.setdefault(value.__name__, value)
        elif _is_object(value):
            if not _is_of_keras(type(value)):
                found.setdefault(type(value).__name__, type(value))
            waiting += vars(value).values()
        elif isinstance(value, (list, tuple, dict)):
            waiting += value.values() if isinstance(value, dict) else value
    return {name: value for name, value in found.items() if name != "<lambda>"}


def _is_of_keras(value: Any) -> bool:
    return (value.__module__ or "").split(".")[0] == "keras"


def _is_object(value: Any) -> bool:
    return isinstance(
        value,
        (
            keras.Layer,
            keras.Operation,
            keras.initializers.Initializer,
            keras.regularizers.Regularizer,
            keras.constraints.Constraint,
        ),
    )
