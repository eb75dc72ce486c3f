"""A Comparison as plain data: what each choice reached from each seed, and how that was come by."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA_VERSION = 1
Standing = Literal["best", "within the noise", "worse", "diverged"]


@dataclass(frozen=True)
class Outcome:
    """What one choice reached.

    Args:
        choice: its name.
        meaning: what it is, in words.
        scores: `(seeds,)`, the validation score after the training; NaN where it diverged.
        curves: `(seeds, epochs)`, the validation score after each epoch; NaN where none was trained.
        losses: `(seeds, epochs)`, the validation loss, likewise.
        learning_rate: the constant or highest rate; NaN where none could be found.
        rate_found: whether a range test led to it, rather than a common default.
        rates: `(steps,)` or `(epochs,)`, the learning rate during the training of the first seed.
        seconds: range test, compiling and the trainings of all seeds.
        standing: how it stands beside the best.
        behind: mean difference to the best over the seeds, at least 0; NaN where it diverged.
        behind_at_least: lower bound of that difference.
        p: of the paired test against the best, times the number of comparisons.
    """

    choice: str
    meaning: str
    scores: np.ndarray
    curves: np.ndarray
    losses: np.ndarray
    learning_rate: float
    rate_found: bool
    rates: np.ndarray
    seconds: float
    standing: Standing = "within the noise"
    behind: float = math.nan
    behind_at_least: float = math.nan
    p: float = math.nan

    @property
    def diverged(self) -> int:
        """From how many seeds the training diverged."""
        return int(np.isnan(self.scores).sum())

    @property
    def mean(self) -> float:
        """Mean score over the seeds; NaN where one diverged."""
        return float(np.mean(self.scores))

    @property
    def spread(self) -> float:
        """Standard deviation of the scores over the seeds."""
        return float(np.std(self.scores, ddof=1)) if len(self.scores) > 1 else 0.0

    @property
    def first_epoch(self) -> float:
        """Median score after the first epoch."""
        return float(np.median(self.curves[:, 0])) if self.curves.size else math.nan

    @property
    def epochs(self) -> list[int]:
        """How many epochs were trained from each seed."""
        return [int(count) for count in np.isfinite(self.losses).sum(axis=1)]


@dataclass(frozen=True)
class Comparison:
    """Choices beside one another, the best first.

    Args:
        source: name of the Dataset.
        over: what was varied.
        plural: several of them, in words.
        outcomes: the choices, best first; those that diverged last.
        metric: what the scores are: `"accuracy"` or `"mae"`.
        higher_is_better: whether a higher score is the better one.
        target: the target's name.
        rows: rows by part: `train` and `validation`.
        network: kind of net and sizes of its hidden layers, as `dense 300-100`.
        recipe: name of the recipe that was started from.
        epochs: epochs of each training.
        batch_size: rows per step.
        seeds: of the trainings.
        rule: where learning rates come from and how they move, in a sentence.
        confidence: of the rule for what is worse.
        seconds: the whole comparison.
        left_out: names of choices that Ctrl-C kept from being trained.
        notes: what was noticed in the data, one sentence each.
        facts: versions and machine.
    """

    source: str
    over: str
    plural: str
    outcomes: tuple[Outcome, ...]
    metric: str
    higher_is_better: bool
    target: str
    rows: dict[str, int]
    network: str
    recipe: str
    epochs: int
    batch_size: int
    seeds: tuple[int, ...]
    rule: str
    confidence: float
    seconds: float
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> Outcome | None:
        """The best choice; `None` where all diverged."""
        return next((outcome for outcome in self.outcomes if outcome.standing == "best"), None)

    def standing(self, standing: Standing) -> list[Outcome]:
        """The choices of that standing, best first."""
        return [outcome for outcome in self.outcomes if outcome.standing == standing]

    def figure(self, kind: str = "scores", style: str = "light") -> Figure:
        """The scores (`"scores"`), the curves over the epochs (`"curves"`) or the learning rates (`"rates"`).

        Raises:
            InputError: there is no such kind or style.
        """
        from trainwell.report.figures.comparison import figure_of  # noqa: PLC0415 -- matplotlib is slow to import

        return figure_of(self, kind, style)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data that strict JSON can carry; numbers that are not finite are None."""
        document = {"schema": "trainwell/compare", "schema_version": SCHEMA_VERSION, **asdict(self)}
        del document["outcomes"]
        document["outcomes"] = [
            {
                **asdict(outcome),
                "mean": outcome.mean,
                "standard_deviation": outcome.spread,
                "diverged": outcome.diverged,
                "epochs_trained": outcome.epochs,
            }
            for outcome in self.outcomes
        ]
        return _plain(document)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
