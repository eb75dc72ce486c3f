"""How edits are told in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAMED = 2


def listed(names: Iterable[str]) -> str:
    """Names as people list them, no more than two of them in full.

    Example:
    >>> listed(["dense", "dense_1", "dense_2", "dense_3"])
    'dense, dense_1 and 2 more'
    """
    names = list(names)
    if len(names) <= _NAMED + 1:
        return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else "nothing"
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


def told(arguments: Mapping[str, Any]) -> str:
    """Arguments as they would be written in a call.

    Example:
    >>> told({"activation": "relu", "units": 3})
    "activation='relu', units=3"
    """
    return ", ".join(f"{name}={value(each)}" for name, each in arguments.items())


def call(kind: str, arguments: Mapping[str, Any]) -> str:
    """A constructor's call, without parentheses where it has no arguments."""
    return f"{kind}({told(arguments)})" if arguments else kind


def value(given: Any) -> str:
    """A value in few words: an object of Keras by its class and what its configuration holds."""
    if isinstance(given, float):
        return f"{given:.4g}"
    if isinstance(given, np.ndarray):
        return f"array{given.shape}"
    if isinstance(given, (list, tuple)):
        return f"[{', '.join(map(value, given))}]"
    if isinstance(given, dict):
        return "{" + ", ".join(f"{key!r}: {value(each)}" for key, each in given.items()) + "}"
    if isinstance(given, type(keras.Model)) or (callable(given) and hasattr(given, "__name__")):
        return given.__name__
    config = getattr(given, "get_config", None)
    if config is None:
        return repr(given)
    kept = {name: each for name, each in config().items() if isinstance(each, (int, float)) and name != "seed"}
    if len(kept) > _NAMED:
        usual = _defaults(type(given))
        kept = {name: each for name, each in kept.items() if name not in usual or each != usual[name]}
    return call(type(given).__name__, kept)


def _defaults(kind: Any) -> dict[str, Any]:
    """The configuration that a class has without arguments; all of its own where it needs some."""
    try:
        return kind().get_config()
    except TypeError:
        return {}


def snake(kind: str) -> str:
    """A class's name as Keras names its layers.

    Example:
    >>> snake("BatchNormalization"), snake("Conv2D")
    ('batch_normalization', 'conv2d')
    """
    apart = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", kind)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", apart).lower()
