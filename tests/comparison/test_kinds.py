"""What can be compared, and what each choice changes."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.activations import initializer_for
from trainwell.comparison.choice import Span
from trainwell.comparison.kinds import KINDS, find_choices, find_kind
from trainwell.errors import InputError
from trainwell.recipes import DEFAULT, SELF_NORMALIZING
from trainwell.techniques import simulate

SPAN = Span(epochs=10, steps_per_epoch=20)


def test_all_seven_kinds_are_there_and_every_usual_choice_exists():
    assert list(KINDS) == [
        "activation",
        "initializer",
        "optimizer",
        "schedule",
        "normalization",
        "regularization",
        "recipe",
    ]
    for kind in KINDS.values():
        assert set(kind.usual) <= set(kind.choices)
        assert all(choice.name == name and choice.meaning for name, choice in kind.choices.items())


def test_each_activation_comes_with_its_initializer():
    for name, choice in KINDS["activation"].choices.items():
        recipe = choice.recipe(DEFAULT)
        assert (recipe.activation, recipe.kernel_initializer) == (name, initializer_for(name))
    assert KINDS["activation"].choices["selu"].recipe(SELF_NORMALIZING).dropout == "AlphaDropout"
    assert KINDS["activation"].choices["relu"].recipe(SELF_NORMALIZING).dropout == "Dropout"


@pytest.mark.parametrize("name", KINDS["initializer"].choices)
def test_every_initializer_is_one_of_kerass(name):
    given = KINDS["initializer"].choices[name].recipe(DEFAULT).kernel_initializer
    assert np.isfinite(np.asarray(keras.initializers.get(given)((4, 3)))).all()


def test_the_chapters_variance_scaling():
    given = KINDS["initializer"].choices["variance_scaling"].recipe(DEFAULT).kernel_initializer
    initializer = keras.initializers.get(given)
    assert (initializer.scale, initializer.mode, initializer.distribution) == (2.0, "fan_avg", "uniform")


@pytest.mark.parametrize("name", KINDS["optimizer"].choices)
def test_every_optimizer_is_made_at_a_constant_rate(name):
    choice = KINDS["optimizer"].choices[name]
    optimizer = choice.recipe(DEFAULT).make_optimizer(choice.schedule(0.02, SPAN))
    assert float(optimizer.learning_rate) == pytest.approx(0.02)


def test_the_three_forms_of_sgd_differ_in_their_momentum():
    made = [
        KINDS["optimizer"].choices[name].recipe(DEFAULT).make_optimizer(0.1) for name in ("sgd", "momentum", "nesterov")
    ]
    assert [(optimizer.momentum, optimizer.nesterov) for optimizer in made] == [(0.0, False), (0.9, False), (0.9, True)]


@pytest.mark.parametrize("name", KINDS["schedule"].choices)
def test_every_schedule_has_the_same_peak(name):
    schedule = KINDS["schedule"].choices[name].schedule(0.1, SPAN)
    rates = [schedule] if isinstance(schedule, float) else simulate(schedule, SPAN.steps)
    assert np.max(rates) == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "step", "rate"),
    [
        ("power", 40, 0.05),
        ("exponential", 100, 0.01),
        ("exponential", 200, 0.001),
        ("piecewise", 40, 0.1),
        ("piecewise", 41, 0.05),
        ("piecewise", 121, 0.01),
        ("cosine", 100, 0.05),
        ("1cycle", 60, 0.1),
    ],
)
def test_schedules_at_given_steps_of_two_hundred(name, step, rate):
    schedule = KINDS["schedule"].choices[name].schedule(0.1, SPAN)
    assert float(schedule(step)) == pytest.approx(rate, rel=1e-5)


def test_each_regularization_stands_alone():
    made = {name: choice.recipe(SELF_NORMALIZING) for name, choice in KINDS["regularization"].choices.items()}
    parts = {
        name: [part for part in ("l1_times_rows", "l2_times_rows", "dropout", "max_norm") if getattr(recipe, part)]
        for name, recipe in made.items()
    }
    assert parts == {
        "none": [],
        "l2": ["l2_times_rows"],
        "l1": ["l1_times_rows"],
        "l1_l2": ["l1_times_rows", "l2_times_rows"],
        "dropout": ["dropout"],
        "max_norm": ["max_norm"],
        "early_stopping": [],
    }
    assert made["dropout"].dropout == "AlphaDropout", "SELU's own"
    assert KINDS["regularization"].choices["dropout"].recipe(DEFAULT).dropout == "Dropout"
    (stop,) = KINDS["regularization"].choices["early_stopping"].callbacks(SPAN)
    assert (stop.patience, stop.restore_best_weights) == (2, True)


def test_a_choice_of_normalization_holds_at_any_depth():
    for name, kind in (
        ("none", "none"),
        ("batch_before", "batch before"),
        ("batch_after", "batch after"),
        ("layer", "layer"),
    ):
        recipe = KINDS["normalization"].choices[name].recipe(DEFAULT)
        assert recipe.normalization == kind
        assert recipe.normalizes(1) is (name != "none")


def test_a_kind_that_is_not_there_is_guessed():
    with pytest.raises(InputError, match="nothing called 'optimiser'") as caught:
        find_kind("optimiser")
    assert caught.value.hint.startswith("Did you mean 'optimizer'? --over takes one of: activation, ")


@pytest.mark.parametrize(
    ("names", "words", "hint"),
    [
        (["elu", "sello"], "There is no activation 'sello'", "--choices takes some of: relu"),
        (["elu", "leaky-relu"], "There is no activation 'leaky-relu'", "Did you mean 'leaky_relu'?"),
        (["elu", "elu"], "names 'elu' more than once", "once"),
        (["elu"], "names elu, and a comparison needs at least two", "two or more"),
        ([], "names nothing", "two or more"),
    ],
)
def test_choices_that_cannot_be_compared_are_refused(names, words, hint):
    with pytest.raises(InputError, match=words) as caught:
        find_choices(KINDS["activation"], names)
    assert hint in caught.value.hint


def test_choices_keep_their_order():
    assert [choice.name for choice in find_choices(KINDS["activation"], ["selu", "elu"])] == ["selu", "elu"]
    assert [choice.name for choice in find_choices(KINDS["recipe"], None)] == ["default", "self-normalizing"]
