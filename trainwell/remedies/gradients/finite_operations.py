"""Take away what makes values that are not finite.

A logarithm of a negative number, a division by 0 or the square root of what may be negative gives NaN, and NaN goes
through everything that follows. The square root of 0 is 0, but its derivative is infinite: add a small constant inside
the root, or write `sqrt(maximum(x, 1e-12))`. The same holds for a norm, and for a power below 1. For a logarithm and a
divisor, `maximum(x, 1e-7)` will do. A `where` behind the operation does not help, since 0 times infinity is NaN:
replace its argument, not its result. An embedding needs `input_dim` above the largest id.

Source: Keras documentation, "Debugging tips"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeCompile, RemoveLayers
from trainwell.remedies.heads import graph_of, head_of, key_of
from trainwell.remedies.hidden import paths
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe")
def finite_operations(case: Case) -> Iterable[Candidate]:
    """The layer that gave the first one; or a loss of Keras's in the place of one of the user's own."""
    graph = graph_of(case)
    calls = [call for call in map(graph.at, case.places) if call is not None and not call.parameters]
    if calls:
        yield (RemoveLayers(paths(calls)),)
        return
    head = head_of(case)
    if head.loss is None or head.loss.of_keras:
        raise NoRemedy("neither a layer without weights nor a loss of the user's own gave it")
    low = head.target and head.target.minimum
    positive = head.range is not None and head.range[0] >= 0
    if low is not None and low >= 0 and positive:
        yield (ChangeCompile({"loss": "poisson"}, key_of(case, head)),)
    for loss in ("mean_squared_error", "mean_absolute_error"):
        yield (ChangeCompile({"loss": loss}, key_of(case, head)),)
