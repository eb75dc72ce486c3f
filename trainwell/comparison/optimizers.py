"""The optimizers that a comparison can vary, each with Keras's default arguments and a rate of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trainwell.comparison.choice import Choice, Kind, constant

if TYPE_CHECKING:
    from trainwell.recipes import Recipe

_OPTIMIZERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "sgd": ("SGD", "SGD", {}),
    "momentum": ("SGD with momentum 0.9", "SGD", {"momentum": 0.9}),
    "nesterov": ("SGD with Nesterov momentum 0.9", "SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("AdaGrad", "Adagrad", {}),
    "rmsprop": ("RMSProp", "RMSprop", {}),
    "adam": ("Adam", "Adam", {}),
    "adamax": ("AdaMax", "Adamax", {}),
    "nadam": ("Nadam", "Nadam", {}),
    "adamw": ("AdamW", "AdamW", {}),
    "lion": ("Lion", "Lion", {}),
    "muon": ("Muon; AdamW for what is no matrix", "Muon", {}),
    "schedule_free": ("schedule-free AdamW", "ScheduleFreeAdamW", {}),
}


def _optimizer(name: str, meaning: str, keras_name: str, arguments: dict[str, Any]) -> Choice:
    def change(recipe: Recipe) -> Recipe:
        return replace(recipe, optimizer=keras_name, optimizer_arguments=arguments)

    return Choice(name, meaning, change, constant)


OPTIMIZER = Kind(
    "optimizer",
    "optimizers",
    {name: _optimizer(name, *about) for name, about in _OPTIMIZERS.items()},
    tuple(_OPTIMIZERS),
    "suggestion",
    "Each trains at a constant rate, which is what a range test with that optimizer suggests.",
)
