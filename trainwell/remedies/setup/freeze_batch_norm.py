"""Freeze the batch normalization of a frozen base too.

A frozen base whose normalization goes on training changes its features under the head, by the statistics of other
data.

Source: Géron, "Hands-On Machine Learning", chapter on training deep networks; Keras documentation, "Transfer learning
and fine-tuning"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import SetTrainable
from trainwell.edits.blueprint import is_graph
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("frozen-base-batch-norm-training",))
def freeze_batch_norm(case: Case) -> Iterable[Candidate]:
    """All normalizations that the finding names; of a subclassed model, none can be reached."""
    if not is_graph(case.spec.model):
        raise NoRemedy("the layers of a subclassed model stand in its own code: set trainable=False on them there")
    yield (SetTrainable(case.places, trainable=False),)
