"""Judge labels of -1 and 1 by the hinge loss.

It is the loss of the support vector machines that such labels come from; the output is then a score between -1 and 1.

Source: Cortes and Vapnik, "Support-vector networks" (1995)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import head_of, with_activation, with_loss
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def hinge_loss(case: Case) -> Iterable[Candidate]:
    """Loss and activation together."""
    head = head_of(case)
    yield (*with_activation(case, head, "tanh"), *with_loss(case, head, "hinge"))
