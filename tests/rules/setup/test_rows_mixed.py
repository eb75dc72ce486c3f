from __future__ import annotations

from rules.runs import finding

from trainwell.run import Run


def judged(changed, place=""):
    record = {"row_mixing": {"rows": 8, "changed": changed, "place": place}}
    calls = [{"place": "softmax", "class": "Softmax", "config": {"axis": 0}, "output_shapes": [[None, 3]]}]
    return finding(Run.from_plain({"model": {"calls": calls}, "experiments": record}), "rows-mixed")


def test_rows_that_depend_on_each_other_are_named_with_their_layer():
    found = judged(0.5, "softmax")
    assert found.outcome == "fault"
    assert "'softmax', which works along axis 0: the batch" in found.message


def test_rows_apart_are_in_order():
    assert judged(0.0).outcome == "passed"
    assert finding(Run(), "rows-mixed").outcome == "not measured"
