"""Can the model learn one batch by heart? Many steps on the same rows, at a few rates.

A model that cannot fit a single batch cannot fit the data: its capacity, its head or its inputs are at fault. The best
of several rates is told, so that a rate alone does not decide. Beside it stands what the best constant is worth on the
same rows: a batch may hold one class only, and then an answer that ignores the inputs is perfect.

Not good at: models in training mode whose dropout leaves noise, and penalties, which are part of the losses told.

Source: Karpathy, "A recipe for training neural networks" (2019): "overfit a single batch of only a few examples".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell.engine import InferenceProbe
from trainwell.probes.baseline import best_constant
from trainwell.probes.bench import ProbeResult
from trainwell.progress import stage
from trainwell.run import OneBatchRecord, Series, finite

if TYPE_CHECKING:
    from trainwell.probes.bench import ProbeContext

STEPS = 200
ROWS = 32  # different ones at most; larger batches hold them several times
FACTORS = (1.0, 0.1, 10.0)
FURTHER = {0.1: (0.01,), 10.0: (100.0, 1000.0)}  # tried where that factor was the best
_ENOUGH = 0.02  # of the constant's loss: further rates can tell nothing more


def one_batch(bench: ProbeContext) -> ProbeResult:
    """Train copies on evenly spaced rows, a batch of them.

    Returns:
        The record, and the signal `probe/one_batch/loss` of the best training.
    """
    size = bench.ramp.batch_size
    chosen = np.unique(np.linspace(0, bench.rows - 1, min(size, ROWS)).astype(np.int32))
    batch = np.resize(chosen, size)
    constant = _constant(bench, batch)
    trained: dict[float, tuple[float, np.ndarray]] = {}
    waiting = list(FACTORS)
    first = np.nan
    with stage("Learning a single batch by heart", len(FACTORS), counter="learning rate") as progress:
        while waiting:
            factor = waiting.pop(0)
            rate = bench.rate * factor
            _, losses = bench.ramp.losses(lowest=rate, highest=rate, steps=STEPS, seed=bench.seed, batch=batch)
            first = losses[0]
            whole = len(losses) == STEPS and np.isfinite(losses).all()
            trained[factor] = (float(np.median(losses[-10:])) if whole else np.inf, losses)
            best = _best(trained)
            if trained[best][0] < _ENOUGH * abs(first if constant is None else constant):
                break
            if len(trained) == len(FACTORS):
                waiting = list(FURTHER.get(best, ()))
                progress.parts = len(FACTORS) + len(waiting)
    best = _best(trained)
    last, losses = trained[best]
    record = OneBatchRecord(
        steps=STEPS,
        rows=len(chosen),
        rate=bench.rate * best,
        first=finite(first),
        last=finite(last),
        constant=finite(constant),
    )
    return ProbeResult(record, {"probe/one_batch/loss": Series.over("step", losses)})


def _best(trained: dict[float, tuple[float, np.ndarray]]) -> float:
    return min(trained, key=lambda factor: trained[factor][0])


def _constant(bench: ProbeContext, batch: np.ndarray) -> float | None:
    x, y = (keras.tree.map_structure(lambda leaf: np.asarray(leaf)[batch], part) for part in (bench.x, bench.y))
    targets = {".".join(map(str, path)): leaf for path, leaf in keras.tree.flatten_with_path(y)}
    outputs = keras.tree.map_structure(lambda leaf: np.resize(leaf, (len(batch), *leaf.shape[1:])), bench.outputs)
    return best_constant(InferenceProbe(bench.model, x, y, ()).loss_of, outputs, targets)
