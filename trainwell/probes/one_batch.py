"""Can the model learn one batch by heart? Many steps on the same rows, at a few rates.

A model that cannot fit a single batch cannot fit the data: its capacity, its head or its inputs are at fault. The best
of several rates is told, so that a rate alone does not decide.

Source: Karpathy, "A recipe for training neural networks" (2019): "overfit a single batch".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.probes.bench import Seen
from trainwell.run import Series

if TYPE_CHECKING:
    from trainwell.probes.bench import Bench

STEPS = 200
FACTORS = (1.0, 0.1, 10.0)
_ENOUGH = 0.02  # of the first loss: further rates can tell nothing more


def one_batch(bench: Bench) -> Seen:
    """Trains copies on evenly spaced rows, a batch of them.

    Returns:
        Facts `steps`, `rate` (of the best training), `first` and `last` (loss); signal `probe/one_batch/loss`.
    """
    size = bench.ramp.batch_size
    batch = np.linspace(0, bench.rows - 1, size).astype(np.int32)
    best: tuple[float, float, np.ndarray] | None = None
    first = np.nan
    for factor in FACTORS:
        rate = bench.rate * factor
        _, losses = bench.ramp.losses(lowest=rate, highest=rate, steps=STEPS, seed=bench.seed, batch=batch)
        first = losses[0]
        tail = losses[-10:]
        last = float(np.median(tail)) if np.isfinite(losses).all() else np.inf
        if best is None or last < best[0]:
            best = (last, rate, losses)
        if last < _ENOUGH * abs(first):
            break
    last, rate, losses = best  # type: ignore[misc] -- there is at least one factor
    facts = {"steps": STEPS, "rows": size, "rate": rate, "first": float(first), "last": last}
    return Seen(facts, {"probe/one_batch/loss": Series.over("step", losses)})
