from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.courses import L, course, fitted, net
from rules.runs import finding, with_signals

HIGH, LOW = np.array([1.2, 0.9, 0.85]), np.array([1.2, 0.3, 0.05])
CLASSES = np.arange(64) % 5


def wide(units=64, *, end=HIGH, last=0.8, **arguments):
    model = net(L.Dense(64, "relu"), L.Dense(units, "relu", name="narrow"), L.Dense(5, "softmax"))
    return batch(model, end, last, y=CLASSES, loss="sparse_categorical_crossentropy", **arguments)


def batch(model, end, last, **arguments):
    run = fitted(course(end, model=model, **arguments), last)
    signals = {f"inference__output_mean__{call.place}": [0.0] for call in run.model.calls}
    return with_signals(run, **signals)


def unfit(run):
    return finding(run, "cannot-fit-one-batch")


def test_a_net_with_weights_enough_fits_one_batch():
    found = unfit(wide())
    assert found.outcome == "fault"
    assert found.message == (
        "After 200 steps on the same 32 rows, 80% is left of the loss of an answer that ignores the inputs; after the "
        "whole training 85% of all rows' loss."
    )


def test_a_batch_that_is_fit_is_in_order():
    assert unfit(wide(last=0.01)).outcome == "passed"


def test_a_training_that_learned_in_the_end_is_in_order():
    assert unfit(wide(end=LOW)).outcome == "passed"


def test_a_linear_model_need_not_fit_noise():
    assert unfit(batch(net(L.Dense(1)), HIGH, 0.8)).outcome == "passed"


def test_a_narrow_layer_is_named():
    found = unfit(wide(1, end=np.array([1.2, 0.5, 0.4]), last=0.3))
    assert found.outcome == "fault"
    assert found.evidence[0].where == "narrow"
    assert found.message.startswith("All that reaches the output passes 'narrow' as 1 number. After 200 steps")


@pytest.mark.parametrize("units", [4, 5, 64])
def test_a_layer_as_wide_as_the_classes_need_is_in_order(units):
    assert unfit(wide(units, end=np.array([1.2, 0.5, 0.4]), last=0.3)).outcome == "passed"


def test_a_skip_leads_around_a_narrow_layer():
    inputs = keras.Input((4,))
    first = L.Dense(32, "relu")(inputs)
    gate = L.Dense(32, "sigmoid")(L.Dense(1, "relu", name="gate")(first))
    model = keras.Model(inputs, L.Dense(1)(L.Multiply()([first, gate])))
    found = unfit(batch(model, np.array([1.2, 0.5, 0.4]), 0.3))
    assert found.outcome == "passed"
    assert "gate" not in {each.where for each in found.evidence}


def test_an_autoencoder_may_be_narrow():
    x = np.random.default_rng(0).normal(size=(64, 4))
    model = net(L.Dense(8, "relu"), L.Dense(1, name="code"), L.Dense(8, "relu"), L.Dense(4))
    found = unfit(batch(model, np.array([1.2, 0.5, 0.4]), 0.3, x=x, y=x))
    assert found.outcome == "passed"
    assert {each.where for each in found.evidence} == {""}


def test_penalties_are_taken_out():
    assert unfit(wide(last=0.8, penalty=0.5)).outcome == "passed"


def test_a_batch_of_one_class_is_measured_by_all_rows():
    run = wide(last=0.3)
    run.probes.one_batch.constant = 1e-7
    assert unfit(run).outcome == "passed"


def test_outputs_that_are_alike_from_the_beginning_are_another_fault():
    run = with_signals(wide(), inference__spread__=[0.0, 0.0, 0.0])
    assert unfit(run).outcome == "not applicable"


def test_heavy_dropout_hides_what_fits():
    model = net(L.Dense(64, "relu"), L.Dropout(0.8), L.Dense(1))
    found = unfit(batch(model, HIGH, 0.8))
    assert found.outcome == "not measured"
    assert "20%" in found.message


def test_without_the_probe_it_is_not_measured():
    assert unfit(course(HIGH)).outcome == "not measured"
