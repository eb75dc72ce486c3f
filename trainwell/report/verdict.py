"""One sentence on what was trained and how well it does, the baseline beside it.

A figure without its baseline says nothing: 90% is poor where 95% of the rows are of one class. The sentence reports; it
does not look for causes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.report.classes import class_names
from trainwell.report.run_values import best_epoch, is_regression, source_name, text
from trainwell.report.wording import count, figure, plural, score, share

if TYPE_CHECKING:
    from trainwell.run import Run


def interval(accuracy: float, rows: float) -> tuple[float, float]:
    """Wilson's 95% interval of a share measured on `rows` rows (Wilson, 1927).

    It stays within 0 and 1 and holds for few rows, where accuracy ± 2 standard errors does neither.

    Example:
    >>> low, high = interval(0.9, 100)
    >>> round(low, 3), round(high, 3)
    (0.826, 0.945)
    """
    deviation = 1.959964  # of the normal distribution, for 95%
    weight = 1 + deviation**2 / rows
    center = (accuracy + deviation**2 / (2 * rows)) / weight
    half = deviation / weight * math.sqrt(accuracy * (1 - accuracy) / rows + deviation**2 / (4 * rows**2))
    return max(0.0, center - half), min(1.0, center + half)


def verdict(run: Run) -> str:
    """What was trained and how well it does on the test part, in one sentence or two; that it diverged goes before."""
    return " ".join(filter(None, (divergence(run), _outcome(run))))


def divergence(run: Run) -> str:
    """What is said first of a training whose loss became NaN or infinite; `""` of any other."""
    if run.fit.diverged is not True:
        return ""
    words = "The training diverged: its loss became NaN or infinite."
    best = best_epoch(run)
    return words if best is None else f"{words} The weights are those of epoch {best}, the best before that."


def beats_baseline(run: Run) -> bool | None:
    """Whether the result on the test part is better than a constant answer; None where that is not known."""
    found = run.result
    result, baseline, better = (
        (found.mae, found.baseline_mae, -1) if is_regression(run) else (found.accuracy, found.baseline_accuracy, 1)
    )
    return None if result is None or baseline is None else better * result > better * baseline


def _outcome(run: Run) -> str:
    net = text(run.fit.net)
    subject = f"A {net} network" if net in {"dense", "conv"} else "A network"
    name = source_name(run)
    trained = f"{subject.replace('conv ', 'convolutional ')} trained on {name}" if name else subject
    accuracy = run.result.accuracy
    error = run.result.mae
    if is_regression(run) and error is not None:
        return _of_values(run, trained, error) + _interruption(run)
    if accuracy is not None:
        return _of_classes(run, trained, accuracy) + _interruption(run)
    return _without_result(run, trained)


def _interruption(run: Run) -> str:
    done = run.fit.epochs_run
    if done is None or not text(run.fit.stopped).lower().startswith("interrupt"):
        return ""
    planned = run.fit.epochs
    of = f" of {plural(planned, 'epoch')}" if planned is not None else f" {'epoch' if done == 1 else 'epochs'}"
    return f" The training was interrupted after {count(done)}{of}."


def _test_rows(run: Run) -> str:
    rows = run.result.rows
    noun = "test image" if run.data.kind == "image" else "test row"
    return "the test part" if rows is None else plural(rows, noun)


def _of_classes(run: Run, trained: str, accuracy: float) -> str:
    classes = class_names(run)
    among = f" of {count(len(classes))} classes" if classes else ""
    sentence = f"{trained} names the right one{among} for {share(accuracy)} of {_test_rows(run)}"
    baseline = run.result.baseline_accuracy
    if baseline is None:
        return sentence + "."
    majority = text(run.result.majority_class)
    constant = f"always answering “{majority}”" if majority else "always answering the most frequent class"
    if beats_baseline(run):
        return f"{sentence}; {constant} would be right for {share(baseline)}."
    return f"{sentence}. That is no better than {constant}, which is right for {share(baseline)}."


def _of_values(run: Run, trained: str, error: float) -> str:
    target = text(run.data.target) or "the target"
    sentence = f"{trained} predicts {target} with a mean absolute error of {figure(error)} on {_test_rows(run)}"
    r2 = run.result.r2
    if r2 is not None:
        sentence += f" (R² {score(r2)})"
    baseline = run.result.baseline_mae
    if baseline is None:
        return sentence + "."
    if beats_baseline(run):
        return f"{sentence}; always answering the mean would be off by {figure(baseline)}."
    return f"{sentence}. That is no better than always answering the mean, which is off by {figure(baseline)}."


def _without_result(run: Run, trained: str) -> str:
    done, planned = run.fit.epochs_run, run.fit.epochs
    progress = ""
    if done is not None:
        progress = f" for {count(done)} of {plural(planned, 'epoch')}" if planned else f" for {plural(done, 'epoch')}"
    stopped = text(run.fit.stopped).rstrip(".")
    reason = f" ({stopped})" if stopped else ""
    return f"{trained}{progress}{reason}; no result on the test part was taken."
