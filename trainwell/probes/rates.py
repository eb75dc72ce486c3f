"""Where does the rate stand? Copies trained from the same weights on the same batches at several multiples of it.

A rate is too low where a tenfold one gets much further in the same steps, and too high where a tenth does.
Twice the rate tells how near the edge is: a rate whose double diverges leaves no room. Where the best of them is the
lowest or the highest, the search goes on that way, so that a rate that is wrong by thousands is seen too. At the rate
itself the copy goes on for longer than a short training, which tells what more steps would bring.

Not good at: rates that do well for a few hundred steps and diverge later, and schedules, of which the largest rate
alone is tried.

Source: Godbole et al., "Deep learning tuning playbook" (2023), on finding the best rate and looking at twice of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.probes.bench import ProbeResult
from trainwell.progress import stage
from trainwell.run import LongerRecord, RatesRecord, Series, finite

if TYPE_CHECKING:
    from trainwell.probes.bench import ProbeContext

FACTORS = (0.01, 0.1, 1.0, 2.0, 10.0, 100.0)
LOWER, HIGHER = (1e-3, 1e-4), (1e3, 1e4)  # that are tried only where the best is at that end
FEWEST_STEPS, MOST_STEPS = 20, 200
LONGER = 400  # steps at the rate itself, at most
_TAIL = 0.2  # share of the steps whose mean loss tells where a training stands
_AT_FIRST = 5  # steps at the lowest rate whose mean loss tells where all began
_BETTER = 0.03  # of a loss: so much less at an end of the range makes it worth going beyond


def rates(bench: ProbeContext) -> ProbeResult:
    """Train a copy at each multiple of the rate.

    Returns:
        The record, and the signals `probe/rates/FACTOR`. The longer training takes about twice the planned steps.
    """
    steps = int(np.clip(bench.steps, FEWEST_STEPS, MOST_STEPS))
    longer = int(np.clip(2 * bench.steps, MOST_STEPS, LONGER))
    losses: dict[float, np.ndarray] = {}
    last: dict[float, float | None] = {}

    def train(factor: float) -> None:
        rate, count = bench.rate * factor, longer if factor == 1 else steps
        _, losses[factor] = bench.ramp.losses(lowest=rate, highest=rate, steps=count, seed=bench.seed, stop_at=1e4)
        last[factor] = _end(losses[factor], steps)

    with stage("Trying other learning rates", len(FACTORS), counter="") as progress:
        for factor in FACTORS:
            train(factor)
        for beyond in (LOWER, HIGHER):
            for factor in beyond:
                end = min(last) if beyond is LOWER else max(last)
                if not _is_best(last, end):
                    break
                progress.parts = len(last) + 1
                train(factor)
    factors = sorted(last)
    record = RatesRecord(
        rate=bench.rate,
        steps=steps,
        factors=factors,
        first=finite(losses[factors[0]][:_AT_FIRST].mean()),
        last=[last[factor] for factor in factors],
        longer=LongerRecord(steps=longer, last=_end(losses[1.0], longer)),
    )
    return ProbeResult(record, {f"probe/rates/{factor:g}": Series.over("step", losses[factor]) for factor in factors})


def _end(losses: np.ndarray, steps: int) -> float | None:
    """Where a training stands after so many steps; `None` where it did not get there."""
    if len(losses) < steps or not np.isfinite(losses[:steps]).all():
        return None
    return float(losses[:steps][-max(1, round(_TAIL * steps)) :].mean())


def _is_best(last: dict[float, float | None], end: float) -> bool:
    """Whether the training at one end of the range got clearly further than all others, or none was one."""
    others = [value for factor, value in last.items() if factor != end and value is not None]
    there = last[end]
    if there is None:
        return not others and end < 1
    return not others or min(others) - there > _BETTER * abs(min(others))
