"""What is trained is decided from the size of the model: the same on every machine."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trainwell.diagnosis.plan import FEWEST, MOST, TrainingPlan, plan
from trainwell.run import CallRecord


def dense(parameters):
    shapes = ([None, 10],)
    return CallRecord(
        place="dense", layer_class="Dense", parameters=parameters, output_shapes=shapes, input_shapes=shapes
    )


def conv(parameters, side):
    return CallRecord(place="conv", layer_class="Conv2D", parameters=parameters, output_shapes=([None, side, side, 8],))


def test_a_small_training_is_trained_whole():
    assert plan([dense(5000)], rows=1437, batch_size=32, epochs=40) == TrainingPlan(40, None, 1800, cut=False)


def test_a_large_one_is_cut_to_whole_passes():
    found = plan([dense(300_000)], rows=10_000, batch_size=32, epochs=100)
    assert found.cut
    assert found.steps_per_epoch is None
    assert FEWEST <= found.steps == found.epochs * 313


def test_a_pass_that_is_too_long_is_cut_into_segments():
    found = plan([dense(10_000_000)], rows=1_000_000, batch_size=32, epochs=1)
    assert found == TrainingPlan(8, FEWEST // 8, FEWEST // 8 * 8, cut=True)


def test_positions_count():
    few, many = (plan([conv(5000, side)], rows=60_000, batch_size=32, epochs=100).steps for side in (4, 64))
    assert many < few


@given(st.integers(1, 10**9), st.integers(1, 10**7), st.integers(1, 4096), st.integers(1, 1000), st.integers(1, 3000))
def test_a_plan_keeps_within_what_was_asked_for(parameters, rows, batch, epochs, most):
    asked = epochs * -(-rows // batch)
    for limit in (None, most):
        found = plan([dense(parameters)], rows=rows, batch_size=batch, epochs=epochs, most=limit)
        assert 1 <= found.steps <= min(asked, limit or MOST)
        assert found.cut == (found.steps < asked)
        assert found.steps == found.epochs * (found.steps_per_epoch or -(-rows // batch))
