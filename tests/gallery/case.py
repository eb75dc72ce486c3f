"""A case of the gallery: one TrainingSpec, sick of one planted fault or healthy, and how it is registered."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import keras

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainwell.training_spec import TrainingSpec

Harm = Literal["skill", "loss", "claim", "none"]
Rows = Literal["own", "twin"]
_cases: dict[str, Case] = {}


@dataclass(frozen=True)
class Case:
    """One TrainingSpec of the gallery.

    Args:
        name: unique.
        fault: the planted fault; None where the TrainingSpec is healthy.
        build: makes the TrainingSpec from a seed.
        note: what the person did, as they would tell it.
        also: consequences of the planted fault that may be named beside it.
        twin: name of the healthy case that is the same task done right.
        harm: how the fault shows against the twin. `"skill"`: less skill on held-out rows. `"loss"`: a higher loss on
            held-out rows at the end. `"claim"`: its own validation tells another skill than sound rows do. `"none"`:
            in nothing but that it is not better than the twin; `note` says why.
        judged_on: the held-out rows that tell the skill: the case's own, or the twin's where its own are part of the
            fault.
    """

    name: str
    fault: str | None
    build: Callable[..., TrainingSpec]
    note: str
    also: tuple[str, ...] = ()
    twin: str | None = None
    harm: Harm = "skill"
    judged_on: Rows = "own"

    @property
    def half(self) -> str:
        """The package of the gallery that it stands in: `"frozen"`, `"own"`, `"blind"` or `"forum"`."""
        return self.build.__module__.split(".")[1]


def case(
    *,
    note: str,
    fault: str | None = None,
    also: tuple[str, ...] = (),
    twin: str | None = None,
    harm: Harm = "skill",
    judged_on: Rows = "own",
    name: str | None = None,
) -> Callable[[Callable[..., TrainingSpec]], Callable[..., TrainingSpec]]:
    """Registers a function from a seed to a TrainingSpec under its own name, with dashes; arguments as of `Case`.

    The function is called with all generators seeded. It may take keywords by which its sick siblings differ from it.
    """

    def register(function: Callable[..., TrainingSpec]) -> Callable[..., TrainingSpec]:
        @functools.wraps(function)
        def build(seed: int, **changes: Any) -> TrainingSpec:
            keras.utils.set_random_seed(seed)
            return function(seed, **changes)

        chosen = name or function.__name__.replace("_", "-")
        if chosen in _cases:
            raise ValueError(f"There are two cases named {chosen!r}.")
        _cases[chosen] = Case(chosen, fault, build, note, also, twin, harm, judged_on)
        return build

    return register


def find(name: str) -> Case:
    """The case of that name."""
    return _cases[name]


def sick(half: str | None = None) -> list[Case]:
    """The cases with a planted fault, of one half or of both; the blind and the forum part only by their names."""
    return [each for each in _of(half) if each.fault is not None]


def healthy(half: str | None = None) -> list[Case]:
    """The cases without a fault, of one half or of both; the blind and the forum part only by their names."""
    return [each for each in _of(half) if each.fault is None]


def every() -> list[Case]:
    """All cases, of all parts."""
    return list(_cases.values())


def _of(half: str | None) -> list[Case]:
    return [each for each in _cases.values() if each.half in ({half} if half else {"frozen", "own"})]
