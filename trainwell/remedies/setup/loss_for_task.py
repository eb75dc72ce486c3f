"""Give loss, output and metric that suit the target.

Exclusive classes: a softmax unit for each and a categorical cross-entropy. Yes or no: a sigmoid and the binary one.
Amounts: no activation and the squared error. A class number as an amount puts class 3 between 2 and 4.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import class_count, head_of, with_activation, with_loss, with_metrics, with_units
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.run.heads import OF_VALUES, Head

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


def _task(head: Head) -> str:
    """What the target asks for: a loss of values that is told to be wrong stands beside classes."""
    task = head.task
    if task is None:
        raise NoRemedy("it is not known what the target asks for")
    counts = head.target and head.target.class_counts
    return "multi-class" if task == "values" and counts and head.loss_name in OF_VALUES else task


@remedy(safety="unsafe", certain=("loss-does-not-fit-task",))
def loss_for_task(case: Case) -> Iterable[Candidate]:
    """All of it at once: each asks for the others."""
    head = head_of(case)
    task = _task(head)
    if task == "values":
        edits = (*with_activation(case, head, "linear"), *with_loss(case, head, "mean_squared_error"))
    elif task == "multi-class":
        one_hot = head.target is not None and head.target.one_hot
        loss = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
        edits = (
            *with_units(case, head, max(head.units, class_count(head))),
            *with_activation(case, head, "softmax"),
            *with_loss(case, head, loss),
        )
    else:
        units = head.width if task == "multi-label" else 1
        edits = (
            *with_units(case, head, units),
            *with_activation(case, head, "sigmoid"),
            *with_loss(case, head, "binary_crossentropy"),
        )
    yield (*edits, *with_metrics(case, head, task))
