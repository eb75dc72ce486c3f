"""Groups of rows dealt to training, validation and test, so that no group is in two parts.

Large groups are dealt first, each to the part that lacks its classes most. That meets the shares well with many small
groups, roughly with few large ones; large groups tend to land in training.
"""

from __future__ import annotations

import numpy as np

from trainwell.datasets.wording import plural
from trainwell.errors import InputError

PARTS = 3


def assign_groups(classes: np.ndarray, groups: np.ndarray, shares: tuple[float, float, float], seed: int) -> np.ndarray:
    """The part of each row: 0 training, 1 validation, 2 test.

    Args:
        classes: `(rows,)`, class numbers from 0 (all 0 where nothing is stratified).
        groups: `(rows,)`, the group's label of each row.
        shares: the shares of the rows wanted in training, validation and test; their sum is 1.
        seed: orders groups of equal size.

    Returns:
        `(rows,)` integers. Every part has a group, and every class is in training.

    Raises:
        InputError: fewer groups than parts, or too few to have every class in training.
    """
    labels, group = np.unique(groups.astype(str) if groups.dtype == object else groups, return_inverse=True)
    counts = np.zeros((len(labels), int(classes.max()) + 1))
    np.add.at(counts, (group, classes), 1)
    if len(labels) < PARTS:
        raise InputError(
            f"{plural(len(labels), 'group')} {'is' if len(labels) == 1 else 'are'} too few for a training, a "
            "validation and a test part of whole groups.",
            "Choose a group column with at least three groups, or leave --group-column out.",
        )
    part = _deal(counts, np.asarray(shares), np.random.default_rng(seed))
    _bring_every_class_to_training(counts, part)
    return part[group]


def _deal(counts: np.ndarray, shares: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The part of each group, from `counts` `(groups, classes)`."""
    totals = np.maximum(counts.sum(axis=0), 1)
    weights = counts / totals  # every class counts alike, however many rows it has
    need = np.outer(shares, np.ones(counts.shape[1]))
    part = np.full(len(counts), -1)
    alone = (counts > 0).sum(axis=0) == 1
    for each in np.flatnonzero((counts[:, alone] > 0).any(axis=1)):  # the only group with a class has to be learnt from
        part[each] = 0
        need[0] -= weights[each]
    order = generator.permutation(np.flatnonzero(part < 0))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    empty = set(range(PARTS)) - set(part.tolist())
    for done, each in enumerate(order):
        # The last groups go to the parts that would have none.
        open_parts = sorted(empty) if len(order) - done <= len(empty) else range(PARTS)
        chosen = max(open_parts, key=(need @ weights[each]).__getitem__)
        part[each] = chosen
        need[chosen] -= weights[each]
        empty.discard(chosen)
    return part


def _bring_every_class_to_training(counts: np.ndarray, part: np.ndarray) -> None:
    """Moves, for each class that training lacks, the smallest group that has it; changes `part`."""
    for each in range(counts.shape[1]):
        having = np.flatnonzero(counts[:, each] > 0)
        if len(having) and not np.any(part[having] == 0):
            part[having[np.argmin(counts[having].sum(axis=1))]] = 0
    if len(np.unique(part)) < PARTS:
        raise InputError(
            f"{len(part)} groups are too few: with every class in training, validation or test would be empty.",
            "Choose a group column with more groups, or leave --group-column out.",
        )
