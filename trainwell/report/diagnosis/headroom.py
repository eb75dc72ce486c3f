"""The headroom in words: what the network reaches, and what other learners reach on the same held-out rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.report.wording import count
from trainwell.rules.scores import a_learner, score
from trainwell.rules.verdicts import is_below

if TYPE_CHECKING:
    from trainwell.run import ReferencesRecord, Run

_ALWAYS = {True: "Always the most frequent class", False: "Always the mean"}


def headroom(run: Run) -> str:
    """Return the scores of the network, of the best other learner and of a constant answer; `""` if not measured.

    Args:
        run: with the experiment `references`.
    """
    record = run.experiments.references
    best = None if record is None else record.best
    if record is None or best is None or record.network is None:
        return ""
    rows = "training rows" if record.trained_on else "held-out rows"
    of_classes = "accuracy" in record.metric
    metric = record.metric if of_classes else "R²"
    always = _ALWAYS[of_classes]
    constant = f" {always}: {score(record.metric, record.constant)}." if record.constant is not None else ""
    name = best.name[:1].upper() + best.name[1:]
    return (
        f"Your network: {with_error(record, record.network, record.network_error)} {metric + ' ' if of_classes else ''}"
        f"on {count(record.held_rows)} {rows}. {name} on the same rows: "
        f"{with_error(record, best.score, best.error)}.{constant}"
    )


def limit(run: Run) -> str:
    """Return what the headroom says of the network, as a clause; `""` if it says nothing."""
    record = run.experiments.references
    below = is_below(record)
    if record is None or record.best is None or below is None or record.trained_on:
        return ""
    name = a_learner(record.best.name)
    if below:
        return f"the network leaves {_left(record)} on the table that {name} finds"
    return f"the network reaches what {name} reaches on these rows" if (record.gain or 0) > 0 else ""


def _left(record: ReferencesRecord) -> str:
    gain = record.gain or 0.0
    return f"{100 * gain:.1f} points" if "accuracy" in record.metric else f"{gain:.2f} of R²"


def with_error(record: ReferencesRecord, value: float, error: float | None) -> str:
    """Return a score with its standard error: `82.0 ± 1.1 %`."""
    if not error:
        return score(record.metric, value)
    if "accuracy" in record.metric:
        return f"{100 * value:.1f} ± {100 * error:.1f} %"
    return f"{record.metric} {value:.2f} ± {error:.2f}"
