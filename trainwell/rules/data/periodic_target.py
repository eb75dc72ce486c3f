"""An angle, an hour or another periodic target is learned as a plain number.

Symptom
-------
Most predictions are good, and some are far off: near one end of the range the model predicts values from the whole
range, often its middle.

Why it happens
--------------
359 degrees and 1 degree are two degrees apart, and a squared error counts 358. Rows with nearly the same inputs then
have targets at both ends, and the best answer for them is the mean: 180, the opposite direction. The same holds for
hours of a day, days of a week, months of a year, and phases.

How it is measured
------------------
Only targets under a squared or absolute error whose values fill a range such as 0 to 360, -π to π or 0 to 24 are
looked at. The range alone proves nothing. The rows are cut by their target into parts of the range. It is a fault where
rows of the first and the last part are among each other's nearest rows, by their inputs, about as often as rows of
parts side by side, and far more often than rows of other parts that lie apart.

Known limits
------------
Where near inputs do not mean near targets, as in many pictures, nothing is found. Other periods than the usual ones,
and standardised targets, are not looked at.

References:
----------
Mardia and Jupp, "Directional Statistics" (2000), chapter 1. Bishop, "Pattern Recognition and Machine Learning" (2006),
section 2.3.8, on periodic variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule
from trainwell.run import heads

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import PeriodicTargetRecord, Run

MEETS = Threshold(
    "meets", 0.5, "of parts side by side", "above", "by definition 1 if the ends are the same place, and 0 if not"
)
BEYOND = Threshold(
    "beyond", 3.0, "times parts far apart", "above", "simulated targets that are not periodic: at most 1.4; angles: 4"
)
CHANCE = Threshold(
    "chance", 1e-4, "p-value", "below", "one in ten thousand, for a few columns in each of many trainings"
)

_LOSSES = frozenset({"mean_squared_error", "mean_absolute_error", "huber", "log_cosh"})


@rule(
    id="TW021",
    family="data",
    severity="serious",
    fault_if=MEETS & BEYOND & CHANCE,
    needs=("experiment:periodic_target", "model.calls", "compile.losses", "data.targets"),
    remedies=("sine-and-cosine-targets",),
    explained_by=("wrong-label-encoding",),
    proof="facts",
)
def periodic_target(run: Run) -> list[Evidence]:
    """Compares how often rows of both ends of a range have similar inputs with rows of other parts."""
    record = need(run.experiments.periodic_target, "the experiment periodic_target")
    where = {head.target.name: head.where for head in heads(run) if head.target and head.loss_name in _LOSSES}
    found = [_evidence(each, where[each.target]) for each in record.columns if each.target in where]
    if not record.columns:
        raise NotApplicable("no target fills a range such as 0 to 360 or 0 to 24")
    if not found:
        raise NotApplicable("the target that fills such a range has no squared or absolute error")
    return found


def _evidence(column: PeriodicTargetRecord, where: str) -> Evidence:
    meets = column.ends / max(column.adjacent, 1e-6)
    beyond = column.ends / max(column.apart, 1e-6)
    low, high = column.low, column.low + column.period
    what = f"The target of {where!r}" + (f", column {column.column}," if column.column else "")
    periodic = meets > MEETS.value and beyond > BEYOND.value and column.chance < CHANCE.value
    says = (
        f"{what} fills the range from {low:.4g} to {high:.4g}, and {column.ends:.0%} of the rows at one end have rows "
        f"of the other end among the most similar inputs (parts of the range side by side: {column.adjacent:.0%}, far "
        f"apart: {column.apart:.1%})"
    )
    says += f": both ends are the same place, but the loss counts them {column.period:.4g} apart." if periodic else "."
    return evidence(where, (meets, MEETS), (beyond, BEYOND), (column.chance, CHANCE), says=says)
