"""Facts of a model, its compile arguments, the versions and the machine, as plain data for a Run.

What a subclassed model does not tell (shapes, order of layers) is left out. Names of people and home folders are never
recorded.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import keras

_PACKAGES = ("keras", "jax", "jaxlib", "numpy", "scikit-learn")


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
        "config": config_of(layer),
    }
    try:
        output = layer.output
        facts["output_shape"] = None if isinstance(output, list) else list(output.shape)
    except (AttributeError, ValueError):  # called more than once, or never symbolically: no one shape to tell
        facts["output_shape"] = None
    return facts


def config_of(layer: Any) -> dict[str, Any] | None:
    """The configuration of a layer, a loss or a metric as plain data; `None` where it cannot tell it."""
    try:
        return plain(layer.get_config())
    except Exception:  # noqa: BLE001 -- a layer of the user's own may raise anything here, and its training is over
        return None


def compile_facts(arguments: dict[str, Any]) -> dict[str, Any]:
    """Optimizer (class and configuration), loss and metrics.

    Args:
        arguments: of `keras.Model.compile`, as the user gave them: objects, functions or names.
    """
    import keras  # noqa: PLC0415 -- two seconds that `public_path` need not wait for

    optimizer: Any = keras.optimizers.get(arguments.get("optimizer", "rmsprop"))  # `compile`'s own default
    return {
        "optimizer": {"class": type(optimizer).__name__, "config": plain(optimizer.get_config())},
        "loss": _name(arguments.get("loss")),
        "metrics": _name(arguments.get("metrics") or []),
    }


def progress_facts(
    *,
    epochs_run: int = 0,
    epochs: int | None = None,
    steps: int = 0,
    planned_steps: int | None = None,
    cut: bool = False,
    out_of_time: bool = False,
    diverged: bool = False,
    over: bool = True,
    seconds: float = 0.0,
) -> dict[str, Any]:
    """How far a training came, for the fact `fit`.

    Args:
        epochs_run: epochs that were trained.
        epochs: that were to be trained; `None` where it is not known.
        steps: that were trained.
        planned_steps: that were to be trained; `None` where it is not known.
        cut: whether more was to be trained, or still is, than what is told of here.
        out_of_time: whether the clock cut it.
        diverged: whether a loss was no number.
        over: whether it has ended; if so before its last epoch and for none of these reasons, a callback ended it.
        seconds: that it took.
    """
    return {
        "epochs_run": epochs_run,
        "steps": steps,
        "planned_steps": planned_steps,
        "cut": cut,
        "out_of_time": out_of_time,
        "diverged": diverged,
        "stopped_by_callback": over and not (out_of_time or diverged) and epochs_run < (epochs or 0),
        "seconds": seconds,
    }


def environment_facts() -> dict[str, Any]:
    """The facts `versions` and `machine`; a package that is not installed as one has no version to tell."""
    package = sys.modules["trainwell"]  # there before any of its modules, which do not import it: imports go down only
    versions = {"python": platform.python_version(), "trainwell": package.__version__}
    for name in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    machine = {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()}
    return {"versions": versions, "machine": machine}


def public_path(path: str | Path) -> str:
    """A path as a report may show it: from the working folder or the home folder on, and no one's home folder by name.

    Links are followed first, so that no spelling of a home folder leads around this. Other people's homes are known by
    their usual places, `/home/NAME` and `/Users/NAME`.
    """
    path = _followed(Path(path))
    bases = [(base, shown) for base, shown in _bases(path) if path.is_relative_to(base)]
    if not bases:
        return path.as_posix()
    base, shown = max(bases, key=lambda each: len(each[0].parts))  # of equals, the first
    below = path.relative_to(base).as_posix()
    return f"{shown}/{below}".removesuffix("/.") if shown else below


def _bases(path: Path) -> Iterator[tuple[Path, str]]:
    """Folders that a path may be told from, and what is shown in their place."""
    with contextlib.suppress(OSError):  # the working folder was removed
        yield Path.cwd().resolve(), ""
    with contextlib.suppress(RuntimeError):  # the account has no home
        home = _followed(Path.home())
        if home != Path(home.anchor):  # as for services: that names no one
            yield home, "~"
    if path.parts[1:2] in (("home",), ("Users",)):
        yield Path(*path.parts[:3]), "..."


def _followed(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links in a circle, or no working folder
        return Path(os.path.normpath(path))


def _name(thing: Any) -> Any:
    """The name of a loss or metric: a string, a function, a class or a Keras object; or the names of several."""
    if thing is None or isinstance(thing, str):
        return thing
    if isinstance(thing, dict):
        return {str(key): _name(entry) for key, entry in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_name(entry) for entry in thing]
    names = (getattr(thing, "name", None), getattr(thing, "__name__", None), type(thing).__name__)
    return next(name for name in names if name and isinstance(name, str))


def plain(value: Any) -> Any:
    """A configuration as JSON can carry it; Keras's own serialisation of objects, anything else by its text."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)
