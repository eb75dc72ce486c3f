"""Mean, deviation and entropy of samples that come block by block: a few rows at a time, in double precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.errors import InputError
from trainwell.techniques.mc_dropout.prediction import MCPrediction, entropies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.engine.mc_forward import Block

_FROM_ONE = 1e-2  # probabilities of half-precision models may miss 1 by less than this


def gathered(blocks: Iterable[Block], rows: int, samples: int, output: str, *, keep: bool) -> MCPrediction:
    """The moments of blocks that come sample by sample for some rows, then for the next."""
    result: dict[str, np.ndarray] = {}

    def put(name: str, where: Any, values: np.ndarray, *leading: int) -> None:
        if name not in result:
            result[name] = np.empty((*leading, *values.shape[len(leading) :]), dtype)
        result[name][where] = values

    moments = _Moments(output)
    dtype: Any = np.float32
    for block in blocks:
        if block.samples.start == 0:
            moments = _Moments(output)
        dtype = np.result_type(block.outputs.dtype, np.float32)
        moments.add(block.outputs.astype(np.float64))
        if keep:
            put("samples", (block.samples, block.rows), block.outputs, samples, rows)
        if block.samples.stop == samples:
            put("mean", block.rows, moments.mean, rows)
            put("std", block.rows, moments.std, rows)
            if moments.entropy is not None:
                put("expected_entropy", block.rows, moments.entropy / samples, rows)
    if output != "linear":
        _check_probabilities(result["mean"], output)
    return MCPrediction(count=samples, output=output, **result)


class _Moments:
    """Mean, deviation and mean entropy of samples that come in portions, by the way of Chan, Golub and LeVeque."""

    def __init__(self, output: str) -> None:
        self._output = output
        self._count = 0
        self._squares: Any = 0.0  # summed squared distances from the mean
        self.mean: Any = 0.0
        self.entropy: Any = None

    def add(self, samples: np.ndarray) -> None:
        """Takes `(samples, rows, ...)`."""
        count, mean = len(samples), samples.mean(axis=0)
        total = self._count + count
        distance = mean - self.mean
        self._squares = (
            self._squares + ((samples - mean) ** 2).sum(axis=0) + distance**2 * (self._count * count / total)
        )
        self.mean = self.mean + distance * (count / total)
        self._count = total
        if self._output != "linear":
            self.entropy = (0.0 if self.entropy is None else self.entropy) + entropies(samples, self._output).sum(0)

    @property
    def std(self) -> np.ndarray:
        return np.sqrt(self._squares / self._count)


def _check_probabilities(mean: np.ndarray, output: str) -> None:
    finite = mean[np.isfinite(mean)]
    sums = mean.sum(axis=-1) if output == "softmax" else np.ones(1)
    wrong_sum = np.abs(sums[np.isfinite(sums)] - 1).max(initial=0) > _FROM_ONE
    if wrong_sum or finite.min(initial=0) < -_FROM_ONE or finite.max(initial=0) > 1 + _FROM_ONE:
        raise InputError(
            f"output={output!r} was asked for, and the outputs are no probabilities of that kind.",
            'Put the activation at the end of the model, or pass output="linear".',
        )
