"""End with a softmax.

A loss of exclusive classes takes probabilities that sum to 1; what is cut off at 0 and 1 instead has no slope.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.2.2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import head_of, with_activation, with_loss
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.run.heads import BINARY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("missing-output-activation", "binary-loss-on-exclusive-classes"))
def softmax_output(case: Case) -> Iterable[Candidate]:
    """Activation, and loss and metrics where they do not fit, for an output of several units and exclusive classes."""
    head = head_of(case)
    if head.units < 2 or (head.loss_name in BINARY and head.task != "multi-class"):  # noqa: PLR2004 -- a unit for each class
        raise NoRemedy("a softmax is for several exclusive classes, a unit for each")
    edits = with_activation(case, head, "softmax")
    if head.loss_name in BINARY:
        sparse = not (head.target and head.target.one_hot)
        edits += with_loss(case, head, "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy")
    yield edits
