import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.report.verdict import interval, verdict
from trainwell.run import Run


def test_classes_with_the_baseline_beside_it(run):
    run.facts["result"] |= {"accuracy": 0.897, "rows": 10000, "baseline_accuracy": 0.1, "majority_class": "cat"}
    assert verdict(run) == (
        "A dense network trained on pets names the right one of 3 classes for 89.7% of 10,000 test rows; "
        "always answering “cat” would be right for 10.0%."
    )


def test_no_better_than_the_baseline_is_said(run):
    run.facts["result"] |= {"accuracy": 0.4, "baseline_accuracy": 0.4}
    assert "That is no better than always answering “cat”" in verdict(run)


def test_values(regression):
    words = verdict(regression)
    assert "predicts progression with a mean absolute error of 43.21 on 89 test rows (R² 0.451)" in words
    assert words.endswith("always answering the mean would be off by 66.02.")


def test_values_no_better_than_the_mean(regression):
    regression.facts["result"]["mae"] = 70.0
    assert "That is no better than always answering the mean" in verdict(regression)


def test_a_training_without_a_result(interrupted):
    assert verdict(interrupted) == (
        "A dense network trained on pets for 1 of 20 epochs (interrupted by Ctrl-C); "
        "no result on the test part was taken."
    )


def test_an_interrupted_training_with_a_result(run):
    run.facts["fit"]["stopped"] = "interrupted by Ctrl-C"
    assert verdict(run).endswith(" The training was interrupted after 6 of 20 epochs.")


def test_an_empty_run_has_a_verdict():
    assert verdict(Run()) == "A network; no result on the test part was taken."


def test_the_interval_of_all_right_is_not_a_point():
    low, high = interval(1.0, 10)
    assert low == pytest.approx(0.7225, abs=1e-3)
    assert high == pytest.approx(1.0)


@given(st.floats(0, 1), st.integers(1, 100_000))
def test_the_interval_holds_the_share(share, rows):
    low, high = interval(share, rows)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1
