"""Let batch normalization follow its batches faster.

The moving mean and variance begin at 0 and 1 and forget that by their momentum: at 0.99 it takes some 300 steps, at
0.999 some 3,000. A training of fewer steps predicts with averages that are still on their way.

Source: Keras documentation, BatchNormalization
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeLayers
from trainwell.remedies.heads import graph_of
from trainwell.remedies.hidden import paths
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


_USUAL = (0.99, 0.98, 0.95, 0.9, 0.8, 0.5)
_LEFT = 0.01  # of the beginning, at the end of the training


@remedy(safety="safe", certain=("batch-norm-statistics-not-settled",))
def lower_batch_norm_momentum(case: Case) -> Iterable[Candidate]:
    """The largest usual momentum that forgets the beginning within the training."""
    steps = case.spec.fit["epochs"] * case.spec.steps_per_epoch
    calls = [call for call in graph_of(case).calls if call.kind == "BatchNormalization"]
    settled = [each for each in _USUAL if each**steps < _LEFT] or [_USUAL[-1]]
    slow = [call for call in calls if float(call.config.get("momentum", 0.99)) > settled[0]]
    if not slow:
        raise NoRemedy("no momentum is too slow for so many steps")
    yield (ChangeLayers(paths(slow), {"momentum": settled[0]}),)
