"""Let the last layer learn a standardized target, and give the target's own units back.

A target in the hundreds asks the last bias and weights for values that small steps reach late, and its squared error
is so large that the gradients are too. A Rescaling behind the output keeps predictions, and metrics, in the user's
units.

Source: Bishop, "Neural networks for pattern recognition" (1995), section 8.2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ScaleTargets
from trainwell.remedies.heads import graph_of, head_of, target_of
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


_LOSSES = {"mean_squared_error", "mean_absolute_error", "huber", "log_cosh"}


@remedy(safety="safe", certain=("unscaled-target",))
def scale_target(case: Case) -> Iterable[Candidate]:
    """One edit, for the output that the finding names."""
    head = head_of(case)
    if head.loss_name not in _LOSSES:
        raise NoRemedy("the output has no squared or absolute error")
    graph_of(case)
    yield (ScaleTargets(target_of(head)),)
