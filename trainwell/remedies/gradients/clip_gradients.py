"""Cut the gradients' norm.

A step along a gradient that is a thousand times larger than usual undoes hundreds of others. The limit is what the
norm was when the training was still one.

Source: Pascanu et al., "On the difficulty of training recurrent neural networks", arXiv 1211.5063 (2013)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.edits import ChangeOptimizer
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


_USUAL = 0.25  # of all norms that were measured: below the spikes
_DEAD = 1e-3  # a norm below it is that of a net that no longer learns


@remedy(safety="safe")
def clip_gradients(case: Case) -> Iterable[Candidate]:
    """At the norm measured in the beginning, and at 1."""
    limits = [1.0]
    series = case.run.signals.get("gradient_norm")
    if series is not None:
        values = np.asarray(series.values, float)
        usual = values[np.isfinite(values) & (values > _DEAD)]
        if len(usual):
            limits.insert(0, float(f"{np.quantile(usual, _USUAL):.2g}"))
    for limit in dict.fromkeys(limits):
        yield (ChangeOptimizer({"global_clipnorm": limit}),)
