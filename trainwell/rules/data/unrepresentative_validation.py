"""The validation rows have other targets than the training rows.

Symptom
-------
Validation figures are far from those of training from the start, much worse or oddly good, and do not follow them.

Why it happens
--------------
`validation_split` takes the last rows as they lie. Where rows are sorted by class or by value, the last ones hold
classes or values that training has few of, or none.

How it is measured
------------------
The distance between the distributions of targets in both parts: total variation for classes, Kolmogorov and Smirnov's
for values; set against what chance alone would give for as many rows. Also the share of validation rows whose class
training has none of, and of training rows whose class validation has none of. Each of these counts only where the
distance is larger than chance gives.

Known limits
------------
A split in time of a series with a strong trend looks the same, and validation figures say as little there. Inputs that
differ while targets agree are another fault.

References:
----------
Smirnov, "Table for estimating the goodness of fit of empirical distributions" (1948): the distance of two samples of
one distribution. Keras documentation of `validation_split`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import HeldTarget, Run

DISTANCE = Threshold("distance", 0.5, "", "above", "half of the rows would have to change: benchmarks/rules.py")
CHANCE = Threshold("chance", 2.5, "", "above", "Smirnov (1948): chance alone gives 2.24 once in 1,000 times")
UNKNOWN = Threshold("unknown", 0.1, "share of rows", "above", "benchmarks/rules.py")
MISSING = Threshold("missing", 0.2, "share of rows", "above", "benchmarks/rules.py")


@rule(
    id="TW010",
    family="data",
    severity="serious",
    fault_if=(DISTANCE | UNKNOWN | MISSING) & CHANCE,
    needs=("data.targets",),
    remedies=("shuffle-before-splitting", "stratified-split"),
    explained_by=("TW004",),
    proof="facts",
)
def unrepresentative_validation(run: Run) -> list[Evidence]:
    """Measures how far the targets of both parts lie apart."""
    data = run.data
    if data.split is None:
        raise NotApplicable("there are no validation rows")
    trained = {target.name: target for target in data.targets or ()}
    last = " (the last ones, by `validation_split`)" if data.split_kind == "validation_split" else ""
    found = []
    for name, apart in data.split.targets.items():
        if apart is None:
            continue
        of = f" of {name!r}" if name else ""
        times = apart.distance / max(apart.noise, 1e-9)
        says = (
            f"The targets{of} of the validation rows{last} lie {apart.distance:.2f} apart from those of the "
            f"training rows, on a scale from 0 to 1; chance alone gives {apart.noise:.2f}."
        )
        found.append(evidence(name, (apart.distance, DISTANCE), (times, CHANCE), says=says))
        if apart.kind == "classes":
            target = trained.get(name)
            found += _by_class(name, of, apart, (target and target.class_counts) or {}, times)
    if not found:
        raise NotApplicable("no target of both parts holds numbers")
    return found


def _by_class(name: str, of: str, apart: HeldTarget, counts: dict[str, int], times: float) -> list[Evidence]:
    held = apart.class_counts or {}
    unknown = sum(held.get(each, 0) for each in apart.unseen) / max(1, sum(held.values()))
    absent = [each for each, count in counts.items() if count and not held.get(each)]
    missing = sum(counts[each] for each in absent) / max(1, sum(counts.values()))
    says_unknown = f"Training has no row of the class of {unknown:.0%} of the validation rows{of}."
    says_missing = f"Validation has no row of the classes{of} that {missing:.0%} of the training rows have."
    return [
        evidence(name, (unknown, UNKNOWN), (times, CHANCE), says=says_unknown),
        evidence(name, (missing, MISSING), (times, CHANCE), says=says_missing),
    ]
