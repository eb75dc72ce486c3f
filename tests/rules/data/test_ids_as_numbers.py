from __future__ import annotations

import pytest
from rules.runs import finding

from trainwell.run import Run


def judged(categories, numbers, error=0.01):
    record = {
        "name": "x",
        "place": "lstm",
        "kind": "LSTM",
        "distinct": 299,
        "rows": 1200,
        "held_rows": 600,
        "categories": categories,
        "numbers": numbers,
        "gain": max(0.0, categories) - max(0.0, numbers),
        "gain_error": error,
    }
    return finding(Run.from_plain({"experiments": {"ids_as_numbers": {"inputs": [record]}}}), "ids-as-numbers")


def test_ids_that_are_read_as_sizes_are_named():
    found = judged(0.94, 0.04)
    assert found.outcome == "fault"
    assert found.message == (
        "The 299 different whole numbers of 'x' are ids, such as word numbers, and 'lstm' (LSTM) reads them as sizes. "
        "On 600 rows left out, linear models explain 94% of the targets' variance if each value counts as a category, "
        "and 4% if values count as numbers."
    )


@pytest.mark.parametrize(
    ("categories", "numbers", "error"),
    [
        (0.5, 0.6, 0.01),  # sizes mean something
        (-0.1, -0.3, 0.01),  # nothing is explained either way
        (0.65, 0.6, 0.01),  # hardly more
        (0.4, 0.2, 0.1),  # by chance
        (0.2, 0.2, 0.0),
    ],
)
def test_numbers_are_in_order(categories, numbers, error):
    assert judged(categories, numbers, error).outcome == "passed"


def test_without_such_inputs_it_is_not_measured():
    assert finding(Run(), "ids-as-numbers").outcome == "not measured"
