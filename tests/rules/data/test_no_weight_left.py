from __future__ import annotations

import pytest
from rules.runs import finding

from trainwell.run import Run


def judged(rows, zero):
    return finding(Run.from_plain({"experiments": {"weights": {"rows": rows, "zero": zero}}}), "no-weight-left")


@pytest.mark.parametrize("zero", [1000, 995])
def test_weights_of_zero_are_named(zero):
    found = judged(1000, zero)
    assert found.outcome == "fault"
    assert found.message == (
        f"{zero:,} of 1,000 rows have a sample_weight of zero, and nothing is learned from such rows."
    )


@pytest.mark.parametrize("zero", [0, 1, 500, 900, 990])
def test_rows_that_are_left_out_on_purpose_are_in_order(zero):
    assert judged(1000, zero).outcome == "passed"


def test_without_weights_it_is_not_measured():
    assert finding(Run(), "no-weight-left").outcome == "not measured"
