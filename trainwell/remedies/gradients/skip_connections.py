"""Let the signal pass by some layers.

A residual block adds what it computes to what came in, so that a gradient reaches the lowest layer in one step:
keras.layers.Add behind every two layers.

Source: He et al., "Deep residual learning for image recognition", arXiv 1512.03385 (2015)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="manual")
def skip_connections(case: Case) -> Iterable[Candidate]:
    """Proposes nothing: it is for a person to do."""
    del case
    raise NoRemedy("no edit can do it")
