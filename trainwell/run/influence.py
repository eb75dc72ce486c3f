"""How much each layer's weights sway the loss: the size of its gradient times the size of its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.run.places import by_variable

if TYPE_CHECKING:
    from trainwell.run.run import Run

FIRST = 20  # steps, all of which are read, and in which little has been learned
_FLOOR = 1e-15  # of the largest influence: below it float32 knows no gradient
_FEWEST = 3  # layers that a line needs
KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel", "recurrent_kernel")


def influence(run: Run) -> dict[str, np.ndarray]:
    """By place of each layer with a kernel, in the order of the calls: influence on the loss, `(steps,)`.

    `|g| · |w|`, by how much the loss would change if the weights moved by their own size along the gradient. It has the
    unit of the loss, whatever the width of a layer or the scale of its weights: in a net of ReLUs without biases its
    part along the weights is the same for every layer. Layers that get no gradient at any step (frozen ones) and
    weights that are still 0 (branches that begin at 0) are left out.

    Args:
        run: a Run.
    """
    sizes = _sizes(run)
    found: dict[str, np.ndarray] = {}
    for kernel in KERNELS:
        weights = by_variable(run, "weight_rms", kernel)
        for owner, gradient in by_variable(run, "gradient_rms", kernel).items():
            place = _place(owner, sizes)
            if place is None or owner not in weights:
                continue
            weight = np.asarray(weights[owner].values, np.float64)
            if not weight[0] > 0 and np.isfinite(weight[0]):
                continue
            with np.errstate(all="ignore"):
                product = np.asarray(gradient.values, np.float64) * weight * sizes[place]
            found[place] = np.fmax(found[place], product) if place in found else product
    order = {place: number for number, place in enumerate(sizes)}
    return dict(sorted(found.items(), key=lambda each: order[each[0]]))


def early_influence(run: Run, steps: int = FIRST) -> dict[str, float]:
    """The median influence of each layer over the first steps; layers without a finite one are left out.

    Args:
        run: a Run.
        steps: how many; 1 for what it was before any update.
    """
    found: dict[str, float] = {}
    for place, values in influence(run).items():
        finite = values[:steps][np.isfinite(values[:steps])]
        if len(finite):
            found[place] = float(np.median(finite))
    return found


def faded(early: dict[str, float]) -> float | None:
    """Powers of ten that influence loses from the last layer back to the first.

    By the median of the slopes between all pairs of layers (Theil and Sen), which single layers of little influence,
    such as the keys of an attention, do not move.

    Args:
        early: as of `early_influence`.

    Returns:
        The powers, negative where influence grows; `None` for fewer than three layers or without any influence.

    Example:
    >>> faded({"a": 0.001, "b": 0.01, "c": 0.1})
    2.0
    """
    values = np.asarray(list(early.values()))
    if len(values) < _FEWEST or not values.max() > 0:
        return None
    logs = np.log10(np.maximum(values, _FLOOR * values.max()))
    one, other = np.triu_indices(len(logs), 1)
    slope = float(np.median((logs[other] - logs[one]) / (other - one)))
    return round(slope * (len(logs) - 1), 6)


def _sizes(run: Run) -> dict[str, int]:
    return {call.place: call.trainable_parameters for call in run.model.calls or ()}


def _place(owner: str, sizes: dict[str, int]) -> str | None:
    """The call whose layer holds a variable, which may lie in a part of it such as a recurrent layer's cell."""
    while owner and owner not in sizes:
        owner = owner.rpartition("/")[0]
    return owner or None
