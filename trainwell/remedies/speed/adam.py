"""Let Adam choose the size of each weight's steps.

It divides each weight's step by the size of its gradients, so that one rate suits layers and features of different
scales.

Source: Kingma and Ba, "Adam", arXiv 1412.6980 (2015)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeOptimizer
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def adam(case: Case) -> Iterable[Candidate]:
    """At its usual rate."""
    if case.run.compile.optimizer is not None and case.run.compile.optimizer.kind == "Adam":
        raise NoRemedy("it is Adam already")
    yield (ChangeOptimizer({"learning_rate": 1e-3}, "Adam"),)
