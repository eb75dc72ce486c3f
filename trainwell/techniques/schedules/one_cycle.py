"""1cycle: the learning rate climbs to a peak and comes down again, far below where it began, within one training.

The momentum moves the other way; `one_cycle` gives an optimizer both sides. Not for trainings of unknown length: the
whole curve is laid over a number of steps that must be given. `tw.fit` trains on with another peak or length without
compiling; `keras.Model.fit` keeps those it was compiled with until `compile()` is called again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import keras
import numpy as np

from trainwell.engine import schedule_values
from trainwell.errors import InputError
from trainwell.report.palette import LIGHT
from trainwell.techniques.schedules.momentum import with_momentum_schedule
from trainwell.techniques.schedules.schedule import Schedule, require

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style

Shape = Literal["cosine", "linear"]


class _Cycle(Schedule):
    """A value that moves between levels over the phases of a cycle, and holds the last.

    Args:
        steps: number of steps of the whole cycle, at least 1.
        warmup_share: share of the steps in phase 1, in (0, 1), below 0.5 with 3 phases.
        phases: 2 or 3.
        shape: `"cosine"` or `"linear"`.
        name: name of the operations.
    """

    def __init__(self, steps: int, warmup_share: float, phases: int, shape: Shape, name: str) -> None:
        super().__init__()
        require(steps >= 1, name, "steps", "at least 1", steps)
        require(phases in {2, 3}, name, "phases", "2 or 3", phases)
        longest = 0.5 if phases == 3 else 1.0  # noqa: PLR2004 -- the 3 phases of the formula
        expected = f"in (0, {longest:g}) with {phases} phases"
        require(0 < warmup_share < longest, name, "warmup_share", expected, warmup_share)
        require(shape in {"cosine", "linear"}, name, "shape", "'cosine' or 'linear'", shape)
        self.steps = int(steps)
        self.warmup_share = warmup_share
        self.phases = phases
        self.shape = shape
        self.name = name

    def levels(self) -> tuple[float, list[float]]:
        """The scale, and the levels as shares of it where the phases begin and end, one more than phases."""
        raise NotImplementedError

    def __call__(self, step: Any) -> Any:
        """Value at a step counted from 0; a scalar, or an array of the shape of `step`."""
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
        ops: Any = keras.ops
        return progress if self.shape == "linear" else (1.0 - ops.cos(math.pi * progress)) / 2.0

    def numbers(self) -> np.ndarray:
        """What the formula is computed from, `(8,)` or `(11,)` float32.

        The scale, its first share, then for each phase its first step, its progress a step and the rise of the share.

        Whoever changes the scale, `steps` or a share changes these alone, and `tw.fit` compiles nothing anew.
        """
        scale, levels = self.levels()
        bounds = [self.warmup_share * phase for phase in range(self.phases)] + [1.0]
        numbers = [scale, levels[0]]
        for start, end, low, high in zip(bounds, bounds[1:], levels, levels[1:], strict=False):
            numbers += [self.steps * start, 1.0 / (self.steps * (end - start)), high - low]
        return np.asarray(numbers, np.float32)

    def form(self) -> tuple[int, str]:
        """What the formula depends on beside its numbers."""
        return self.phases, self.shape

    def simulate(self, steps: int | None = None) -> np.ndarray:
        """Values of the first `steps` steps (all of them where not given), `(steps,)` float32."""
        return super().simulate(self.steps if steps is None else steps)

    def figure(self, steps: int | None = None, style: Style = LIGHT) -> Figure:
        """The values of the first `steps` steps (all of them where not given) over the step."""
        return super().figure(self.steps if steps is None else steps, style)


@keras.saving.register_keras_serializable(package="trainwell")
class OneCycle(_Cycle):
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
        super().__init__(steps, warmup_share, phases, shape, name)
        require(math.isfinite(peak) and peak > 0, name, "peak", "a finite number above 0", peak)
        require(0 < initial_share <= 1, name, "initial_share", "in (0, 1]", initial_share)
        require(0 <= final_share <= 1, name, "final_share", "in [0, 1]", final_share)
        self.peak = float(peak)
        self.initial_share = initial_share
        self.final_share = final_share

    def levels(self) -> tuple[float, list[float]]:
        """The peak; its first share, 1, with 3 phases the first share again, and the final share."""
        back = [self.initial_share] if self.phases == 3 else []  # noqa: PLR2004 -- the 3 phases of the formula
        return self.peak, [self.initial_share, 1.0, *back, self.final_share]

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras saves them."""
        names = ("peak", "steps", "warmup_share", "initial_share", "final_share", "phases", "shape", "name")
        return {name: getattr(self, name) for name in names}


