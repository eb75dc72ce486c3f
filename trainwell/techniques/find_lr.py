"""Find a learning rate: train a copy for a few steps while the rate grows, and look where the loss falls.

A rate that the loss fell at in passing need not be one to stay at, least of all in a deep net. So the rate that is read
off the curve is confirmed by a short training at it, and halved while half of it does better. The suggestion is a peak
for 1cycle or a constant rate for a short training, not the last word for a long one: read it as a factor of about two
either way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.engine import compile_cache, require_jax
from trainwell.engine.batches import Batches, comes_in_batches, require_alone
from trainwell.engine.lr_sweep import FIRST_STEPS, LearningRateSweep
from trainwell.errors import InputError
from trainwell.progress import stage
from trainwell.report.figures import draw_range_test
from trainwell.report.palette import LIGHT
from trainwell.report.progress import show_progress
from trainwell.report.wording import plural
from trainwell.techniques.learning_rate_rules import DEFAULT, find_rule, suggestions

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.techniques.learning_rate_rules import LearningRateRule

_BATCH_SIZE = 32  # where it is not given
_RESERVOIR = 50_000  # rows kept of data that come in batches
_FEWEST_STEPS = 10  # fewer points show no curve
_DIVERGED = 4.0  # a loss this many times that of the first steps ends the test
_STAGES = 3  # mostly: the range test, a training at the rate, a training at half of it
_END_SHARE = 0.25  # the last part of a training at one rate, whose losses stand for where it led
_CLEARLY = 2.0  # standard errors, of the difference between two trainings on the same batches
_SMOOTHING_DECADES = 0.2  # standard deviation of the Gaussian that smooths the losses, in powers of ten of the rate


@dataclass(frozen=True)
class LearningRateSearch:
    """What a range test found.

    Args:
        learning_rates: `(steps,)`, growing by a constant factor.
        losses: `(steps,)`, each batch's loss at that rate.
        smoothed: `(steps,)`, the losses under a Gaussian over the logarithm of the rate.
        suggestion: the suggested rate, or `None` where the loss never fell.
        rule: how the suggestion follows from the curve, in words.
        suggestions: what each rule of `learning_rate_rules` reads off the curve, by its name.
        confirmations: by rate, in the order in which they were tried, the mean loss at the end of a training at that
            rate; infinite where it diverged. Empty where nothing was confirmed.
    """

    learning_rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggestion: float | None
    rule: str = find_rule(DEFAULT).meaning
    suggestions: dict[str, float | None] = field(default_factory=dict)
    confirmations: dict[float, float] = field(default_factory=dict)

    def figure(self, style: Style = LIGHT) -> Figure:
        """The losses over the rates, the suggestion marked; `trainwell.report.figures.save` writes it."""
        return draw_range_test(self.learning_rates, self.losses, self.smoothed, self.suggestion, "suggested", style)


@compile_cache.kept()
def find_lr(
    model: keras.Model,
    x: Any,
    y: Any = None,
    *,
    batch_size: int | None = None,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 200,
    seed: int = 0,
    rule: str = DEFAULT,
    confirm: bool = True,
    verbose: int | str = "auto",
) -> LearningRateSearch:
    """Tests growing learning rates on a copy of `model` and suggests one.

    The rate grows from `lowest` to `highest` by a constant factor per step; the test ends early when the loss diverges.
    The model's weights and optimizer stay as they are; a built optimizer is the only trace.

    Args:
        model: a compiled model whose optimizer has a constant learning rate.
        x: inputs `(rows, ...)`: an array, or a list or dictionary of arrays. Or a source of batches, as `fit` takes it:
            the test then runs on up to 50,000 rows (512 MiB) of its first 1,024 batches at most, in memory, drawn anew
            for each step. Of a generator, these batches are used up.
        y: targets `(rows, ...)`. Leave it out if `x` yields batches.
        batch_size: rows per step; that of the batches, or 32 by default.
        lowest: learning rate of the first step, above 0.
        highest: learning rate of the last step, above `lowest`.
        steps: number of steps, at least 10.
        seed: seed of the order of the rows.
        rule: which rule makes the suggestion: `"fall"`, `"steepest"`, `"valley"` or `"minimum/10"`. All four are in the
            result. `benchmarks/find_lr.py` trains the chapter's nets at each.
        confirm: train at the suggested rate for `steps` steps, and at half of it on the same batches; halve it for as
            long as the half ends lower by two standard errors, or the rate itself diverges.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and result, 0 is silent. All goes to standard error.

    Returns:
        The curve and the suggestion.

    Raises:
        InputError: an argument is out of range, or the loss was never finite.

    Example:
        >>> import keras
        >>> from sklearn.datasets import load_digits
        >>> x, y = load_digits(return_X_y=True)
        >>> model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10, "softmax")])
        >>> model.compile("sgd", "sparse_categorical_crossentropy")
        >>> search = find_lr(model, x / 16, y, seed=0)
        >>> 1e-2 < search.suggestion < 10
        True

    Source: Smith, "Cyclical learning rates for training neural networks", arXiv 1506.01186 (2015). The rate
    of the lowest loss, from which the usual rules go down, moves with the order of the rows and runs away on data so
    easy that any rate ends low; the place where most of the fall is done does neither.
    """
    require_jax("tw.find_lr")
    chosen = find_rule(rule)
    if not 0 < lowest < highest:
        raise InputError(
            f"A range test needs 0 < lowest < highest, not {lowest!r} and {highest!r}.", "Try 1e-6 and 10."
        )
    if steps < _FEWEST_STEPS:
        raise InputError(
            f"A range test needs at least {_FEWEST_STEPS} steps, not {steps}.", "Leave steps at its default."
        )
    if comes_in_batches(x):
        require_alone(y=y)
        batches = Batches.of(x, reservoir=_RESERVOIR)
        x, y, batch_size = batches.kept.x, batches.kept.y, batch_size or batches.batch_size
    elif y is None:
        raise InputError("y is missing: the test needs a loss.", "Pass the targets as the third argument.")
    with show_progress(verbose), stage("", _STAGES):
        ramp = LearningRateSweep(model, x, y, batch_size=batch_size or _BATCH_SIZE)
        return _searched(ramp, chosen, lowest=lowest, highest=highest, steps=steps, seed=seed, confirm=confirm)


def _searched(
    ramp: LearningRateSweep,
    rule: LearningRateRule,
    *,
    lowest: float,
    highest: float,
    steps: int,
    seed: int,
    confirm: bool,
) -> LearningRateSearch:
    """Make the range test, read a rate off its curve, and confirm that rate by trainings."""
    with stage(f"Testing learning rates from {lowest:g} to {highest:g}"):
        rates, losses = ramp.losses(lowest=lowest, highest=highest, steps=steps, seed=seed, stop_at=_DIVERGED)
    finite = np.isfinite(losses)
    count = len(losses) if finite.all() else int(np.argmin(finite))
    if count == 0:
        raise InputError(
            "The loss is not a finite number even at the lowest learning rate.",
            "Look for missing or infinite values in x and y, and check that the loss fits the targets.",
        )
    rates, losses = rates[:count], losses[:count]
    smoothed = _smooth(np.log10(rates), losses)
    found = suggestions(rates, smoothed)
    suggestion, meaning, tried = found[rule.name], rule.meaning, {}
    if confirm and suggestion is not None:
        suggestion, tried = _confirmed(ramp, suggestion, lowest, steps, seed)
        halvings = list(tried).index(suggestion)
        meaning += (
            f"; halved {plural(halvings, 'time')} after trainings at it" if halvings else "; confirmed by a training"
        )
    return LearningRateSearch(rates, losses, smoothed, suggestion, meaning, found, tried)


def _confirmed(
    ramp: LearningRateSweep, rate: float, lowest: float, steps: int, seed: int
) -> tuple[float, dict[float, float]]:
    """The rate, halved while a training at half of it ends clearly lower; and where each training ended."""

    def end(at: float) -> np.ndarray:
        with stage(f"Training at the learning rate {at:.2g} to confirm it"):
            losses = ramp.losses(lowest=at, highest=at, steps=steps, seed=seed, stop_at=_DIVERGED)[1]
        whole = len(losses) == steps and np.isfinite(losses).all()
        return losses[-math.ceil(steps * _END_SHARE) :] if whole else np.full(math.ceil(steps * _END_SHARE), np.inf)

    ends = {rate: end(rate)}
    while rate / 2 >= lowest:
        ends[rate / 2] = end(rate / 2)
        if not _clearly_lower(ends[rate / 2], ends[rate]):
            break
        rate /= 2
    return rate, {at: float(losses.mean()) for at, losses in ends.items()}


def _clearly_lower(losses: np.ndarray, others: np.ndarray) -> bool:
    """Whether `losses` are below `others`, batch by batch, by more than chance; a diverged training is above any."""
    if np.isinf(others).any():
        return True
    gain = others - losses
    return bool(gain.mean() > _CLEARLY * gain.std() / math.sqrt(len(gain)))


def _smooth(exponents: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """Gaussian mean over neighbouring rates; a last jump counts no more than a divergence needs."""
    limited = np.minimum(losses, _DIVERGED * losses[:FIRST_STEPS].mean())
    weights = np.exp(-0.5 * ((exponents[:, None] - exponents[None, :]) / _SMOOTHING_DECADES) ** 2)
    return weights @ limited / weights.sum(axis=1)
