import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import update

from trainwell.report.verdict import beats_baseline, interval, verdict
from trainwell.run import Run


def test_classes_with_the_baseline_beside_it(run):
    update(run.result, accuracy=0.897, rows=10000, baseline_accuracy=0.1, majority_class="cat")
    assert verdict(run) == (
        "A dense network trained on pets names the right one of 3 classes for 89.7% of 10,000 test rows; "
        "always answering “cat” would be right for 10.0%."
    )


def test_no_better_than_the_baseline_is_said(run):
    update(run.result, accuracy=0.4, baseline_accuracy=0.4)
    assert "That is no better than always answering “cat”" in verdict(run)


def test_values(regression):
    words = verdict(regression)
    assert "predicts progression with a mean absolute error of 43.21 on 89 test rows (R² 0.451)" in words
    assert words.endswith("always answering the mean would be off by 66.02.")


def test_values_no_better_than_the_mean(regression):
    regression.result.mae = 70.0
    assert "That is no better than always answering the mean" in verdict(regression)


def test_a_training_without_a_result(interrupted):
    assert verdict(interrupted) == (
        "A dense network trained on pets for 1 of 20 epochs (interrupted by Ctrl-C); "
        "no result on the test part was taken."
    )


def test_an_interrupted_training_with_a_result(run):
    run.fit.stopped = "interrupted by Ctrl-C"
    assert verdict(run).endswith(" The training was interrupted after 6 of 20 epochs.")


def test_a_training_that_diverged_says_so_before_all_else(run, regression):
    for diverged in (run, regression):
        update(diverged.fit, diverged=True, best_epoch=2)
        assert verdict(diverged).startswith(
            "The training diverged: its loss became NaN or infinite. The weights are those of epoch 2, the best before "
            "that. A dense network trained on pets "
        )
    run.fit.best_epoch = 0
    run.result.accuracy = None
    assert verdict(run).startswith("The training diverged: its loss became NaN or infinite. A dense network")


def test_a_training_that_did_not_diverge_is_silent_on_it(run):
    plain = verdict(run)
    run.fit.diverged = False
    assert verdict(run) == plain
    assert "diverged" not in plain


def test_the_baseline_is_beaten_only_by_a_better_result(run, regression):
    assert beats_baseline(run)
    assert beats_baseline(regression)
    regression.result.mae = regression.result.baseline_mae
    assert beats_baseline(regression) is False
    assert beats_baseline(Run()) is None


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
