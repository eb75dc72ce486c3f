"""Weight the rows of each class by how rare it is.

With one class in a hundred, a constant answer is right 99 times; weights that make all classes count alike take that
answer's advantage away.

Source: King and Zeng, "Logistic regression in rare events data" (2001); Keras documentation, class_weight
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.edits import ChangeFit
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.remedies.splits import class_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("class-weights-inverted",))
def class_weights(case: Case) -> Iterable[Candidate]:
    """One edit, where there is one output with classes."""
    if case.spec.data.get("sample_weight") is not None:
        raise NoRemedy("fit takes sample_weight or class_weight, and the rows have a sample_weight")
    numbers = class_numbers(case)
    counts = np.bincount(numbers)
    weights = {
        at: round(len(numbers) / (np.count_nonzero(counts) * count), 4) for at, count in enumerate(counts) if count
    }
    yield (ChangeFit({"class_weight": weights}),)
