"""Let units that were ReLUs have a slope on both sides.

A ReLU whose input is negative for every row gives 0, learns nothing, and stays so. ELU and leaky ReLU have a slope
there.

Source: Maas et al., "Rectifier nonlinearities improve neural network acoustic models" (2013); Clevert et al., arXiv
1511.07289 (2015)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.hidden import with_hidden_activation
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe")
def leaky_activation(case: Case) -> Iterable[Candidate]:
    """ELU, and leaky ReLU; biases begin at 0."""
    yield with_hidden_activation(case, "elu")
    yield with_hidden_activation(case, "leaky_relu")
