"""Where does the rate stand? Copies trained from the same weights on the same batches at several multiples of it.

A rate is too low where a tenfold one gets much further in the same steps, and too high where a tenth does.
Twice the rate tells how near the edge is: a rate whose double diverges leaves no room.

Source: Godbole et al., "Deep learning tuning playbook" (2023), on finding the best rate and looking at twice of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.probes.bench import Seen
from trainwell.run import Series

if TYPE_CHECKING:
    from trainwell.probes.bench import Bench

FACTORS = (0.01, 0.1, 1.0, 2.0, 10.0, 100.0)
MOST_STEPS = 200
_TAIL = 0.2  # share of the steps whose mean loss tells where a training stands


def rates(bench: Bench) -> Seen:
    """Trains a copy at each multiple of the rate.

    Returns:
        Facts `rate`, `steps`, `factors`, `first` (loss), `last` (mean loss of the last fifth of the steps at each
        factor; `None` where it diverged); signals `probe/rates/FACTOR`.
    """
    steps = int(np.clip(bench.steps, 20, MOST_STEPS))
    last: list[float | None] = []
    signals: dict[str, Series] = {}
    first = np.nan
    for factor in FACTORS:
        rate = bench.rate * factor
        _, losses = bench.ramp.losses(lowest=rate, highest=rate, steps=steps, seed=bench.seed, stop_at=1e4)
        first = float(losses[0])
        tail = losses[-max(1, round(_TAIL * steps)) :]
        reached = len(losses) == steps and bool(np.isfinite(losses).all())
        last.append(float(tail.mean()) if reached else None)
        signals[f"probe/rates/{factor:g}"] = Series.over("step", losses)
    facts = {"rate": bench.rate, "steps": steps, "factors": list(FACTORS), "first": first, "last": last}
    return Seen(facts, signals)
