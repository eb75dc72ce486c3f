"""A metric's figure means nothing for what the model is asked to do.

Symptom
-------
An accuracy of 0 that never moves, or of 90 % before anything is learned; a mean error that has nothing to do with the
predictions. Whoever goes by the figure stops, or chooses, wrongly.

Why it happens
--------------
An accuracy counts answers that are right, and a value is never exactly right. Each of Keras's accuracies reads the
target in its own form: numbers of classes, one-hot rows, or one yes or no for each unit; given another form it compares
what does not belong together, without a word. Of ten units of a softmax, nine noes are right by themselves.

How it is measured
------------------
For each of Keras's metrics, from the values and the shape of the target and the units of the output: whether it is
asked of what it can read. A metric that can read the target, but reads only a part of it or another threshold than the
one meant, is only advice. `"accuracy"` chooses its form by the shapes.

Known limits
------------
Metrics of the user's own are not judged, nor are those that are made for particular shapes (`MeanIoU`, `F1Score`).

References:
----------
Keras 3, `keras/src/metrics` and `keras/src/trainers/compile_utils.py`. Humbatova et al., "Taxonomy of real faults in
deep learning systems", ICSE 2020, wrong metric.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule
from trainwell.run import Head, heads, number
from trainwell.run.heads import HINGE, OF_PROBABILITIES, OF_VALUES

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import MetricRecord, Run, TargetRecord

_BY_UNIT = frozenset({"binaryaccuracy", "precision", "recall", "auc", "truepositives", "falsepositives"})
_BY_ROW = frozenset({"categoricalaccuracy", "topkcategoricalaccuracy"})
_BY_NUMBER = frozenset({"sparsecategoricalaccuracy", "sparsetopkcategoricalaccuracy"})
_EXACT = frozenset({"exactaccuracy"})
_OF_CLASSES = _BY_UNIT | _BY_ROW | _BY_NUMBER | _EXACT
_OF_ERRORS = frozenset(
    {
        "meansquarederror",
        "meanabsoluteerror",
        "rootmeansquarederror",
        "meanabsolutepercentageerror",
        "r2score",
    }
)
_TWO = 2

PROBLEMS = Threshold("problems", 0, "metrics", "above", "by definition of the metric")
MISLEADING = Threshold("misleading", 0, "metrics", "above", "by definition of the metric")


@rule(
    id="TW108",
    family="setup",
    severity="minor",
    fault_if=PROBLEMS,
    advice_if=MISLEADING,
    needs=("model.calls", "compile.losses", "compile.metrics_by_output", "data.targets"),
    remedies=("metric-for-task",),
    explained_by=(
        "labels-out-of-range",
        "wrong-label-encoding",
        "missing-output-activation",
        "softmax-on-one-unit",
        "binary-loss-on-exclusive-classes",
        "softmax-on-multi-label",
        "output-range-misses-targets",
        "loss-does-not-fit-task",
        "broadcast-target",
    ),
    proof="facts",
)
def metric_does_not_fit_task(run: Run) -> list[Evidence]:
    """Measures which metrics can read what they are given."""
    found = []
    for head in heads(run):
        if head.loss is None or head.target is None or head.target.kind == "other":
            continue
        for metric in head.metrics:
            name = _read_as(metric, head)
            if name not in _OF_CLASSES | _OF_ERRORS:
                continue
            fault = _fault(name, head)
            told = f"The metric {metric.name!r} of {head.where!r}"
            advice = "" if fault else _advice(name, metric, head)
            says = f"{told} {fault or advice or 'can read its target'}."
            found.append(evidence(head.where, (1, MISLEADING) if advice else (bool(fault), PROBLEMS), says=says))
    if not found:
        raise NotApplicable("there is no metric of Keras's for classes or errors")
    return found


def _read_as(metric: MetricRecord, head: Head) -> str:
    """Keras's name of the metric, in small letters alone; `""` for one of the user's own."""
    if not metric.of_keras:
        return ""
    name = metric.kind.replace("_", "").lower()
    if name not in {"accuracy", "acc"}:
        return name
    if metric.config:  # an object, which compares exactly, and not the word
        return "exactaccuracy"
    if head.units == 1:
        return "binaryaccuracy"
    target = head.target.shape if head.target else []
    sparse = len(target) < len(head.shape) - 1 or head.width == 1
    return "sparsecategoricalaccuracy" if sparse else "categoricalaccuracy"


def _fault(name: str, head: Head) -> str:
    """What is wrong with a metric on a head, as the end of a sentence; `""` for nothing."""
    target = need(head.target, "data.targets")
    if name in _OF_ERRORS:
        spread = head.units > 1 and head.width == 1 and not head.is_aligned and target.class_counts is not None
        return f"subtracts numbers of classes from each of {head.units} units" if spread else ""
    if name in _EXACT:
        return "counts outputs that equal the target exactly, which probabilities and values never do"
    if _is_of_values(head):
        return "counts right answers, and the target holds values"
    if name in _BY_UNIT:
        return _fault_by_unit(name, head)
    if head.units == 1:
        return "chooses the greatest of one unit, which is always the same"
    one_hot_form = list(target.shape) == list(head.shape[1:])
    if name in _BY_ROW and not one_hot_form:
        return "reads rows of one number a class, and the target holds numbers of classes"
    if name in _BY_NUMBER and one_hot_form:
        return "reads numbers of classes, and the target holds rows of one number a class"
    return ""


def _fault_by_unit(name: str, head: Head) -> str:
    target = need(head.target, "data.targets")
    if target.signed:
        return "reads 0 and 1, and the target holds -1 and 1"
    if head.units > 1 and head.width == 1 and not head.is_aligned:
        return f"asks each of {head.units} units alone, and the target holds numbers of classes"
    if name == "binaryaccuracy" and target.one_hot and head.units > _TWO and head.is_aligned:
        return f"counts the noes of {head.units} units, of which all but one are right by themselves"
    return ""


def _is_of_values(head: Head) -> bool:
    """Whether the target holds values of which none can be answered exactly."""
    target = need(head.target, "data.targets")
    if not head.is_aligned:
        return False
    if not head.loss_name and head.loss is not None and not _is_continuous(target):
        return False
    counts = target.class_counts
    if counts is not None:  # whole numbers: values where the loss takes them so, and they are more than two
        return head.units == 1 and head.loss_name in OF_VALUES and not target.binary and not target.signed
    within = number(target.minimum) >= 0 and number(target.maximum) <= 1
    soft = within and (head.loss_name in OF_PROBABILITIES or target.rows_sum_to_one == 1)
    return not soft and (head.loss_name in OF_VALUES | HINGE or not within)


def _is_continuous(target: TargetRecord) -> bool:
    return not target.whole_numbers and not 0 <= number(target.minimum) <= number(target.maximum) <= 1


def _advice(name: str, metric: MetricRecord, head: Head) -> str:
    """What may be said of a metric that reads its target well enough."""
    config = metric.config
    if name == "categoricalaccuracy" and head.task == "multi-label" and not need(head.target, "data.targets").one_hot:
        return "looks at the greatest unit alone, and the target's rows hold several ones or none"
    if head.from_logits and name in _BY_UNIT and not config.get("from_logits") and config.get("threshold", 0.5) == 0.5:  # noqa: PLR2004
        return "takes logits for probabilities: its threshold is not where the classes part"
    return ""
