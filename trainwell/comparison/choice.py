"""What a comparison varies: a Kind with its Choices, each a small change to a Recipe, its schedule or its callbacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trainwell.techniques import OneCycle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import keras

    from trainwell.recipes import Recipe


@dataclass(frozen=True)
class Span:
    """How long a training is.

    Args:
        epochs: number of epochs.
        steps_per_epoch: steps of each.
    """

    epochs: int
    steps_per_epoch: int

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.epochs * self.steps_per_epoch


def unchanged(recipe: Recipe) -> Recipe:
    """The recipe as it is."""
    return recipe


def constant(rate: float, span: Span) -> Any:
    """The same rate throughout."""
    del span
    return rate


def one_cycle(peak: float, span: Span) -> Any:
    """1cycle over the whole training, as `trainwell train` takes it."""
    return OneCycle(peak, span.steps)


@dataclass(frozen=True)
class Choice:
    """One of the things that are compared.

    Args:
        name: as on the command line.
        meaning: what it is, in words.
        recipe: the recipe to start from, to the one that has this choice.
        schedule: rate and length of the training, to what the optimizer is given as its learning rate.
        callbacks: length of the training, to callbacks; `None` where there are none, and seeds train side by side.
        keeps_best: whether the weights of the lowest validation loss are what is left in the end.
    """

    name: str
    meaning: str
    recipe: Callable[[Recipe], Recipe] = unchanged
    schedule: Callable[[float, Span], Any] = one_cycle
    callbacks: Callable[[Span], list[keras.callbacks.Callback]] | None = None
    keeps_best: bool = False


@dataclass(frozen=True)
class Kind:
    """What `--over` names.

    Args:
        name: as on the command line.
        plural: several of them, in words.
        choices: by name.
        usual: names of those that are compared where none are named.
        peak: which rate follows from a range test: `"suggestion"`, or the recipe's `"peak of 1cycle"` above it.
        rule: where each choice's learning rate comes from, and how it moves, in a sentence.
        one_rate_for_all: found without any choice, rather than for each one.
    """

    name: str
    plural: str
    choices: Mapping[str, Choice]
    usual: tuple[str, ...]
    peak: Literal["suggestion", "peak of 1cycle"]
    rule: str
    one_rate_for_all: Callable[[Recipe], Recipe] | None = None


OWN_PEAK = "Each trains under 1cycle; its peak rate is twice what a range test of that choice suggests."
