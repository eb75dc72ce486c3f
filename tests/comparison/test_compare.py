"""Comparisons on small real data: every kind, the same start for all, and what is kept when something fails."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import trainwell as tw
from trainwell import datasets
from trainwell.comparison import KINDS, compare, training
from trainwell.comparison import compare as function
from trainwell.comparison.compare import judged
from trainwell.errors import InputError
from trainwell.report.comparison.result import Outcome

SMALL = {"units": 12, "depth": 1, "batch_size": 64, "seeds": 2, "epochs": 2}
PAIRS = {
    "activation": ["elu", "prelu"],
    "initializer": ["he_normal", "variance_scaling"],
    "optimizer": ["sgd", "nadam"],
    "schedule": ["performance", "constant"],
    "normalization": ["none", "batch_after"],
    "regularization": ["none", "early_stopping"],
    "recipe": ["default", "self-normalizing"],
}


def silent(_):
    pass


@pytest.fixture(scope="module")
def compared():
    """Each kind compared once; the results are looked at by several tests."""
    known = {}

    def of(over):
        if over not in known:
            known[over] = compare("digits", over=over, choices=PAIRS[over], say=silent, **SMALL)
        return known[over]

    return of


def by_name(comparison):
    return {outcome.choice: outcome for outcome in comparison.outcomes}


ALONE = {"activation", "initializer", "normalization"}  # compared for this one test


@pytest.mark.heavy
@pytest.mark.parametrize(
    "over", [pytest.param(over, marks=pytest.mark.slow) if over in ALONE else over for over in PAIRS]
)
def test_two_choices_of_each_kind(compared, over):
    found = compared(over)
    assert sorted(by_name(found)) == sorted(PAIRS[over])
    assert found.outcomes[0].standing == "best"
    assert found.seeds == (0, 1)
    for outcome in found.outcomes:
        assert outcome.curves.shape == outcome.losses.shape == (2, 2)
        assert outcome.scores.shape == (2,)
        assert (outcome.scores > 0.1).all(), "better than one of ten by chance"
        assert outcome.rates.size
        assert outcome.seconds > 0
        assert outcome.learning_rate > 0
    json.dumps(found.to_json(), allow_nan=False)


def test_choices_begin_from_the_same_weights_and_see_rows_in_the_same_order(compared):
    """A callback does not change the start, nor the first epoch: one path trains side by side, the other alone."""
    found = by_name(compared("schedule"))
    constant, performance = found["constant"], found["performance"]
    assert constant.learning_rate == performance.learning_rate
    np.testing.assert_allclose(constant.losses[:, 0], performance.losses[:, 0], rtol=1e-4)
    assert constant.losses[0, 0] != constant.losses[1, 0], "seeds differ"


@pytest.mark.heavy
def test_regularizations_share_one_rate_and_recipes_have_their_own(compared):
    rates = {
        over: {outcome.learning_rate for outcome in compared(over).outcomes} for over in ("regularization", "recipe")
    }
    assert len(rates["regularization"]) == 1
    assert len(rates["recipe"]) == 2


def test_early_stopping_scores_its_best_epoch_on_the_validation_loss(compared):
    outcome = by_name(compared("regularization"))["early_stopping"]
    for score, curve, losses in zip(outcome.scores, outcome.curves, outcome.losses, strict=True):
        assert score == curve[np.nanargmin(losses)]


@pytest.mark.heavy
def test_the_score_of_the_others_is_that_of_the_last_epoch(compared):
    for outcome in compared("optimizer").outcomes:
        np.testing.assert_array_equal(outcome.scores, outcome.curves[:, -1])
        np.testing.assert_array_equal(outcome.rates, np.full(2, outcome.learning_rate))


@pytest.mark.slow
def test_a_regression_is_scored_by_its_error_in_the_targets_units():
    found = compare("diabetes", over="optimizer", choices=["sgd", "nadam"], say=silent, **SMALL)
    assert (found.metric, found.higher_is_better, found.target) == ("mae", False, found.target)
    best, other = found.outcomes
    assert best.mean <= other.mean
    assert 20 < best.mean < 150, "disease progression runs from 25 to 346"


@pytest.mark.heavy
def test_the_test_part_is_not_looked_at(monkeypatch, compared):
    loaded = datasets.load("digits", seed=0)
    monkeypatch.setattr(datasets, "load", lambda *_, **__: replace(loaded, test=None))
    again = compare("digits", over="optimizer", choices=PAIRS["optimizer"], say=silent, **SMALL)
    for name, outcome in by_name(again).items():
        np.testing.assert_allclose(outcome.scores, by_name(compared("optimizer"))[name].scores)


@pytest.mark.heavy
def test_what_diverges_is_said_to_and_the_others_are_kept(monkeypatch):
    found_rate = training.find_rate

    def at(plan, kind, spec, recipe):
        return training.Rate(1e30, found=True) if recipe.optimizer == "SGD" else found_rate(plan, kind, spec, recipe)

    monkeypatch.setattr(training, "find_rate", at)
    said = []
    found = compare("digits", over="optimizer", choices=["sgd", "nadam"], say=said.append, **SMALL)
    best, lost = found.outcomes
    assert (best.choice, lost.choice, lost.standing, lost.diverged) == ("nadam", "sgd", "diverged", 2)
    assert np.isnan(lost.scores).all()
    assert any("sgd: diverged from 2 of 2 seeds" in sentence for sentence in said)
    json.dumps(found.to_json(), allow_nan=False)


def test_a_network_without_any_finite_loss_diverged_too(monkeypatch):
    def none(*_, **__):
        raise InputError("The loss is not a finite number.", "")

    monkeypatch.setattr(training, "find_lr", none)
    found = compare("digits", over="optimizer", choices=["sgd", "nadam"], say=silent, **SMALL)
    assert found.best is None
    assert [outcome.standing for outcome in found.outcomes] == ["diverged", "diverged"]


@pytest.mark.heavy
def test_ctrl_c_keeps_the_choices_that_are_complete(monkeypatch):
    module = __import__("trainwell.comparison.compare", fromlist=["train_choice"])
    whole = module.train_choice
    trained = []

    def interrupted(plan, kind, choice, shared):
        if len(trained) == 2:
            raise KeyboardInterrupt
        trained.append(choice.name)
        return whole(plan, kind, choice, shared)

    monkeypatch.setattr(module, "train_choice", interrupted)
    said = []
    names = ["sgd", "nadam", "adam", "lion"]
    found = compare("digits", over="optimizer", choices=names, say=said.append, **SMALL)
    assert sorted(by_name(found)) == ["nadam", "sgd"]
    assert found.left_out == ("adam", "lion")
    assert "Stopped by Ctrl-C. The 2 of 4 choices that are complete are kept." in said
    trained.extend(names)
    monkeypatch.setattr(module, "train_choice", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        compare("digits", over="optimizer", choices=names, say=silent, **SMALL)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"over": "activations"}, "Did you mean 'activation'"),
        ({"over": "activation", "choices": ["elu", "rellu"]}, "Did you mean 'relu'"),
        ({"over": "recipe", "seeds": 1}, "--seeds must be at least 2, not 1"),
        ({"over": "recipe", "epochs": 0}, "--epochs must be at least 1"),
        ({"over": "recipe", "units": 0}, "--units"),
        ({"over": "recipe", "seed": -1}, "--seed must be"),
        ({"over": "recipe", "net": "conv"}, "needs images"),
        ({"over": "optimizer", "recipe": "defualt"}, "Did you mean 'default'"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments, words):
    with pytest.raises(InputError) as caught:
        compare("wine", say=silent, **arguments)
    assert words in f"{caught.value.message} {caught.value.hint}"


def outcome(name, scores):
    scores = np.asarray(scores, float)
    return Outcome(name, name, scores, scores[:, None], scores[:, None], 0.1, True, np.zeros(1), 1.0)


def test_lower_errors_come_first_and_the_lost_last():
    found = judged(
        [
            outcome("lost", [1.0, np.nan]),
            outcome("far", [9.0, 9.1]),
            outcome("near", [1.0, 1.2]),
            outcome("mid", [2.0, 1.3]),
        ],
        higher_is_better=False,
        resolution=0.0,
    )
    assert [(each.choice, each.standing) for each in found] == [
        ("near", "best"),
        ("mid", "within the noise"),
        ("far", "worse"),
        ("lost", "diverged"),
    ]
    assert found[2].behind == pytest.approx(7.95)


def test_it_is_there_as_tw_compare():
    assert tw.compare is function


@pytest.mark.slow
@pytest.mark.parametrize("over", KINDS)
def test_every_choice_of_each_kind_trains(over):
    found = compare("digits", over=over, choices=list(KINDS[over].choices), say=silent, **SMALL)
    assert len(found.outcomes) == len(KINDS[over].choices)
    assert not found.standing("diverged")


@pytest.mark.slow
def test_images_take_convolutions():
    found = compare(
        "digits",
        over="regularization",
        choices=["max_norm", "dropout"],
        say=silent,
        net="conv",
        **{**SMALL, "units": 4},
    )
    assert found.network.startswith("conv 4-128")
