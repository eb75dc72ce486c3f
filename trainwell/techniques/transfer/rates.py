"""Learning rates of a stage: one for all, or one for each group of layers, lower ones lower.

Several rates go through Keras's `MultiOptimizer`: one optimizer a group, so that `global_clipnorm` looks at a group
alone, and callbacks find no single rate to change.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import compat
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.techniques.transfer.layer_groups import Group

_SEVERAL = (keras.optimizers.MultiOptimizer, keras.optimizers.LossScaleOptimizer)


def optimizer_settings(optimizer: Any) -> keras.optimizers.Optimizer:
    """The optimizer whose settings all stages take over, all but its rate.

    Raises:
        InputError: it is none of Keras's, or one around others.
    """
    try:
        found = keras.optimizers.get(optimizer)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"optimizer: {optimizer!r} is no optimizer of Keras.", "Pass a name such as 'sgd', or an optimizer."
        ) from error
    if isinstance(found, _SEVERAL):
        raise InputError(
            f"optimizer is a {type(found).__name__}, around other optimizers, and each stage sets its own rate.",
            "Pass the optimizer inside it; rate_decay= gives lower layers lower rates.",
        )
    return found


def with_rate(optimizer: keras.optimizers.Optimizer, rate: float) -> keras.optimizers.Optimizer:
    """A new optimizer of the same class and settings at another rate."""
    settings = compat.settings_without_rate(optimizer)
    return type(optimizer).from_config({**settings, "learning_rate": rate})


def with_rates(
    optimizer: keras.optimizers.Optimizer, rate: float, groups: Sequence[tuple[Group, float]]
) -> keras.optimizers.Optimizer:
    """One optimizer for all variables, or one around those of each group where rates differ.

    Args:
        optimizer: whose settings are taken over.
        rate: of the head, and of whatever is in no group.
        groups: groups of reused layers that are trained, with their rates.

    Raises:
        InputError: variables of two groups have the same path, by which Keras tells them apart.
    """
    if all(each == rate for _, each in groups):
        return with_rate(optimizer, rate)
    optimizers = keras.optimizers.OptimizerMap(with_rate(optimizer, rate))
    seen: dict[str, str] = {}
    for group, group_rate in groups:
        paths = [variable.path for variable in group.variables()]
        for path in paths:
            if path in seen:
                raise InputError(
                    f"rate_decay: the layers {seen[path]!r} and {group.names[0]!r} both have a weight of the path "
                    f"{path!r}, by which Keras tells the rates apart.",
                    "Give the base's layers different names, or leave rate_decay out.",
                )
            seen[path] = group.names[0]
        # One key a group: each key is saved with an optimizer of its own.
        optimizers["|".join(map(re.escape, paths))] = with_rate(optimizer, group_rate)
    return keras.optimizers.MultiOptimizer(optimizers)
