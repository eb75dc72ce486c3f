"""Give the target the output's shape.

Keras subtracts shapes that can be broadcast: a column from a row makes a table of all differences, and the net learns
the mean.

Source: NumPy documentation, "Broadcasting"
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.edits import ReshapeTargets
from trainwell.remedies.heads import head_of, target_of
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("broadcast-target",))
def reshape_target(case: Case) -> Iterable[Candidate]:
    """One edit, where both hold as many numbers."""
    head = head_of(case)
    target, output = list((head.target and head.target.shape) or []), list(head.shape[1:])
    if None in output or math.prod(target) != math.prod(output):
        raise NoRemedy("target and output differ in how many numbers they hold")
    yield (ReshapeTargets(tuple(output), target_of(head)),)
