"""Facts of a model, its compile arguments, the versions and the machine, as plain data for a Run.

What a subclassed model does not tell (shapes, order of layers) is left out. Names of people and home folders are never
recorded.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

_PACKAGES = ("trainwell", "keras", "jax", "jaxlib", "numpy", "scikit-learn")


def model_facts(model: keras.Model) -> dict[str, Any]:
    """Name, parameters and layers of a built model."""
    return {
        "name": model.name,
        "parameters": model.count_params(),
        "layers": [_layer(layer) for layer in model.layers],
    }


def _layer(layer: keras.layers.Layer) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": layer.name,
        "class": type(layer).__name__,
        "parameters": layer.count_params() if layer.built else None,
        "trainable": layer.trainable,
        "config": _plain(layer.get_config()),
    }
    try:
        output = layer.output
        facts["output_shape"] = None if isinstance(output, list) else list(output.shape)
    except (AttributeError, ValueError):  # called more than once, or never symbolically: no one shape to tell
        facts["output_shape"] = None
    return facts


def compile_facts(arguments: dict[str, Any]) -> dict[str, Any]:
    """Optimizer (class and configuration), loss and metrics."""
    optimizer = arguments["optimizer"]
    return {
        "optimizer": {"class": type(optimizer).__name__, "config": _plain(optimizer.get_config())},
        "loss": _name(arguments.get("loss")),
        "metrics": [_name(metric) for metric in arguments.get("metrics") or ()],
    }


def environment_facts() -> dict[str, Any]:
    """The facts `versions` and `machine`."""
    versions = {"python": platform.python_version()}
    versions.update({name: importlib.metadata.version(name) for name in _PACKAGES})
    machine = {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()}
    return {"versions": versions, "machine": machine}


def public_path(path: str | Path) -> str:
    """A path as a report may show it: below the working folder or the home folder it is named relative to that."""
    path = Path(path).absolute()
    for base, shown in ((Path.cwd(), ""), (Path("~").expanduser(), "~/")):
        if path.is_relative_to(base):
            return shown + path.relative_to(base).as_posix()
    return path.as_posix()


def _name(thing: Any) -> str:
    return thing if isinstance(thing, str) else getattr(thing, "name", None) or type(thing).__name__


def _plain(value: Any) -> Any:
    """A configuration as JSON can carry it; Keras's own serialisation of objects, anything else by its text."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)
