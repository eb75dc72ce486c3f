"""What is an answer worth that ignores the inputs? The loss of the best constant, under the model's own loss.

Constants tried: for classes their frequencies, as probabilities and as logits; for values the mean, the median and the
mean's logarithm. The best of them is an upper bound of what a constant can do, whatever the loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.probes.bench import ProbeResult
from trainwell.progress import stage
from trainwell.run import BaselineRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trainwell.probes.bench import ProbeContext

_LEAST = 1e-7  # of a probability


def baseline(bench: ProbeContext) -> ProbeResult:
    """Ask the model's own loss for the loss of the constants, on the rows of the bench's inspection."""
    with stage("Measuring how good a constant prediction is"):
        loss = best_constant(bench.inspection.loss_of, bench.outputs, bench.targets)
    return ProbeResult(BaselineRecord(loss=loss, rows=len(keras.tree.flatten(bench.outputs)[0])))


def best_constant(loss_of: Callable[[Any], float], outputs: Any, targets: dict[str, Any]) -> float | None:
    """The least loss of an answer that is the same for all rows; `None` where none has a finite one.

    Args:
        loss_of: the loss of answers in the form of `outputs`.
        outputs: the model's for these rows.
        targets: of these rows, by output.
    """
    outputs = keras.tree.map_structure(np.asarray, outputs)
    paths = keras.tree.flatten_with_path(outputs)
    found = []
    for kind in range(3):
        constants = [_constant(output, targets.get(".".join(map(str, path))), kind) for path, output in paths]
        found.append(loss_of(keras.tree.pack_sequence_as(outputs, constants)))
    finite = [each for each in found if np.isfinite(each)]
    return min(finite) if finite else None


def _constant(output: np.ndarray, target: Any, kind: int) -> np.ndarray:
    """The answer for all rows: probabilities or means, logits or medians, logarithms."""
    value = np.zeros(output.shape[1:]) if target is None else _best(output, np.asarray(target), kind)
    return np.broadcast_to(value, output.shape).astype(output.dtype)


def _best(output: np.ndarray, target: np.ndarray, kind: int) -> np.ndarray:
    units = output.shape[-1]
    whole = target.dtype.kind in "iub" or np.array_equal(target, np.rint(target))
    sparse = whole and units > 1 and target.size and (target.ndim < output.ndim or target.shape[-1] == 1)
    if sparse and target.min() >= 0 and target.max() < units:
        labels = target.reshape(-1).astype(int)
        shares = np.maximum(np.bincount(labels, minlength=units) / len(labels), _LEAST)
        return shares if kind == 0 else np.log(shares)
    flat = np.asarray(target, np.float64).reshape(len(target), -1)
    flat = flat[np.isfinite(flat).all(axis=1)]
    if not len(flat):
        return np.zeros(output.shape[1:])
    mean, median = flat.mean(axis=0), np.median(flat, axis=0)
    inside = np.clip(mean, _LEAST, 1 - _LEAST)
    binary = float(flat.min()) >= 0 and float(flat.max()) <= 1
    chosen = next(_choices(mean, median, inside, kind, binary=binary))
    if chosen.size == np.prod(output.shape[1:]):
        return chosen.reshape(output.shape[1:])
    return np.full(output.shape[1:], chosen.mean())


def _choices(mean: Any, median: Any, inside: Any, kind: int, *, binary: bool) -> Iterator[np.ndarray]:
    if kind == 0:
        yield mean
    elif kind == 1:
        yield np.log(inside / (1 - inside)) if binary else median
    else:
        yield np.log(np.maximum(mean, _LEAST))
