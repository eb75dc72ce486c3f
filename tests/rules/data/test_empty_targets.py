from __future__ import annotations

import pytest
from rules.runs import finding

from trainwell.run import Run


def judged(empty, uncovered, *, loss="categorical_crossentropy", unit="positions"):
    output = {"output": "", "positions": 1000, "empty": empty, "uncovered": uncovered, "unit": unit}
    return finding(
        Run.from_plain(
            {
                "model": {
                    "kind": "Sequential",
                    "calls": [{"place": "head", "class": "Dense", "config": {"activation": "softmax"}}],
                    "outputs": [{"name": "", "place": "head", "shape": [None, 20, 5]}],
                },
                "compile": {"losses": [{"output": "", "name": loss, "of_keras": True}]},
                "experiments": {"one_hot": {"outputs": [output]}},
            }
        ),
        "empty-targets",
    )


def test_targets_of_zeros_are_named():
    found = judged(600, 600)
    assert found.outcome == "fault"
    assert found.message == (
        "600 of 1,000 positions of the targets of 'head' (60.0%) are all zero. They cost nothing under "
        "categorical_crossentropy, whatever the model answers, so nothing is learned there."
    )
    assert judged(50, 50, unit="rows").outcome == "fault"


@pytest.mark.parametrize(("empty", "uncovered"), [(0, 0), (600, 0), (5, 5), (600, 10)])
def test_one_hot_targets_and_those_left_out_are_in_order(empty, uncovered):
    assert judged(empty, uncovered).outcome == "passed"


@pytest.mark.parametrize("loss", ["binary_crossentropy", "mean_squared_error", "sparse_categorical_crossentropy"])
def test_zeros_mean_something_to_other_losses(loss):
    assert judged(600, 600, loss=loss).outcome == "not applicable"