@keras.saving.register_keras_serializable(package="trainwell")
class OneCycleMomentum(_Cycle):
    """Momentum of 1cycle at each step: low where the learning rate is high.

    With the phases and the easing of `OneCycle`: from `highest` down to `lowest` in phase 1 and back up in the next;
    with 3 phases it stays at `highest` in the last one.

    Args:
        steps: number of steps of the whole cycle, at least 1.
        highest: momentum at step 0 and at the end, in (0, 1).
        lowest: momentum where the rate has its peak, in (0, `highest`].
        warmup_share: share of the steps in phase 1, in (0, 1), below 0.5 with 3 phases.
        phases: 2 or 3.
        shape: `"cosine"` or `"linear"`.
        name: name of the operations.

    Raises:
        ValueError: an argument is out of its range.

    Example:
    >>> schedule = OneCycleMomentum(steps=4, warmup_share=0.5, shape="linear")
    >>> print([round(float(momentum), 2) for momentum in schedule.simulate(5)])
    [0.95, 0.9, 0.85, 0.9, 0.95]

    Source: Smith, arXiv 1803.09820 (2018), section 4.3, for 0.95 and 0.85.
    """

    quantity: ClassVar[str] = "momentum"

    def __init__(
        self,
        steps: int,
        highest: float = 0.95,
        lowest: float = 0.85,
        warmup_share: float = 0.3,
        phases: int = 2,
        shape: Shape = "cosine",
        name: str = "OneCycleMomentum",
    ) -> None:
        super().__init__(steps, warmup_share, phases, shape, name)
        require(0 < highest < 1, name, "highest", "in (0, 1)", highest)
        require(0 < lowest <= highest, name, "lowest", f"in (0, {highest:g}], which is highest", lowest)
        self.highest = highest
        self.lowest = lowest

    def levels(self) -> tuple[float, list[float]]:
        """1; highest, lowest, highest, and with 3 phases highest again."""
        return 1.0, [self.highest, self.lowest, *[self.highest] * (self.phases - 1)]

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras saves them."""
        names = ("steps", "highest", "lowest", "warmup_share", "phases", "shape", "name")
        return {name: getattr(self, name) for name in names}


def one_cycle(
    optimizer: keras.optimizers.Optimizer,
    peak: float,
    steps: int,
    momentum: tuple[float, float] = (0.95, 0.85),
    *,
    warmup_share: float = 0.3,
    initial_share: float = 0.1,
    final_share: float = 1e-3,
    phases: int = 2,
    shape: Shape = "cosine",
) -> keras.optimizers.Optimizer:
    """A new optimizer like `optimizer`, under both sides of 1cycle: its learning rate and its momentum.

    Args:
        optimizer: SGD, or one of the Adam family; it stays as it is. Of its settings all but rate and momentum count.
        peak: highest learning rate, per step, above 0.
        steps: number of steps of the whole cycle, at least 1.
        momentum: highest and lowest momentum (SGD) or β1 (Adam family).
        warmup_share: share of the steps in phase 1, in (0, 1), below 0.5 with 3 phases.
        initial_share: first learning rate as a share of `peak`, in (0, 1].
        final_share: last learning rate as a share of `peak`, in [0, 1].
        phases: 2 or 3.
        shape: `"cosine"` or `"linear"`.

    Returns:
        An optimizer of a class below the given one's, for `compile`. It saves and loads in a `.keras` file.

    Raises:
        InputError: the optimizer has no momentum that could follow, or `momentum` is no pair.
        ValueError: an argument is out of its range.

    Example:
    >>> import keras
    >>> optimizer = one_cycle(keras.optimizers.SGD(nesterov=True), peak=0.1, steps=1000)
    >>> isinstance(optimizer, keras.optimizers.SGD), optimizer.nesterov
    (True, True)

    Source: Smith, arXiv 1803.09820 (2018).
    """
    if not isinstance(momentum, tuple | list) or len(momentum) != 2:  # noqa: PLR2004 -- highest and lowest
        raise InputError(f"momentum={momentum!r} is no pair.", "Give (highest, lowest), as (0.95, 0.85).")
    rate = OneCycle(peak, steps, warmup_share, initial_share, final_share, phases, shape)
    opposite = OneCycleMomentum(steps, *momentum, warmup_share=warmup_share, phases=phases, shape=shape)
    return with_momentum_schedule(optimizer, opposite, learning_rate=rate)
