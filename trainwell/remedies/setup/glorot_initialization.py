"""Draw the weights of tanh and sigmoid layers as Glorot and Bengio do.

Weights of variance 2 over inputs and outputs keep signals and gradients alike from layer to layer. Each layer gets
what suits its own activation.

Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.beginnings import suited
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("constant-initialization", "mismatched-initializer"))
def glorot_initialization(case: Case) -> Iterable[Candidate]:
    """The layers that the finding names, and all that begin in the same way."""
    yield suited(case, "glorot")
