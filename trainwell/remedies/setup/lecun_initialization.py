"""Draw the weights of SELU layers as LeCun did.

SELUs keep mean 0 and variance 1 only from weights of variance 1 over the inputs. Each layer gets what suits its own
activation.

Source: Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515 (2017)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.beginnings import suited
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("mismatched-initializer",))
def lecun_initialization(case: Case) -> Iterable[Candidate]:
    """The layers that the finding names, and all that begin in the same way."""
    yield suited(case, "lecun")
