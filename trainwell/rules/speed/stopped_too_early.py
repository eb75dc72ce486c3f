"""The training ends while the loss still falls fast.

Symptom
-------
Training and validation loss are both on their way down at the last epoch, far from flat.

Why it happens
--------------
Too few epochs were asked for; or early stopping looked for the wrong thing, such as a loss that grows, or had too
little patience for a curve that is noisy.

How it is measured
------------------
What as many epochs again would bring, as a share of the loss of the best constant answer. For a short training it is
tried: a copy goes on at the same rate for some hundred steps. For a longer one the curve of the training rows is
continued, each half as much smaller than the one before as the second half was than the first; and the
validation loss must still have fallen in the second half too. Early stopping is wrong where it stopped a training
because a loss did not grow, or because a score did not fall.

Known limits
------------
A curve that stands on a plateau before it falls looks finished. A training that the diagnosis had to cut, or that
follows a schedule to its end, is judged by its curves alone or not at all.

References:
----------
Prechelt, "Early stopping - but when?", in Neural Networks: Tricks of the Trade (1998).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, if_measured, need, rule
from trainwell.rules.causes import IN_DATA, ON_THE_WAY
from trainwell.run import Losses, Rates

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import CallbackRecord, FitRecord, Run

GAIN = Threshold("gain", 0.4, "share of the constant answer's loss", "above", "benchmarks/rules.py")
LEFT = Threshold("left", 0.4, "share of the constant answer's loss", "above", "benchmarks/rules.py")
MORE = Threshold("more", 0.2, "share of the constant answer's loss", "above", "benchmarks/rules.py")
STILL = Threshold("still", 0.3, "share of the constant answer's loss", "above", "benchmarks/rules.py")
MOST = Threshold("most", 0.35, "share of the loss that is left", "above", "benchmarks/rules.py")
FEW = Threshold("few", 4, "epochs", "below", "benchmarks/rules.py")
SOME = Threshold("some", 0.15, "share of the constant answer's loss", "above", "benchmarks/rules.py")
FALLING = Threshold("falling", 0.05, "share of the constant answer's loss", "above", "benchmarks/rules.py")
BACKWARDS = Threshold("backwards", 0, "early stoppings", "above", "Keras documentation, EarlyStopping: mode")
_LONGER = 1.5  # times the steps of the training: so much longer must a training be to tell what longer ones bring
_LOWER_IS_BETTER = ("loss", "error", "mse", "mae", "mape", "msle", "rmse", "crossentropy", "divergence")
_HIGHER_IS_BETTER = ("acc", "auc", "precision", "recall", "f1", "r2", "iou")


@rule(
    id="TW303",
    family="speed",
    severity="serious",
    fault_if=(GAIN & LEFT | MOST & FEW & SOME) & if_measured(FALLING) | BACKWARDS,
    advice_if=MORE & STILL & if_measured(FALLING),
    needs=("fit.epochs_run", "signal:inference/loss", "probe:baseline"),
    remedies=("more-epochs", "fix-early-stopping", "more-patience", "one-cycle"),
    explained_by=(
        *IN_DATA,
        *ON_THE_WAY,
        *(f"TW10{number}" for number in (1, 2, 3, 5, 6, 7, 9)),
        *(f"TW11{number}" for number in range(10)),
        "frozen-base-batch-norm-training",
        "nothing-trainable",
        "collapsed-feature-map",
        "TW2",
        "learning-rate-too-high",
        "learning-rate-too-low",
        "over-regularized",
    ),
)
def stopped_too_early(run: Run) -> list[Evidence]:
    """Measures what more epochs would bring, and which way early stopping looks."""
    fit = run.fit
    if fit.cut or fit.out_of_time:
        raise NotMeasured("the diagnosis did not train to the end")
    if fit.diverged:
        raise NotApplicable("the training diverged")
    losses = Losses.of(run)
    found = [_backwards(each, fit) for each in fit.callbacks or () if each.kind == "EarlyStopping"]
    longer = _longer(run, losses)
    course = _continued(run, losses)
    found += [*longer, *course]
    if not found:
        raise NotMeasured("one epoch of so few readings has no course")
    return found


def _backwards(callback: CallbackRecord, fit: FitRecord) -> Evidence:
    monitor = callback.monitor or ""
    better = callback.better or {"max": "greater", "min": "less"}.get(callback.mode or "", "")
    loss, score = (any(word in monitor for word in words) for words in (_LOWER_IS_BETTER, _HIGHER_IS_BETTER))
    wrong = bool(fit.stopped_by_callback) and (
        (loss and better == "greater") or (score and not loss and better == "less")
    )
    way = {"greater": "grow", "less": "fall", "": "improve"}[better]
    says = f"Early stopping waits for {monitor!r} to {way}; {fit.epochs_run} of {fit.epochs} epochs were trained."
    return evidence(
        "EarlyStopping", (float(wrong), BACKWARDS), says=says, series=(monitor.replace("val_", "validation/"),)
    )


def _longer(run: Run, losses: Losses) -> list[Evidence]:
    """A short training against a longer one at the same rate."""
    if run.probes.rates is None or run.compile.schedule is not None or losses.weighted:
        return []
    rates, steps = Rates.of(run), need(run.fit.steps, "fit.steps")
    if rates.longer_steps < _LONGER * steps or not math.isfinite(rates.longer):
        return []
    gain, left = losses.share(rates.end - rates.longer), losses.left(losses.training.last)
    says = (
        f"The training ends at a loss of {rates.end:.3g} after {steps} steps, and {rates.longer_steps} steps at the "
        f"same learning rate reach {rates.longer:.3g}; an answer that ignores the inputs has {losses.constant:.3g}."
    )
    return _both(run, losses, gain, left, says, ("probe/rates/1", "train/loss"))


def _continued(run: Run, losses: Losses) -> list[Evidence]:
    """The curve of the training rows, continued for as many epochs again."""
    epochs, end = need(run.fit.epochs_run, "fit.epochs_run"), losses.training.last
    start = min(losses.training.first, losses.constant)
    middle = _middle(run, losses)
    if middle is None:
        return []
    first_half, second_half = start - min(start, middle), max(0.0, min(start, middle) - end)
    ratio = min(1.0, second_half / first_half) if first_half > 0 else 1.0
    gain = min(second_half * (ratio + ratio**2), max(end, 0.0))
    says = (
        f"The loss of the training rows falls from {start:.3g} to {middle:.3g} in the first half of the training and "
        f"to {end:.3g} in the second; going on like this it would fall by {gain:.2g} in {epochs} more epochs."
    )
    return _both(run, losses, losses.share(gain), losses.left(end), says, ("inference/loss", "validation/loss"))


def _both(run: Run, losses: Losses, gain: float, left: float, says: str, series: tuple[str, ...]) -> list[Evidence]:
    """Much to gain, beside a constant answer's loss; or, after a pass or two, most of what is left."""
    epochs = need(run.fit.epochs_run, "fit.epochs_run")
    fell = _fell(losses)
    falling = [] if fell is None else [(fell, FALLING)]
    most = gain / left if left > 0 else 0.0
    return [
        evidence("", (gain, GAIN), (left, LEFT), *falling, says=says, series=series),
        evidence("", (most, MOST), (epochs, FEW), (left, SOME), *falling, says=says, series=series),
        evidence("", (gain, MORE), (left, STILL), *falling, says=says, series=series),
    ]


def _middle(run: Run, losses: Losses) -> float | None:
    """The loss at half of the training; of one epoch, from its steps."""
    epochs = need(run.fit.epochs_run, "fit.epochs_run")
    if epochs > 1:
        return float(np.interp(epochs / 2, losses.training.epochs, losses.training.values))
    series, steps = run.signals.get("loss"), need(run.fit.steps, "fit.steps")
    if series is None or losses.weighted:
        return None
    near = np.abs(np.asarray(series.at) / steps - 0.5) < 0.2  # noqa: PLR2004 -- readings are few
    values = np.asarray(series.values, float)[near]
    return float(values.mean()) - losses.penalty.last if len(values) > 2 and np.isfinite(values).all() else None  # noqa: PLR2004


def _fell(losses: Losses) -> float | None:
    """By how much the validation loss fell in the second half; `None` where it was seen once or never."""
    course = losses.validation
    if course is None or len(course) < 2:  # noqa: PLR2004 -- a first and a last
        return None
    middle = float(np.interp(course.epochs[-1] / 2, course.epochs, course.values))
    return losses.share(middle - course.last)
