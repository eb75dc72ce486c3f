"""Optimizers that update each entry of a weight by itself, and so may see stacked weights in their place.

An allow-list of exact classes. Not on it: Lamb, Adafactor and Muon, which look at whole tensors, loss scaling, which
looks at all gradients at once, and classes of other makers, which may do either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from trainwell.engine import compat
from trainwell.engine.folding.stacking import Source, Stacking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OPTIMIZERS = (
    keras.optimizers.SGD,
    keras.optimizers.RMSprop,
    keras.optimizers.Adam,
    keras.optimizers.AdamW,
    keras.optimizers.Nadam,
    keras.optimizers.Adamax,
    keras.optimizers.Adagrad,
    keras.optimizers.Adadelta,
    keras.optimizers.Ftrl,
    keras.optimizers.Lion,
)
_PLAIN = (bool, int, float, str, type(None))


def reason_against(optimizer: keras.optimizers.Optimizer, variables: Sequence[keras.Variable]) -> str | None:
    """Why stacked weights would be updated in another way; `None` where they would not.

    Args:
        optimizer: the model's.
        variables: the model's trainable ones.
    """
    name = type(optimizer).__name__
    if type(optimizer) not in _OPTIMIZERS:
        return f"the optimizer {name} is not known to update each entry of a weight by itself"
    if not optimizer.built:
        return f"the optimizer {name} is not built"
    if optimizer.clipnorm:
        return "clipnorm looks at each weight as a whole"
    if optimizer.weight_decay and compat.excludes_from_weight_decay(optimizer):
        return "some weights are excluded from weight decay"
    own = compat.own_methods(optimizer)
    if own:
        return f"the optimizer {name} has a method of its own, {own[0]}()"
    if list(map(id, compat.optimized_variables(optimizer))) != list(map(id, variables)):
        return f"the optimizer {name} was built for other weights than are trained now"
    return None


def same_for(
    optimizer: keras.optimizers.Optimizer, variables: Sequence[keras.Variable]
) -> keras.optimizers.Optimizer | None:
    """An optimizer with the same settings, built for other variables; `None` where a setting cannot be carried over.

    It follows the same learning rate schedule, the object itself. A learning rate that is a number is one of its
    variables, as in the original.
    """
    config = compat.settings_without_rate(optimizer)
    rate = compat.learning_rate_source(optimizer)
    same = type(optimizer)(**config, learning_rate=0.5 if isinstance(rate, keras.Variable) else rate)
    same.build(list(variables))
    settings = {name: value for name, value in vars(optimizer).items() if type(value) in _PLAIN}
    carried = vars(same)
    return same if all(carried.get(name, value) == value for name, value in settings.items()) else None


def stacking_between(
    original: keras.optimizers.Optimizer,
    stacked: keras.optimizers.Optimizer,
    members: Mapping[int, Sequence[keras.Variable]],
) -> Stacking | None:
    """How the variables of one optimizer become those of the other; `None` where they do not correspond.

    Variables correspond by the attribute that holds them (Adam's `_momentums`, `_velocities`, ...) and by the weight
    they belong to, not by name.

    Args:
        original: the model's optimizer.
        stacked: the one of `same_for`.
        members: for the `id` of each weight of `stacked`, the weights of `original` that it stands for.
    """
    position = {id(variable): at for at, variable in enumerate(original.variables)}
    place = {id(variable): at for at, variable in enumerate(compat.optimized_variables(original))}
    slots, singles = compat.optimizer_slots(original)
    new_slots, new_singles = compat.optimizer_slots(stacked)
    if slots.keys() != new_slots.keys() or singles.keys() != new_singles.keys():
        return None
    sources: dict[int, Source] = {id(variable): position[id(singles[name])] for name, variable in new_singles.items()}
    for name, new in new_slots.items():
        for weight, variable in zip(compat.optimized_variables(stacked), new, strict=True):
            found = [position[id(slots[name][place[id(member)]])] for member in members[id(weight)]]
            sources[id(variable)] = tuple(found) if len(found) > 1 else found[0]
    if any(id(variable) not in sources for variable in stacked.variables):
        return None
    shaped = all(_same_shape(variable, sources[id(variable)], original.variables) for variable in stacked.variables)
    used = [at for source in sources.values() for at in (source if isinstance(source, tuple) else (source,))]
    if not shaped or sorted(used) != list(range(len(original.variables))):
        return None
    return Stacking([sources[id(variable)] for variable in stacked.variables])


def _same_shape(variable: keras.Variable, source: Source, originals: Sequence[keras.Variable]) -> bool:
    positions, added = (source, (len(source),)) if isinstance(source, tuple) else ((source,), ())
    members = [originals[at] for at in positions]
    return all((*added, *each.shape) == variable.shape and each.dtype == variable.dtype for each in members)
