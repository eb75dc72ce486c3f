"""1cycle: the learning rate climbs to a peak and comes down again, far below where it began, within one training.

Not for trainings of unknown length: the whole curve is laid over a number of steps that must be given. This is the
rate's side only; the momentum that moves the other way is not part of it. `tw.fit` trains on with another peak or
length without compiling; `keras.Model.fit` keeps those it was compiled with until `compile()` is called again.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import keras
import numpy as np

from trainwell.engine import schedule_values

Shape = Literal["cosine", "linear"]


@keras.saving.register_keras_serializable(package="trainwell")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Learning rate of 1cycle at each step.

    With s(p) the share of the way at progress p in [0, 1], s(p) = p for `"linear"` and (1 - cos πp) / 2 for `"cosine"`:

    - phase 1, `warmup_share` of the steps: from `peak * initial_share` to `peak`;
    - with 3 phases only, as many steps again: from `peak` back to `peak * initial_share`;
    - last phase, the steps that remain: down to `peak * final_share`, which holds afterwards.

    Args:
        peak: highest learning rate, per step, above 0.
        steps: number of steps of the whole cycle, at least 1.
        warmup_share: share of the steps in phase 1, in (0, 1), below 0.5 with 3 phases.
        initial_share: learning rate at step 0 as a share of the peak, in (0, 1].
        final_share: learning rate at the last step as a share of the peak, in [0, 1].
        phases: 2 or 3.
        shape: `"cosine"` or `"linear"`.
        name: name of the operations.

    Raises:
        ValueError: an argument is out of its range.

    Example:
    >>> schedule = OneCycle(peak=1.0, steps=10, warmup_share=0.5, final_share=0.0, shape="linear")
    >>> print([round(float(rate), 2) for rate in schedule.simulate(11)])
    [0.1, 0.28, 0.46, 0.64, 0.82, 1.0, 0.8, 0.6, 0.4, 0.2, 0.0]

    Source: Smith, "A disciplined approach to neural network hyper-parameters", arXiv 1803.09820 (2018); Géron,
    "Hands-On Machine Learning", chapter 11, which begins at a tenth of the peak.
    """

    def __init__(
        self,
        peak: float,
        steps: int,
        warmup_share: float = 0.3,
        initial_share: float = 0.1,
        final_share: float = 1e-3,
        phases: int = 2,
        shape: Shape = "cosine",
        name: str = "OneCycle",
    ) -> None:
        super().__init__()
        _require(math.isfinite(peak) and peak > 0, "peak", "a finite number above 0", peak)
        _require(steps >= 1, "steps", "at least 1", steps)
        _require(phases in {2, 3}, "phases", "2 or 3", phases)
        longest = 0.5 if phases == 3 else 1.0  # noqa: PLR2004 -- the 3 phases of the formula
        _require(0 < warmup_share < longest, "warmup_share", f"in (0, {longest:g}) with {phases} phases", warmup_share)
        _require(0 < initial_share <= 1, "initial_share", "in (0, 1]", initial_share)
        _require(0 <= final_share <= 1, "final_share", "in [0, 1]", final_share)
        _require(shape in {"cosine", "linear"}, "shape", "'cosine' or 'linear'", shape)
        self.peak = float(peak)
        self.steps = int(steps)
        self.warmup_share = warmup_share
        self.initial_share = initial_share
        self.final_share = final_share
        self.phases = phases
        self.shape = shape
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Learning rate at a step counted from 0; a scalar, or an array of the shape of `step`."""
        ops = keras.ops
        at = ops.cast(step, "float32")
        numbers = schedule_values.numbers_of(self)
        share = ops.full_like(at, numbers[1])
        for phase in range(self.phases):
            begin, pace, rise = (numbers[2 + 3 * phase + index] for index in range(3))
            progress = ops.clip((at - begin) * pace, 0.0, 1.0)
            share = share + rise * self._eased(progress)
        return numbers[0] * share

    def _eased(self, progress: Any) -> Any:
        return progress if self.shape == "linear" else (1.0 - keras.ops.cos(math.pi * progress)) / 2.0

    def numbers(self) -> np.ndarray:
        """What the formula is computed from, `(8,)` or `(11,)` float32.

        The peak, its first share, then for each phase its first step, its progress a step and the rise of the share.

        Whoever changes `peak`, `steps` or a share changes these alone, and `tw.fit` compiles nothing anew.
        """
        levels = [self.initial_share, 1.0, *([self.initial_share] if self.phases == 3 else []), self.final_share]  # noqa: PLR2004 -- the 3 phases of the formula
        bounds = [self.warmup_share * phase for phase in range(self.phases)] + [1.0]
        numbers = [self.peak, levels[0]]
        for start, end, low, high in zip(bounds, bounds[1:], levels, levels[1:], strict=False):
            numbers += [self.steps * start, 1.0 / (self.steps * (end - start)), high - low]
        return np.asarray(numbers, np.float32)

    def form(self) -> tuple[int, str]:
        """What the formula depends on beside its numbers."""
        return self.phases, self.shape

    def simulate(self, steps: int | None = None) -> np.ndarray:
        """Learning rates of the first `steps` steps (all of them where not given), `(steps,)` float32."""
        return np.asarray(self(np.arange(self.steps if steps is None else steps)))

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras saves them."""
        names = ("peak", "steps", "warmup_share", "initial_share", "final_share", "phases", "shape", "name")
        return {name: getattr(self, name) for name in names}


def _require(holds: bool, argument: str, expected: str, received: Any) -> None:
    if not holds:
        raise ValueError(f"OneCycle expected {argument} to be {expected}. Received: {argument}={received!r}.")
