"""Number the classes from 0.

The losses of classes take a label for the number of a unit. Keras on JAX does not complain of one that is out of
range, whose loss is nothing that could be learned from, nor of one that is no whole number, which it cuts down to one.

Source: Keras documentation, SparseCategoricalCrossentropy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.edits import ReindexLabels
from trainwell.edits.arrays import array_of
from trainwell.remedies.heads import head_of, target_of
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


_MOST = 10_000  # labels: more are no classes


def labels_of(case: Case, target: str) -> tuple[float, ...]:
    """All labels of training and validation rows, ascending."""
    parts = [array_of(case.spec.data["y"], target)]
    held = case.spec.data.get("validation_data")
    if held is not None:
        parts.append(array_of(held[1], target))
    found = np.unique(np.concatenate([part.ravel() for part in parts]))
    if len(found) > _MOST or not np.isfinite(found).all():
        raise NoRemedy("the targets are no numbers of classes")
    return tuple(int(each) if each == round(each) else float(each) for each in found)


@remedy(safety="safe", certain=("labels-out-of-range", "wrong-label-encoding"))
def re_index_labels(case: Case) -> Iterable[Candidate]:
    """One edit, where there are no more labels than the output can tell."""
    head = head_of(case)
    target = target_of(head)
    if case.finding.rule.name == "wrong-label-encoding" and (head.target and head.target.whole_numbers):
        raise NoRemedy("the labels are whole numbers")
    known = labels_of(case, target)
    can_tell = max(2, head.units)
    if len(known) > can_tell:
        raise NoRemedy(f"there are {len(known)} labels, and the output tells {can_tell} classes")
    if known == tuple(range(len(known))):
        raise NoRemedy("the labels are numbered from 0")
    yield (ReindexLabels(known, target),)
