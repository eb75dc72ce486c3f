"""The network stays far below what other learners reach on the same rows.

Symptom
-------
Gradient boosting, a linear model or nearest neighbours, fitted in a second, do clearly better on the validation rows
than the trained network.

Why it happens
--------------
Something keeps the network from learning what is there: its data reach it in a wrong form, its layers lose them, or its
training goes wrong. No other rule has found what; where one has, this is its consequence.

How it is measured
------------------
The network and the best reference learner are scored on the same held-out rows. The network's skill is its score above
that of a constant answer, as a share of the learner's; the difference is compared with its standard error.

Known limits
------------
On tables boosted trees are often a little better than any network; below nine tenths of their skill this is advice,
and a fault only below three quarters of it. References are weak for pictures and texts, so a network above them may be
sick too.

References:
----------
Grinsztajn et al., "Why do tree-based models still outperform deep learning on tabular data?", NeurIPS 2022.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule
from trainwell.rules.scores import a_learner, said

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

SKILL = Threshold(
    "skill", 0.75, "of the reference's skill", "below", "Grinsztajn et al. (2022): networks reach well above half"
)
LITTLE_LESS = Threshold(
    "little_less", 0.9, "of the reference's skill", "below", "Grinsztajn et al. (2022): usual gaps are below a tenth"
)
NOISE = Threshold("noise", 3.0, "standard errors", "above", "three standard errors: chance gives one in 740")


@rule(
    id="TW306",
    family="speed",
    severity="serious",
    fault_if=SKILL & NOISE,
    advice_if=LITTLE_LESS & NOISE,
    needs=("experiment:references",),
    remedies=("raise-learning-rate", "adam", "more-epochs"),
    explained_by=("TW0", "TW1", "TW2", "TW301", "TW302", "TW303", "TW304", "TW305", "TW4"),
    proof="facts",
)
def below_reference(run: Run) -> list[Evidence]:
    """Measures the network's skill beside that of the best reference learner."""
    record = need(run.experiments.references, "the experiment references")
    best = record.best
    if best is None or record.constant is None or record.network is None or record.gain is None:
        raise NotApplicable("no reference learner could be fitted")
    if record.chance is None or record.chance > 0.05 or not record.possible > 2 * best.error:  # noqa: PLR2004 -- as of unrelated-targets
        raise NotApplicable("no reference learner is better than a constant answer")
    if record.wins_by_its_loss:
        raise NotApplicable("by its own loss the network does better than every reference learner")
    skill = 1 - record.gain / record.possible
    noise = record.gain / max(record.gain_error or 0.0, 1e-9)
    rows = "training rows, which the network has seen" if record.trained_on else "held-out rows"
    says = (
        f"On {record.held_rows:,} {rows}, the network reaches {said(record.metric, record.network)}; "
        f"{a_learner(best.name)} on the same rows {said(record.metric, best.score)}, and always giving the same answer "
        f"{said(record.metric, record.constant)}."
    )
    return [
        evidence("", (skill, SKILL), (noise, NOISE), says=says),
        evidence("", (skill, LITTLE_LESS), (noise, NOISE), says=says),
    ]
