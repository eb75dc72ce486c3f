"""Keras's objects as the calls that make them, with the arguments that differ from their defaults."""

from __future__ import annotations

import copy
import functools
import inspect
import re
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.edits.wording import snake
from trainwell.source.layout import call

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HOMES = (
    "layers",
    "initializers",
    "regularizers",
    "constraints",
    "losses",
    "metrics",
    "optimizers",
    "optimizers.schedules",
    "callbacks",
)
_UNTOLD = ("dtype", "trainable", "name", "batch_input_shape", "quantization_config", "synchronization")
_SHORT = {"initializers", "regularizers", "constraints", "losses", "optimizers", "metrics"}


class Expressions:
    """Writes values, and remembers what the code needs besides Keras.

    Args:
        instead: by layer, arguments whose expressions are given.
        referred: names of layers that something else refers to, so that they are told even where Keras chose them.
    """

    def __init__(self, instead: Mapping[str, Mapping[str, str]] | None = None, referred: Iterable[str] = ()) -> None:
        self.instead = instead or {}
        self.referred = set(referred)
        self.functions: dict[str, Any] = {}
        self.own: set[str] = set()
        self.needs: set[str] = set()
        self._lambdas: list[Any] = []

    def of(self, value: Any) -> str:
        """A value as code."""
        if isinstance(value, (np.floating, np.integer, np.bool_)):
            value = value.item()
        if value is None or isinstance(value, (bool, int, str)):
            return _quoted(value) if isinstance(value, str) else repr(value)
        if isinstance(value, float):
            single = np.float32(value)  # what Keras keeps a learning rate as
            return str(single) if float(single) == value else repr(value)
        if isinstance(value, np.ndarray):
            self.needs.add("numpy")
            return f"np.array({value.tolist()!r})"
        if isinstance(value, dict) and "class_name" in value and "config" in value:
            return self.told(value)
        if isinstance(value, dict):
            return call("", [f"{self.of(key)}: {self.of(each)}" for key, each in value.items()], "{}")
        if isinstance(value, list):
            return call("", [self.of(each) for each in value], "[]")
        if isinstance(value, tuple):
            return f"({', '.join(map(self.of, value))}{',' if len(value) == 1 else ''})"
        return self._of_object(value)

    def _of_object(self, value: Any) -> str:
        if inspect.isfunction(value) or inspect.isbuiltin(value) or inspect.isclass(value):
            return self._function(value)
        if isinstance(value, keras.callbacks.Callback):
            return self._callback(value)
        if hasattr(value, "get_config"):
            told: Any = keras.saving.serialize_keras_object(value)
            return self.told(told, type(value))
        self.own.add(type(value).__name__)
        return f"{type(value).__name__}(...)"

    def _function(self, value: Any) -> str:
        module = getattr(value, "__module__", "") or ""
        name = value.__name__
        if module.startswith("keras."):
            for home in ("activations", "ops", "losses", "metrics", "layers"):
                if hasattr(getattr(keras, home), name):
                    return f"keras.{home}.{name}"
        if name == "<lambda>":
            name = self._lambda(value)
        self.own.add(name)
        return name

    def _lambda(self, function: Any) -> str:
        """A name for a function that has none; each of them has its own."""
        if not any(each is function for each in self._lambdas):
            self._lambdas.append(function)
        number = next(at for at, each in enumerate(self._lambdas, 1) if each is function)
        return "your_lambda" if number == 1 else f"your_lambda_{number}"

    def _callback(self, value: Any) -> str:
        kind = type(value)
        parameters = inspect.signature(kind.__init__).parameters
        arguments = []
        for name, parameter in list(parameters.items())[1:]:
            given = getattr(value, name, parameter.default)
            if parameter.kind is not parameter.VAR_KEYWORD and given != parameter.default:
                arguments.append(f"{name}={self.of(given)}")
        return call(self._class(kind.__name__, kind), arguments)

    def told(self, config: dict[str, Any], kind: type | None = None) -> str:
        """An object as its configuration tells it; by its short name where Keras takes one and all is default."""
        if config["class_name"] == "Bidirectional":
            config = _as_given(config)
        name, settings = config["class_name"], config["config"]
        if name in {"function", "__lambda__"}:
            return self._told_function(settings)
        kind = kind or _find(name, str(config.get("module") or ""))
        home = next((each for each in _HOMES[1:] if _find_in(each, name) is kind and kind is not None), "")
        arguments = self._arguments(kind, settings, config)
        if not arguments and home in _SHORT and _knows(home, snake_of(name), kind):
            return _quoted(snake_of(name))
        return call(self._class(name, kind), arguments)

    def _told_function(self, settings: Any) -> str:
        if not isinstance(settings, str):
            self.own.add("your_lambda")
            return "your_lambda"
        if settings in self.functions:  # one of the user's own may be called as one of Keras's is
            return self._function(self.functions[settings])
        name = settings.rpartition(".")[2]  # of a Lambda's function, behind the layer's name
        name = "your_lambda" if name == "<lambda>" else name
        if hasattr(keras.ops, name):
            return f"keras.ops.{name}"
        self.own.add(name)
        return name

    def _arguments(self, kind: type | None, settings: Any, config: dict[str, Any]) -> list[str]:
        if not isinstance(settings, dict):
            return [self.of(settings)]
        required, positional, defaults = _defaults(kind)
        instead = self.instead.get(str(settings.get("name")), {})
        first, others = [], []
        for name in (*required, *(each for each in settings if each not in required)):
            if name not in settings or name in _UNTOLD:
                continue
            if name in instead:
                others.append(f"{name}={instead[name]}")
            elif name in positional:
                first.append(self.of(settings[name]))
            elif name not in defaults or not _alike(settings[name], defaults[name]):
                others.append(f"{name}={self.of(settings[name])}")
        return first + others + self._told_apart(kind, settings, config["class_name"], defaults)

    def _told_apart(
        self, kind: type | None, settings: dict[str, Any], class_name: str, defaults: dict[str, Any]
    ) -> list[str]:
        """What every layer or metric has besides its own arguments, where it is not as usual."""
        arguments = []
        name = settings.get("name")
        if isinstance(name, str) and (_is_layer(kind) or _is_metric(kind)):
            usual = snake_of(class_name) if _is_layer(kind) else defaults.get("name", "")
            if name in self.referred or not re.fullmatch(rf"{usual}(_\d+)?", name):
                arguments.append(f"name={_quoted(name)}")
        if _is_layer(kind):
            policy = _policy(settings.get("dtype"))
            if policy not in {None, keras.config.dtype_policy().name}:
                arguments.append(f"dtype={_quoted(policy)}")
            if settings.get("trainable") is False:
                arguments.append("trainable=False")
        return arguments

    def _class(self, name: str, kind: type | None) -> str:
        module = getattr(kind, "__module__", "") or ""
        if module.startswith("trainwell."):
            self.needs.add("trainwell")
            from trainwell import techniques  # noqa: PLC0415 -- seldom needed

            home = "techniques" if hasattr(techniques, name) else module.removeprefix("trainwell.")
            return f"tw.{home}.{name}"
        for home in _HOMES:
            if kind is not None and _find_in(home, name) is kind:
                return f"keras.{home}.{name}"
        self.own.add(name)
        return name


