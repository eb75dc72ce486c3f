"""Which layers are trained in which stage, for how many epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.errors import InputError

if TYPE_CHECKING:
    from trainwell.techniques.transfer.layer_groups import Group


@dataclass(frozen=True)
class Plan:
    """One stage to come.

    Args:
        name: as of `Stage`.
        groups: the groups of reused layers to train, bottom first.
        epochs: how many.
    """

    name: str
    groups: tuple[Group, ...]
    epochs: int


def planned(groups: list[Group], unfreeze: int | str, head_epochs: int, epochs: int) -> list[Plan]:
    """The stages of a transfer, those without epochs left out.

    Args:
        groups: the groups of the reused layers, bottom first.
        unfreeze: `"all"`, the number of top groups, or `"gradual"`.
        head_epochs: of the stage that trains the head alone.
        epochs: of all others together.

    Raises:
        InputError: nothing would be trained, or `unfreeze` is out of range.
    """
    if unfreeze not in {"all", "gradual"} and (
        isinstance(unfreeze, bool) or not isinstance(unfreeze, int) or unfreeze < 1 or unfreeze > max(1, len(groups))
    ):
        raise InputError(
            f"unfreeze must be 'all', 'gradual', or from 1 to {len(groups)}, the number of reused layers with weights "
            f"to train, not {unfreeze!r}.",
            "To keep them all frozen, set epochs=0.",
        )
    if not head_epochs and not epochs:
        raise InputError("head_epochs and epochs are both 0, so that nothing is trained.", "Set one of them.")
    if epochs and not groups:
        raise InputError(
            "None of the reused layers has weights to unfreeze: their batch normalisation stays frozen.",
            "Set batch_norm='train', or epochs=0.",
        )
    plans = [Plan("head", (), head_epochs)] if head_epochs else []
    if not epochs:
        return plans
    if unfreeze != "gradual":
        top = len(groups) if unfreeze == "all" else int(unfreeze)
        return [*plans, Plan("fine-tuning", tuple(groups[-top:]), epochs)]
    stages = min(len(groups), epochs)
    for number, (thawed, share) in enumerate(
        zip(_shares(len(groups), stages), _shares(epochs, stages), strict=True), 1
    ):
        plans.append(Plan(f"fine-tuning {number}/{stages}", tuple(groups[-thawed[-1] - 1 :]), len(share)))
    return plans


def _shares(number: int, parts: int) -> list[np.ndarray]:
    """0 to `number` in `parts` pieces of nearly equal length; the last ones are the longer ones."""
    lengths = [number // parts + (part >= parts - number % parts) for part in range(parts)]
    return np.split(np.arange(number), np.cumsum(lengths)[:-1])
