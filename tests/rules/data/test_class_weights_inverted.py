from __future__ import annotations

import pytest
from rules.runs import finding

from trainwell.run import Run


def judged(rows, weights, source="class_weight"):
    classes = [{"label": at, "rows": n, "weight": w} for at, (n, w) in enumerate(zip(rows, weights, strict=True))]
    record = {"class_weights": {"source": source, "classes": classes}}
    return finding(Run.from_plain({"experiments": record}), "class-weights-inverted")


def test_weights_that_grow_with_the_counts_are_named():
    found = judged([2619, 381], [1.746, 0.254])
    assert found.outcome == "fault"
    assert found.message == (
        "class_weight gives the most common class, 0 with 2,619 rows, a weight of 1.75, and the rarest, 1 with 381 "
        "rows, a weight of 0.254. Class 0 then counts 47.3 times as much as class 1."
    )
    assert judged([900, 300, 100], [0.9, 0.3, 0.1], "sample_weight").outcome == "fault"


@pytest.mark.parametrize(
    ("rows", "weights"),
    [
        ([2619, 381], [0.573, 3.94]),  # balanced
        ([2619, 381], [1.0, 1.0]),
        ([2619, 381], [1.0, 2.0]),  # half-way
        ([520, 480], [5.0, 1.0]),  # costs of errors, in classes of equal size
        ([900, 100], [1.5, 1.0]),  # costs, a little
        ([900, 300, 100, 90], [1.0, 0.2, 3.0, 0.4]),  # costs in no order
    ],
)
def test_other_weights_are_in_order(rows, weights):
    assert judged(rows, weights).outcome == "passed"


def test_one_class_cannot_be_compared():
    assert judged([900, 100], [1.0, 0.0]).outcome == "not applicable"
    assert finding(Run(), "class-weights-inverted").outcome == "not measured"
