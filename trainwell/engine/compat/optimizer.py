"""Private state of Keras's optimizers: weights, slots and learning rate."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trainwell.engine.compat.private import attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

    import keras


def optimized_variables(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """Return the variables that `optimizer.stateless_apply` takes, in its order."""
    return list(attribute(optimizer, "_trainable_variables"))


def learning_rate_source(optimizer: keras.optimizers.Optimizer) -> Any:
    """Return what the optimizer takes its learning rate from: a variable, a schedule or a function."""
    return attribute(optimizer, "_learning_rate")


@contextmanager
def override_learning_rate(optimizer: keras.optimizers.Optimizer, rate: Any) -> Iterator[None]:
    """Use this learning rate within the context, whatever schedule the optimizer follows; `None` changes nothing."""
    if rate is None:
        yield
        return
    inner: Any = getattr(optimizer, "inner_optimizer", optimizer)
    schedule = learning_rate_source(inner)
    object.__setattr__(inner, "_learning_rate", rate)  # Keras's own __setattr__ would track it
    try:
        yield
    finally:
        object.__setattr__(inner, "_learning_rate", schedule)


def settings_without_rate(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Return the optimizer's config without its learning rate, which Keras may be unable to serialize."""
    bare = object.__new__(type(optimizer))
    bare.__dict__.update(vars(optimizer), _learning_rate=None)  # past the optimizer's own __setattr__
    return {name: value for name, value in bare.get_config().items() if name != "learning_rate"}


def variable_index(optimizer: keras.optimizers.Optimizer, variable: keras.Variable) -> int:
    """Return a weight's position among those that the optimizer was built for, which is also that of its slots."""
    return attribute(optimizer, "_get_variable_index")(variable)


def excludes_from_weight_decay(optimizer: keras.optimizers.Optimizer) -> bool:
    """Return True where some weights were excluded from weight decay."""
    names = ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern")
    return any(vars(optimizer).get(name) for name in names)


def optimizer_slots(
    optimizer: keras.optimizers.Optimizer,
) -> tuple[dict[str, list[keras.Variable]], dict[str, keras.Variable]]:
    """Return the optimizer's variables by attribute: lists with one for each weight, and single ones."""
    own = {id(variable) for variable in optimizer.variables}
    weights = optimized_variables(optimizer)
    slots, singles = {}, {}
    for name, value in vars(optimizer).items():
        if name in {"_variables", "_trainable_variables"}:
            continue
        if isinstance(value, list) and value and all(id(each) in own for each in value) and len(value) == len(weights):
            slots[name] = list(value)
        elif id(value) in own:
            singles[name] = value
    return slots, singles
