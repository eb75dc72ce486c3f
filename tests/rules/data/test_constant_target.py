from __future__ import annotations

import pytest
from rules.runs import finding

from trainwell.run import Run


@pytest.mark.parametrize(("distinct", "expected"), [(1, "fault"), (2, "passed"), (1000, "passed")])
def test_a_target_must_vary(distinct, expected):
    target = {"name": "", "rows": 300, "distinct": distinct, "mean": 0.0}
    assert finding(Run.from_plain({"data": {"targets": [target]}}), "constant-target").outcome == expected
