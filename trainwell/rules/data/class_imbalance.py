"""A class is rare, nothing makes up for it, and the model ignores it.

Symptom
-------
The accuracy looks good and is that of always choosing the common class; rare rows are hardly ever found.

Why it happens
--------------
The loss is a mean over rows, and a class of one row in fifty has a fiftieth of it. Until the rest is learned well,
giving up the rare class costs the loss little.

How it is measured
------------------
How many rows the largest class has for each row of a class, and how many rows of that class the model finds at the end
of the training, in inference mode, on up to 512 rows: of the validation where there is one. A rare class that is found
is in order. Nor is it this fault where the model has learned nothing at all: its lowest loss on the validation rows is
compared with that of the class frequencies, since rows learned by heart tell nothing of unseen ones. Without validation
rows, training rows are taken. A class that is less rare counts where it is never found, though the loss shows that the
inputs tell of it. Where classes are weighted, a rare class that is hardly found is a sign of weights the wrong way
round.

Known limits
------------
A class of which the rows looked at hold none is not measured. Where a rare class overlaps the common one, ignoring it
may be what makes the fewest errors; a weight then trades errors of one kind for others. Among many classes, rare ones
are told as advice. Trainings with weights for single rows are not judged.

References:
----------
Amazon SageMaker Debugger, rule ClassImbalance. Google for Developers, "Imbalanced datasets". Buda et al., "A systematic
study of the class imbalance problem in convolutional neural networks" (2018).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import Circumstance, NotApplicable, NotMeasured, Threshold, evidence, if_measured, rule
from trainwell.run import constant_loss, curve, heads
from trainwell.run.heads import HINGE, OF_PROBABILITIES

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Head, Run

RATIO = Threshold("ratio", 10.0, "", "above", "Amazon SageMaker Debugger, rule ClassImbalance: 10")
RECALL = Threshold("recall", 0.5, "of the commonest class's", "below", "benchmarks/rules.py")
MODERATE = Threshold(
    "moderate", 4.0, "", "above", "Google for Developers, Imbalanced datasets: below 20 % of the rows is moderate"
)
NEVER = Threshold("never", 0.02, "of the commonest class's", "below", "by definition none; one in fifty may be chance")
LEARNED = Threshold("learned", 0.9, "of a constant's loss", "below", "benchmarks/rules.py")
LOSS = Threshold(
    "loss",
    0.98,
    "of a constant's loss",
    "below",
    "by definition 1 is no better than a constant; a fiftieth may be chance",
)
HARDLY = Threshold(
    "hardly", 0.1, "of the commonest class's", "below", "weights in inverse proportion make all classes count alike"
)

_MANY_CLASSES = 20
_CROSSENTROPIES = frozenset({"binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"})
FEW_CLASSES = Circumstance(f"there are at most {_MANY_CLASSES} classes")
MANY_CLASSES = Circumstance(f"there are more than {_MANY_CLASSES} classes")

WEIGHTED = Circumstance("classes are weighted")

_RARE = RATIO & RECALL & if_measured(LOSS)
_MODERATELY_RARE = MODERATE & NEVER & if_measured(LEARNED)
_RARE_DESPITE_WEIGHTS = MODERATE & HARDLY & LOSS & WEIGHTED


@rule(
    id="TW008",
    family="data",
    severity="serious",
    fault_if=(_RARE | _MODERATELY_RARE | _RARE_DESPITE_WEIGHTS) & FEW_CLASSES,
    advice_if=(_RARE | _MODERATELY_RARE | _RARE_DESPITE_WEIGHTS) & MANY_CLASSES,
    needs=("data.targets",),
    remedies=("class-weights", "balanced-metric", "oversample-rare-class"),
    explained_by=("TW003", "TW004", "TW005", "TW006", "TW007", "class-weights-inverted", "unrepresentative-validation"),
)
def class_imbalance(run: Run) -> list[Evidence]:
    """Measures how rare each class is and how much of it the model finds."""
    concerned = [head for head in heads(run) if _has_classes(head)]
    if not concerned:
        raise NotApplicable("no output chooses one of several classes")
    if run.fit.sample_weight:
        raise NotApplicable("rows are weighted")
    found = []
    for head in concerned:
        for look in ("held", "inference"):  # rows never trained on tell best what is ignored
            series = run.signals.get(f"{look}/recall/{head.name}")
            if series is not None:
                found += _judged(run, head, np.asarray(series.values[-1]), f"{look}/recall/{head.name}")
                break
    if not found:
        raise NotMeasured("how much of each class the model finds was not seen")
    return found


def _has_classes(head: Head) -> bool:
    counts = (head.target and head.target.class_counts) or {}
    is_choice = head.task in {"binary", "multi-class"} and len(counts) > 1
    return is_choice and (head.loss_name in OF_PROBABILITIES | HINGE or head.loss_name == "")


def _judged(run: Run, head: Head, recall: np.ndarray, name: str) -> list[Evidence]:
    given = (head.target and head.target.class_counts) or {}
    counts = {int(name): count for name, count in given.items() if count}
    most, commonest = max((count, label) for label, count in counts.items())
    worth = _worth(run, head)
    if run.fit.class_weight and worth is None:
        return []
    common = recall[commonest] if 0 <= commonest < len(recall) and recall[commonest] > 0 else 1.0
    found = []
    for label, count in counts.items():
        if label == commonest or not 0 <= label < len(recall) or np.isnan(recall[label]):
            continue
        says = (
            f"Class {label} of {head.where!r} has {count:,} rows, one to {most / count:.1f} of class {commonest}, and "
            f"the model finds {recall[label]:.0%} of it, beside {common:.0%}."
        )
        classes = FEW_CLASSES if len(counts) <= _MANY_CLASSES else MANY_CLASSES
        share = float(recall[label] / common)
        if run.fit.class_weight and worth is not None:
            if share < HARDLY.value:
                says = f"{says[:-1]}, although classes are weighted: the rare class needs the larger weight."
            measured = ((most / count, MODERATE), (share, HARDLY), (worth, LOSS), WEIGHTED, classes)
            found.append(evidence(head.where, *measured, says=says, series=(name,)))
            continue
        for rare, ignored, learned in ((RATIO, RECALL, LOSS), (MODERATE, NEVER, LEARNED)):
            measured = [(most / count, rare), (share, ignored)]
            if worth is not None:
                measured.append((worth, learned))
            found.append(evidence(head.where, *measured, classes, says=says, series=(name,)))
    return found


def _worth(run: Run, head: Head) -> float | None:
    """The loss over that of the best constant: the lowest on validation rows, or the last on training rows."""
    held = _held_worth(run, head)
    if held is not None:
        return held
    losses = run.signals.get("inference/loss")
    constant = constant_loss(run)
    if curve(run, "inference/loss") is None or losses is None or not constant or constant <= 0:
        return None
    return float(losses.values[-1]) / constant


def _held_worth(run: Run, head: Head) -> float | None:
    """The lowest validation loss over that of the training rows' class frequencies on the same rows."""
    losses, penalty = curve(run, "validation/loss"), curve(run, "inference/penalty")
    split, target = run.data.split, head.target
    if losses is None or split is None or target is None or len(run.compile.losses or ()) != 1:
        return None
    held = split.targets.get(target.name)
    counts = {label: count for label, count in (target.class_counts or {}).items() if count}
    if head.loss_name not in _CROSSENTROPIES or held is None or not held.class_counts:
        return None
    rows, held_rows = sum(counts.values()), sum(held.class_counts.values())
    if not held_rows or any(count and label not in counts for label, count in held.class_counts.items()):
        return None
    constant = -sum(count * math.log(counts[label] / rows) for label, count in held.class_counts.items() if count)
    lowest = float(losses.smooth().min()) - (penalty.last if penalty is not None else 0.0)
    return lowest * held_rows / constant if constant > 0 else None
