"""The noise of a mean."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def standard_error(values: Any) -> float:
    """Return the standard error of the mean of independent values; 0 for fewer than two.

    Args:
        values: `(n,)`.

    Example:
    >>> standard_error([1.0, 3.0, 2.0, 2.0])
    0.408...
    """
    values = np.asarray(values, np.float64)
    return float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0
