"""The gallery is what it says: every fault is there and does harm, every healthy case learns.

The fast tests build and try every twentieth case; the slow ones train all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import keras
import numpy as np
import pytest

import gallery
from gallery.case import case, find
from gallery.skill import train

FAULTS = {
    "data": "unscaled-inputs unscaled-target non-finite-inputs non-finite-targets labels-out-of-range "
    "wrong-label-encoding signed-labels class-imbalance unshuffled-data unrepresentative-validation leaked-validation "
    "validation-scaled-differently too-little-data",
    "setup": "missing-output-activation activated-logits softmax-on-one-unit binary-loss-on-exclusive-classes "
    "softmax-on-multi-label output-range-misses-targets loss-does-not-fit-task metric-does-not-fit-task "
    "broadcast-target missing-hidden-activation stacked-activations constant-initialization mismatched-initializer "
    "dropout-on-output heavy-dropout plain-dropout-in-selu-net batch-norm-on-tiny-batches "
    "batch-norm-statistics-not-settled frozen-base-batch-norm-training nothing-trainable collapsed-feature-map",
    "gradients": "vanishing-gradients exploding-gradients dying-relu saturated-activations non-finite-loss",
    "speed": "learning-rate-too-high learning-rate-too-low stopped-too-early cannot-fit-one-batch constant-predictions",
    "overfitting": "overfitting trained-past-best-epoch over-regularized",
}
NAMES = {name for family in FAULTS.values() for name in family.split()}
SICK, HEALTHY = gallery.sick("frozen"), gallery.healthy("frozen")
PARTS = 20
SEED = 0
NOISE = 0.05  # in skill, between two trainings of the same task
LEARNED = 0.3  # the least skill of a healthy case; the diabetes data allow no more than 0.5
KERAS_SAYS = pytest.mark.filterwarnings("ignore:You are using a softmax over axis")  # the one fault it does name
GENERALIZED = (
    0.3  # the most skill that a healthy case loses from training to held-out rows; ridge loses 0.2 on diabetes
)


def some_of(cases):
    """Every twentieth case; the slow tests take all of them."""
    return cases[::PARTS]


def named(cases):
    return {"argvalues": cases, "ids": [each.name for each in cases]}


@cache
def outcome(name, seed=SEED):
    return train(find(name), seed)


def test_every_fault_is_planted():
    assert {each.fault for each in SICK} == NAMES


def test_there_are_enough_of_both():
    assert len(SICK) >= 45
    assert len(HEALTHY) >= 35


def test_most_faults_are_planted_in_two_ways():
    assert sum(count > 1 for count in Counter(each.fault for each in SICK).values()) >= 40


@pytest.mark.parametrize("each", **named(SICK))
def test_a_sick_case_has_a_healthy_twin(each):
    assert find(each.twin).fault is None
    assert set(each.also) <= NAMES - {each.fault}


@pytest.mark.parametrize("each", **named(SICK + HEALTHY))
def test_a_case_says_what_was_done(each):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.name)
    assert each.note.endswith(".")
    assert "\n" not in each.note


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match="two cases named 'digits-dense'"):
        case(name="digits-dense", note="Again.")(lambda _: None)


@pytest.mark.heavy
@pytest.mark.parametrize("each", **named(some_of(SICK + HEALTHY)))
def test_the_same_seed_builds_the_same_setup(each):
    first, second = each.build(1), each.build(1)
    assert set(first.data) == set(second.data)
    arrays = zip(keras.tree.flatten(first.data), keras.tree.flatten(second.data), strict=True)
    assert all(np.array_equal(one, other, equal_nan=True) for one, other in arrays)
    weights = zip(first.model.get_weights(), second.model.get_weights(), strict=True)
    assert all(np.array_equal(one, other) for one, other in weights)


@pytest.mark.heavy
@pytest.mark.parametrize("each", **named(some_of(SICK + HEALTHY)))
@KERAS_SAYS
def test_it_takes_a_step(each):
    setup = each.build(SEED)
    x, y = (
        keras.tree.map_structure(lambda leaf: leaf[: setup.fit["batch_size"]], setup.data[part]) for part in ("x", "y")
    )
    logs = setup.compiled().train_on_batch(x, y, return_dict=True)
    assert each.fault is not None or np.isfinite(logs["loss"])


@pytest.mark.heavy
@pytest.mark.parametrize("each", **named(some_of(HEALTHY)[:2]))
def test_some_healthy_cases_learn(each):
    check_learned(outcome(each.name))


@pytest.mark.slow
@pytest.mark.parametrize("each", **named(HEALTHY))
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_healthy_case_learns(each, seed):
    check_learned(outcome(each.name, seed))


def check_learned(result):
    assert result.held_out > LEARNED
    assert result.training - result.held_out < GENERALIZED
    losses = result.history["val_loss"]
    assert losses[-1] < 0.8 * losses[0] or losses[0] < 1.2 * min(losses)


@pytest.mark.slow
@pytest.mark.parametrize("each", **named(SICK))
@KERAS_SAYS
def test_a_fault_does_harm(each):
    check_harm(each, outcome(each.name), outcome(each.twin))


def check_harm(each, result, twin):
    losses = result.history["loss"], result.history["val_loss"]
    if not np.isfinite(losses).all():
        return
    if each.harm == "skill":
        assert result.held_out < twin.held_out - NOISE
    elif each.harm == "loss":
        assert losses[1][-1] > 1.15 * twin.history["val_loss"][-1]
    elif each.harm == "claim":
        assert abs(result.own - result.held_out) > 2 * NOISE
    else:
        assert result.held_out < twin.held_out + NOISE
