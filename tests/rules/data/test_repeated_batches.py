from __future__ import annotations

import numpy as np
import pytest
from rules.runs import finding

from trainwell.engine.batch_contents import BatchContents
from trainwell.run import BatchesRecord, Run

GOOD = {"batches": 32, "rows": 3200, "distinct_batches": 32, "distinct_rows": 3200, "overlap": 0.0}


def judged(**record):
    plain = {"experiments": {"batches": {**GOOD, "distinct_within": 1.0, **record}}}
    return finding(Run.from_plain(plain), "repeated-batches")


def test_the_same_batch_over_and_over_is_named():
    found = judged(distinct_batches=1, distinct_rows=100, overlap=1.0)
    assert found.outcome == "fault"
    assert found.rule.severity == "fatal"
    assert found.message == (
        "All 32 batches that were read hold the same 100 rows, so the model is trained on these rows alone."
    )


def test_batches_that_overlap_are_named():
    found = judged(distinct_rows=131, overlap=0.99)
    assert found.outcome == "fault"
    assert found.message == (
        "The 32 batches that were read hold 3,200 rows, and 131 of them are different. 99% of the rows of a batch were "
        "in the batch before it."
    )


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"distinct_rows": 1700, "overlap": 0.05},  # a rare class is repeated ten times
        {"distinct_rows": 2000, "overlap": 0.03},  # drawn with replacement
        {"distinct_rows": 320, "overlap": 0.0},  # ten passes over a small table
        {"distinct_rows": 3100, "overlap": 0.9},  # cannot be, and yet most rows are new
    ],
)
def test_sources_that_give_new_rows_are_in_order(record):
    assert judged(**record).outcome == "passed"


def test_what_says_nothing_is_not_judged():
    assert judged(batches=3, rows=300, distinct_rows=100, overlap=1.0).outcome == "not measured"
    assert judged(batches=1, rows=100, distinct_rows=100, overlap=None).outcome == "not measured"
    toy = judged(rows=128, distinct_batches=1, distinct_rows=4, overlap=1.0)
    assert toy.outcome == "not applicable"
    few_can_differ = judged(distinct_rows=20, overlap=1.0, distinct_within=0.2)
    assert few_can_differ.outcome == "not applicable"
    assert finding(Run(), "repeated-batches").outcome == "not measured"


def test_the_counts_of_a_source_lead_to_the_verdict():
    """From batches to the finding: what the engine counts is what the rule reads."""
    x = np.random.default_rng(0).normal(size=(400, 3)).astype("float32")

    def verdict(starts):
        contents = BatchContents()
        for start in starts:
            contents.take((x[start : start + 40], x[start : start + 40, :1]))
        counts = BatchesRecord(
            batches=contents.batches,
            rows=contents.rows,
            distinct_batches=contents.distinct_batches,
            distinct_rows=contents.distinct_rows,
            overlap=contents.overlap,
            distinct_within=contents.distinct_within,
        )
        return judged(**counts.to_plain()).outcome

    assert verdict([0] * 10) == "fault"
    assert verdict(range(10)) == "fault"
    assert verdict(range(0, 400, 40)) == "passed"
    assert verdict([*range(0, 400, 40)] * 3) == "passed"
