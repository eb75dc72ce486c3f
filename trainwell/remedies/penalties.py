"""The penalties of a model's layers, for the remedies that weaken them and those that add one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.edits import ChangeLayers
from trainwell.remedies.heads import graph_of, path_of
from trainwell.remedies.hidden import hidden_layers, paths
from trainwell.remedies.remedy import NoRemedy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trainwell.edits import Edit
    from trainwell.remedies.remedy import Case

_ARGUMENTS = (
    "kernel_regularizer",
    "recurrent_regularizer",
    "bias_regularizer",
    "activity_regularizer",
    "embeddings_regularizer",
)


def penalized(case: Case) -> dict[tuple[str, float, float], tuple[str, ...]]:
    """Paths of layers by the argument that penalizes them and its strengths (ℓ1, ℓ2).

    Raises:
        NoRemedy: there is none, or one is of the user's own.
    """
    groups: dict[tuple[str, float, float], list[str]] = {}
    for call in graph_of(case).calls:
        for name in _ARGUMENTS:
            if call.config.get(name):
                groups.setdefault((name, *_strengths(call.config[name])), []).append(path_of(call))
    if not groups:
        raise NoRemedy("no layer has a penalty that could be weaker")
    return {key: tuple(dict.fromkeys(names)) for key, names in groups.items()}


def _strengths(told: Any) -> tuple[float, float]:
    """As a configuration tells them."""
    regularizer: Any = keras.regularizers.get(told) if not callable(told) else told
    config = regularizer.get_config()
    if not {"l1", "l2"} & set(config):
        raise NoRemedy("a penalty is of the user's own")
    return float(config.get("l1") or 0), float(config.get("l2") or 0)


def with_penalty(case: Case, make: Callable[[float], keras.Regularizer], strengths: Sequence[float]) -> Iterator[Edit]:
    """Edits that penalize the hidden kernels that are not, one for each strength.

    Raises:
        NoRemedy: all are.
    """
    calls = [call for call in hidden_layers(case, recurrent=True) if not call.config.get("kernel_regularizer")]
    able = [call for call in calls if "kernel_regularizer" in call.config]
    if not able:
        raise NoRemedy("every hidden kernel is penalized already")
    for strength in strengths:
        yield ChangeLayers(paths(able), {"kernel_regularizer": make(strength)})
