import math
from types import SimpleNamespace

import pytest
from gallery.case import find
from gallery.repaired import repaired_labels
from hypothesis import given
from hypothesis import strategies as st

import trainwell as tw
from trainwell.edits import SetSchedule
from trainwell.repairing.refine import _no_higher, is_restless, is_still_learning, is_surer
from trainwell.run import ProbesRecord, RatesRecord, Run


@given(st.integers(4, 60), st.floats(0.5, 0.97))
def test_a_course_that_goes_down_to_its_end_still_learns_and_is_calm(epochs, factor):
    course = [factor**epoch for epoch in range(epochs)]
    assert is_still_learning(course)
    assert not is_restless(course)


@given(st.integers(0, 60), st.floats(0.001, 100))
def test_a_flat_course_is_done(epochs, level):
    assert not is_still_learning([level] * epochs)
    assert not is_restless([level] * epochs)


@given(st.lists(st.floats(0, 10), min_size=6, max_size=30), st.sampled_from([math.nan, math.inf]))
def test_a_course_that_leaves_the_numbers_tells_nothing(course, broken):
    assert not is_still_learning([*course, broken])
    assert not is_restless([*course, broken])


@given(st.floats(1.6, 10), st.integers(4, 30))
def test_one_that_jumps_between_two_levels_is_restless(high, pairs):
    assert is_restless([1.0, high] * pairs)


def test_a_course_that_rises_after_its_best_does_not_still_learn():
    assert not is_still_learning([1.0, 0.6, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])


@pytest.mark.heavy
def test_what_was_mended_is_trained_until_it_is_done():
    found = repaired_labels()
    assert found.remedies == ("re-index-labels", "more-epochs")
    assert found.spec.fit["epochs"] > 6
    assert len(found.after.history["val_loss"]) > 6
    (early,) = [trial for trial in found.trials if trial.kind == "final"]
    assert early.rejected == "it was still learning when it ended"
    assert early.steps == 6 * 16
    assert early.scores[0] <= found.after.value + 0.05


@pytest.mark.slow
def test_what_does_not_settle_goes_down_a_schedule_that_takes_the_place_of_the_steady_rate():
    spec = find("friedman-sgd-low").build(0)
    found = tw.repair(spec.compiled(), **spec.data, **spec.fit)
    told = [str(edit) for edit in found.edits]
    assert "one-cycle" in found.remedies
    assert sum("OneCycle" in each for each in told) == 1
    assert sum("EarlyStopping" in each for each in told) == 1
    assert not any(each.startswith("optimizer: learning_rate") for each in told)
    assert len(found.after.history["loss"]) == spec.fit["epochs"]


@pytest.mark.heavy
def test_a_finish_that_cannot_be_trained_is_told_and_the_repair_stands(monkeypatch):
    from trainwell.repairing import refine, state  # noqa: PLC0415 -- to break them

    def broken(spec, *arguments, **options):
        if spec.fit["epochs"] > 6:
            raise MemoryError("cannot allocate")
        return whole(spec, *arguments, **options)

    def no_training(*_):
        raise ValueError("it turned away\nfor good")

    whole = state.watch
    monkeypatch.setattr(state, "watch", broken)
    monkeypatch.setattr(refine, "train", no_training)
    monkeypatch.setattr(refine, "_GAP", -1.0)
    monkeypatch.setattr(refine, "_HEART", 10.0)
    found = repaired_labels()
    assert found.outcome == "repaired"
    assert found.remedies == ("re-index-labels",)
    reasons = [trial.rejected for trial in found.trials if trial.kind == "final"]
    assert reasons[0] == "it ran out of memory"
    assert set(reasons[1:]) == {"ValueError: it turned away"}


@pytest.mark.parametrize(("measured", "peak"), [(0.02, 0.02), (0.1, 0.04)])
def test_what_does_not_settle_gets_no_higher_rate(measured, peak):
    run = Run(probes=ProbesRecord(rates=RatesRecord(rate=measured)))
    watched = SimpleNamespace(diagnosis=SimpleNamespace(run=run))
    (edit,) = _no_higher((SetSchedule("OneCycle", {"peak": 0.04}),), watched)
    assert edit.arguments == {"peak": peak}


@pytest.mark.parametrize(
    ("mean", "losses", "surer"),
    [
        (0.70, [0.9, 0.5, 0.6], True),
        (0.69, [0.9, 0.5, 0.6], False),  # fewer rows are right
        (0.80, [0.9, 0.79, 0.8], False),  # no lower loss to speak of
        (0.80, [], False),  # it failed
    ],
)
def test_surer_is_a_lower_loss_with_no_row_lost(mean, losses, surer):
    before = SimpleNamespace(selection=0.70, history={"val_loss": [1.0, 0.8, 1.2]})
    assert is_surer(mean, losses, before) is surer


@pytest.mark.slow
def test_a_regularizer_is_kept_where_answers_become_surer_and_none_is_lost():
    spec = find("own-noisy-digits-by-heart").build(0)
    found = tw.repair(spec.compiled(), **spec.data, **spec.fit)
    assert set(found.remedies) & {"dropout", "l2-penalty"}
    assert min(found.after.history["val_loss"]) < 0.98 * min(found.before.history["val_loss"])
