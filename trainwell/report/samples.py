"""One example that the model answered, as a report shows it.

Only what is shown: a small picture or a row as text, the answer and the truth. Not a container for data sets: a page
embeds every sample, so a few dozen are plenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Sample:
    """One example that the model answered.

    Args:
        picture: `uint8` array `(height, width)` (grey) or `(height, width, 3)` (red, green, blue), or None.
        row: the row as text by column name, or None.
        target: the true class's name, or the true value as text.
        prediction: the predicted class's name, or the predicted value as text.
        confidence: the probability given to the prediction, from 0 to 1; None for regression.
        error: prediction minus truth in the target's unit; None for classes.
        label: where the example comes from, such as `"row 1234"`.
    """

    picture: np.ndarray | None
    row: dict[str, str] | None
    target: str
    prediction: str
    confidence: float | None
    error: float | None
    label: str
