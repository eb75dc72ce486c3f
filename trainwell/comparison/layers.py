"""What a comparison can vary within the layers: activation, initialiser, normalization, and a whole recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trainwell.activations import ACTIVATIONS, initializer_for
from trainwell.comparison.choice import OWN_PEAK, Choice, Kind
from trainwell.recipes import RECIPES

if TYPE_CHECKING:
    from trainwell.activations import Activation
    from trainwell.recipes import Recipe

_USUAL_ACTIVATIONS = ("relu", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "mish", "tanh", "sigmoid")


def _activation(entry: Activation) -> Choice:
    initializer = initializer_for(entry.name)

    def change(recipe: Recipe) -> Recipe:
        dropout = entry.dropout if recipe.dropout else ""
        return replace(recipe, activation=entry.name, kernel_initializer=initializer, dropout=dropout)

    return Choice(entry.name, f"{entry.title}, {initializer.replace('_', ' ')}", change)


ACTIVATION = Kind(
    "activation",
    "activations",
    {
        name: _activation(entry)
        for name, entry in ACTIVATIONS.items()
        if entry.elementwise and (entry.by_name or name == "prelu")
    },
    _USUAL_ACTIVATIONS,
    "peak of 1cycle",
    OWN_PEAK,
)

_SCALED = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_avg", "distribution": "uniform"}}
_INITIALIZERS: dict[str, tuple[str, str | dict[str, Any]]] = {
    **{
        f"{family}_{distribution}": (f"{title}, {distribution} distribution", f"{family}_{distribution}")
        for family, title in (("he", "He"), ("lecun", "LeCun"), ("glorot", "Glorot"))
        for distribution in ("normal", "uniform")
    },
    "variance_scaling": ("VarianceScaling(2, fan_avg, uniform)", _SCALED),
    "orthogonal": ("orthogonal", "orthogonal"),
    "random_normal": ("normal with deviation 0.05, whatever the layer's width", "random_normal"),
}


def _initializer(name: str, meaning: str, given: str | dict[str, Any]) -> Choice:
    return Choice(name, meaning, lambda recipe: replace(recipe, kernel_initializer=given))


INITIALIZER = Kind(
    "initializer",
    "initialisers",
    {name: _initializer(name, meaning, given) for name, (meaning, given) in _INITIALIZERS.items()},
    tuple(_INITIALIZERS),
    "peak of 1cycle",
    OWN_PEAK,
)

_NORMALIZATIONS: dict[str, tuple[str, Any]] = {
    "none": ("no normalization", "none"),
    "batch_before": ("batch normalization before each activation", "batch before"),
    "batch_after": ("batch normalization after each activation", "batch after"),
    "layer": ("layer normalization before each activation", "layer"),
}


def _normalization(name: str, meaning: str, given: Any) -> Choice:
    return Choice(name, meaning, lambda recipe: replace(recipe, normalization=given, normalize_from=1))


NORMALIZATION = Kind(
    "normalization",
    "normalizations",
    {name: _normalization(name, meaning, given) for name, (meaning, given) in _NORMALIZATIONS.items()},
    tuple(_NORMALIZATIONS),
    "peak of 1cycle",
    OWN_PEAK,
)

RECIPE = Kind(
    "recipe",
    "recipes",
    {
        name: Choice(name, f"{recipe.source}: {recipe.activation}, {recipe.optimizer}", lambda _, given=recipe: given)
        for name, recipe in RECIPES.items()
    },
    tuple(RECIPES),
    "peak of 1cycle",
    OWN_PEAK,
)