def snake_of(name: str) -> str:
    """A class's name as Keras spells it in lower case: `"HeNormal"` is `"he_normal"`, `"SGD"` is `"sgd"`."""
    return name.lower() if name.isupper() or name in {"LSTM", "GRU"} else snake(name)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if "'" not in text else repr(text)


def _find_in(home: str, name: str) -> Any:
    found: Any = keras
    for part in home.split("."):
        found = getattr(found, part, None)
    return getattr(found, name, None)


def _find(name: str, module: str) -> Any:
    if module.startswith("trainwell"):
        from trainwell import techniques  # noqa: PLC0415 -- seldom needed

        return getattr(techniques, name, None)
    if module and module.partition(".")[0] not in {"keras", "builtins"}:
        return None  # of the user's own, whatever Keras has of that name
    homes = [module.removeprefix("keras."), *_HOMES] if module.startswith("keras.") else _HOMES
    return next((found for found in (_find_in(home, name) for home in homes) if found is not None), None)


def _knows(home: str, name: str, kind: Any) -> bool:
    """Whether Keras makes the same object of this name."""
    try:
        return type(getattr(keras, home).get(name)) is kind
    except (ValueError, TypeError):
        return False


def _is_layer(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, keras.Layer)


def _is_metric(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, keras.metrics.Metric)


def _policy(dtype: Any) -> Any:
    """The name of a layer's dtype policy, as configurations hold it; `None` where it is told otherwise."""
    if isinstance(dtype, dict):
        dtype = (dtype.get("config") or {}).get("name")
    return dtype if isinstance(dtype, str) else None


def _as_given(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a Bidirectional without what Keras itself makes of the layer that it is given."""
    settings = dict(config["config"])
    forward = copy.deepcopy(settings["layer"])
    backward = copy.deepcopy(settings.get("backward_layer"))
    for each, side in ((forward, "forward_"), (backward, "backward_")):
        if each is not None:
            each["config"]["name"] = each["config"]["name"].removeprefix(side)
            each["config"].pop("zero_output_for_mask", None)  # Bidirectional sets it
    if backward is not None:
        mirrored = {**forward["config"], "go_backwards": not forward["config"].get("go_backwards", False)}
        if {**backward["config"], "name": mirrored["name"]} == mirrored:
            settings.pop("backward_layer")
    return {**config, "config": {**settings, "layer": forward}}


@functools.cache
def _defaults(kind: Any) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, Any]]:
    """The arguments that a class must be given, those of them without a name, and its configuration without others."""
    if kind is None:
        return (), (), {}
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    required = tuple(
        each.name
        for each in parameters
        if each.default is each.empty and each.kind in {each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY}
    )
    positional = tuple(
        each.name for each in parameters if each.name in required and each.kind is each.POSITIONAL_OR_KEYWORD
    )
    wrapped: Any = keras.layers.LSTM(1) if kind.__name__ == "Bidirectional" else keras.layers.Dense(1)
    fillers: tuple[Any, ...] = (1, 0.5, (1,), "relu", wrapped if kind in _WRAPPERS else None, keras.ops.abs)
    for filler in fillers:
        try:
            return required, positional, kind(**dict.fromkeys(required, filler)).get_config()
        except Exception:  # noqa: BLE001, S112 -- another filler may do; without any, all arguments are told
            continue
    return required, positional, {}


_WRAPPERS = {keras.layers.TimeDistributed, keras.layers.Bidirectional, keras.layers.SpectralNormalization}


def _alike(value: Any, default: Any) -> bool:
    try:
        return bool(np.all(_listed(value) == _listed(default)))
    except (ValueError, TypeError):
        return False


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
