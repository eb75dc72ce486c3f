"""No learner finds a relation between these inputs and targets.

Symptom
-------
Accuracy on validation rows stays at chance, or R² at 0, whatever the network and the learning rate. The training loss
may fall all the same: a network can learn any rows by heart.

Why it happens
--------------
Inputs and targets were put into another order apart from each other (one was shuffled or sorted, a join met the wrong
rows, windows are off), the target is random, or the inputs hold what is needed in a form that cannot be learned from
so few rows, such as a number whose binary digits matter.

How it is measured
------------------
Other learners (gradient boosting, a linear model, nearest neighbours) are fitted to the training rows. Their answers
for held-out rows, and those of the trained network, are compared with the targets; then the answers are dealt to other
rows at random, 200 times. The share of deals that fit as well as the true order is a p-value: above 0.05 there is no
sign of a relation. All learners and the network must be above it.

Known limits
------------
A relation too weak to show in the held-out rows looks like none. The learners are weak for pictures and texts; the
network's own answers are tested too.

References:
----------
Ojala and Garriga, "Permutation tests for studying classifier performance", JMLR 11 (2010). Fisher, "Statistical methods
for research workers" (1925), on the level of 0.05.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotMeasured, Threshold, evidence, need, rule
from trainwell.rules.scores import a_learner, said

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

CHANCE = Threshold("chance", 0.05, "p-value", "above", "Fisher (1925): the usual level")
NETWORK = Threshold("network", 0.05, "p-value", "above", "Fisher (1925): the usual level")
ROWS = Threshold(
    "held_rows", 99, "rows", "above", "a correlation of 0.3 shows in 100 rows with a power of 0.86: Cohen (1988)"
)


@rule(
    id="TW022",
    family="data",
    severity="fatal",
    fault_if=CHANCE & NETWORK & ROWS,
    needs=("experiment:references",),
    remedies=("match-rows",),
    explained_by=("constant-target", "non-finite-inputs", "wrong-label-encoding", "labels-out-of-range"),
    proof="facts",
)
def unrelated_targets(run: Run) -> list[Evidence]:
    """Measures how often answers dealt to other rows fit as well as in their own order."""
    record = need(run.experiments.references, "the experiment references")
    # A network may know the rows that it was trained on by heart, which says nothing of other rows.
    network = 1.0 if record.trained_on else need(record.network_chance, "the network's answers")
    best = record.best
    if record.chance is None or best is None:
        raise NotMeasured("no reference learner could be fitted")
    says = (
        f"No learner finds a relation between inputs and targets: on {record.held_rows:,} held-out rows the best one "
        f"({best.name}) reaches {said(record.metric, best.score)}, and always giving the same answer "
        f"{said(record.metric, record.constant)}."
        if record.chance > CHANCE.value
        else f"On {record.held_rows:,} held-out rows {a_learner(best.name)} reaches {said(record.metric, best.score)}, "
        f"which answers dealt to other rows reach in {record.chance:.1%} of the deals or less."
    )
    return [evidence("", (record.chance, CHANCE), (network, NETWORK), (record.held_rows, ROWS), says=says)]
