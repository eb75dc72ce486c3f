from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static, with_signals

L = keras.layers
NAN, INF = np.nan, np.inf


@pytest.fixture
def run():
    model = keras.Sequential([keras.Input((4,)), L.Dense(4, "relu", name="first"), L.Dense(1, name="head")])
    return static(model, np.zeros((64, 4)), np.zeros((64, 1)))


def steps(run, loss, *, norms=(1, 1, 1), first=(0, 0, 0), head=(0, 0, 0), weights=(1, 1, 1)):
    signals = {
        "loss": loss,
        "gradient_norm": norms,
        "gradient_rms__first__kernel": norms,
        "weight_rms__first__kernel": weights,
        "output_non_finite__first": first,
        "output_non_finite__head": head,
    }
    return finding(with_signals(run, "step", 1, **signals), "non-finite-loss")


def test_a_finite_loss_is_in_order(run):
    assert steps(run, (3, 2, 1)).outcome == "passed"


def test_it_is_born_in_the_first_layer_whose_outputs_are_not_finite(run):
    found = steps(run, (3, NAN, NAN), head=(0, 8, 8))
    assert found.outcome == "fault"
    assert found.evidence[0].where == "head"
    assert found.message == (
        "The loss of the batch is NaN at step 2: outputs of 'head' are not finite, while the weights and the layers "
        "before it are."
    )


def test_it_is_born_in_the_loss_where_all_else_is_finite(run):
    assert steps(run, (INF, 2, 1)).message == (
        "The loss of the batch is infinite at step 1: weights and outputs of all layers are finite, so it is born in "
        "the loss function."
    )


def test_it_is_born_on_the_way_back_where_a_gradient_was_not_finite_before(run):
    found = steps(run, (3, NAN, NAN), norms=(NAN, NAN, NAN), first=(0, 8, 8), weights=(1, NAN, NAN))
    assert found.message == (
        "The loss of the batch is NaN at step 2: gradients of 'first' were not finite at step 1, where the loss still "
        "was."
    )


def test_an_update_that_was_not_read_is_blamed_where_weights_are_spoiled(run):
    found = steps(run, (3, 2, NAN), first=(0, 0, 8), weights=(1, 1, INF))
    assert "an update before it had left weights that are not finite, those of 'first' first" in found.message


def test_without_readings_of_layers_its_origin_is_not_told(run):
    found = finding(with_signals(run, "step", 1, loss=(1, NAN)), "non-finite-loss")
    assert found.message.endswith("cannot be told, as the layers' outputs were not read.")


def test_epochs_alone_tell_it_too(run):
    found = finding(with_signals(run, start=1, train__loss=(1, 1), validation__loss=(1, NAN)), "non-finite-loss")
    assert found.outcome == "fault"
    assert found.message == "The validation loss is NaN in epoch 2."


def test_without_a_loss_it_is_not_measured(run):
    assert finding(run, "non-finite-loss").outcome == "not measured"
