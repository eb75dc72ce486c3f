from __future__ import annotations

import pytest
from rules.runs import finding

from trainwell.run import Run


def judged(**record):
    return finding(Run.from_plain({"experiments": {"row_mixing": {"rows": 8, **record}}}), "rows-mixed")


def test_outputs_that_change_with_the_other_rows_are_named_at_the_first_layer():
    found = judged(changed=0.7, place="softmax")
    assert found.outcome == "fault"
    assert "changes with the other rows of its batch" in found.message
    assert "begins at 'softmax'" in found.message


@pytest.mark.parametrize("changed", [0.0, 1e-5])
def test_rounding_is_no_mixing(changed):
    assert judged(changed=changed).outcome == "passed"


def test_without_the_experiment_it_is_not_measured():
    assert finding(Run.from_plain({}), "rows-mixed").outcome == "not measured"
