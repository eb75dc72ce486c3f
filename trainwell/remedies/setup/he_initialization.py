"""Draw the weights of ReLU layers as He et al. do.

A ReLU drops half of what comes in; weights of variance 2 over the inputs keep the variance from layer to layer. Each
layer gets what suits its own activation.

Source: He et al., "Delving deep into rectifiers", arXiv 1502.01852 (2015)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.beginnings import suited
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("constant-initialization", "mismatched-initializer"))
def he_initialization(case: Case) -> Iterable[Candidate]:
    """The layers that the finding names, and all that begin in the same way."""
    yield suited(case, "he")
