import dataclasses

import pytest
from records import update

from trainwell.report.diagnosis.wording import counts, quantity, reading, spoken, title, trained, verdict_of
from trainwell.rule import Evidence, Finding, Measurement, Rule, Threshold
from trainwell.run import FitRecord

LIMIT = Threshold("share", 0.25, "share of units", "above", "")


def finding(outcome, name="some-fault", says="The rate is 3.", consequences=()):
    rule = Rule("TW101", name, "setup", "serious", lambda _: (), LIMIT.as_condition())
    evidence = (Evidence("", (Measurement(0.5, LIMIT),), says),) if outcome in {"fault", "passed"} else ()
    return Finding(rule, outcome, evidence, 1.0 if outcome == "fault" else -1.0, says, consequences)


def test_a_training_in_which_all_passed_is_healthy(well):
    assert verdict_of(*well) == "This training is healthy: 1 rule passed."


def test_what_was_not_measured_is_not_healthy(blind):
    words = verdict_of(*blind)
    assert "healthy" not in words
    assert words == "No fault was found in what could be measured: 1 rule passed; 2 rules could not be measured."


def test_where_nothing_was_measured_nothing_is_said(sick):
    run, findings, _ = sick
    assert verdict_of(run, findings[-1:], []) == ("Nothing can be said of this training: 1 rule could not be measured.")
    assert verdict_of(run, findings[1:2], []) == "Nothing can be said of this training: no rule concerns it."


def test_a_training_that_was_cut_is_healthy_as_far_as_it_went(well):
    run, findings, faults = well
    run.fit.cut = True
    assert verdict_of(run, findings, faults).startswith("This training is healthy as far as it went: ")


def test_the_worst_cause_is_named_with_what_follows_from_it(sick):
    assert verdict_of(*sick) == (
        "Unscaled inputs: the deviations of the columns differ by a factor of 5,210, which also explains NaN loss; "
        "1 more fault was found; 1 rule could not be measured."
    )


def test_more_faults_and_places_are_counted(sick):
    run, findings, _ = sick
    dying = next(each for each in findings if each.rule.name == "dying-relu")
    words = verdict_of(run, findings, [dying, finding("fault"), finding("fault")])
    assert words.startswith("Dying ReLU: 90% of the units of 'dense_0' give 0; 2 more faults were found")
    more = dataclasses.replace(dying, limits={"units": 0.4})
    assert "give 0 (and 2 more places); " in verdict_of(run, findings, [more, finding("fault")])


@pytest.mark.parametrize(
    ("says", "behind"),
    [("The rate is 3.", "the rate is 3"), ("ReLUs die.", "ReLUs die"), ("Adam's rate is 3.", "Adam's rate is 3")],
)
def test_only_words_that_need_no_capital_lose_it(well, says, behind):
    run, findings, _ = well
    assert verdict_of(run, findings, [finding("fault", says=says)]) == f"Some fault: {behind}."


def test_advice_is_no_fault(sick):
    run, findings, _ = sick
    advice = [each for each in findings if each.outcome in {"advice", "passed"}]
    assert verdict_of(run, advice, []) == "This training is healthy: 1 rule passed; 1 gives advice."


def test_names_are_spoken():
    assert title(finding("fault", "nan-loss").rule) == "NaN loss"
    assert spoken("selu-with-plain-dropout") == "SELU with plain dropout"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.974, "share of units", "97.4% of units"),
        (0.0, "share", "0%"),
        (1.0, "share", "100%"),
        (0.99999, "share", ">99.9%"),
        (12345.0, "rows", "12,345 rows"),
        (-3.0, "", "\N{MINUS SIGN}3"),
        (1.2e-9, "", "1.2e-9"),
        (float("nan"), "rows", "not a number"),
        (float("inf"), "", "infinite"),
    ],
)
def test_numbers_come_with_their_units(value, unit, words):
    assert quantity(value, unit) == words


def test_a_value_stands_beside_the_limit_that_was_in_force():
    one = Measurement(0.5, LIMIT)
    told = reading(finding("fault"), one)
    assert (told.limit, told.distance, told.margin) == ("above 25%", "2 × the limit", 1.0)
    told = reading(dataclasses.replace(finding("fault"), limits={"share": 0.1}), one)
    assert (told.limit, told.distance) == ("above 10%", "5 × the limit")


def test_consequences_are_counted_apart(sick):
    assert counts(sick[1]) == {
        "faults": 2,
        "consequences": 1,
        "suspected": 0,
        "harmless": 0,
        "advice": 1,
        "passed": 1,
        "not applicable": 1,
        "not measured": 1,
        "ignored": 0,
    }


def test_how_much_was_trained_is_said(sick):
    run = sick[0]
    assert trained(run) == "600 steps in 5 epochs"
    update(run.fit, cut=True, epochs=50)
    assert trained(run) == "600 steps of the 6,000 that were asked for"
    run.fit.diverged = True
    assert trained(run) == "600 steps in 5 epochs, until the loss was no longer finite"
    run.fit = FitRecord()
    assert trained(run) == ""


@pytest.mark.parametrize(("value", "distance"), [(0.7, "1.3 ×"), (155.0, "310 ×"), (0.0, ""), (1e6, "> 1,000 ×")])
def test_a_factor_is_told_without_powers_of_ten(value, distance):
    limit = Threshold("ratio", 0.5 if value > 1 else 0.54, "", "above", "")
    told = reading(finding("passed"), Measurement(value, limit))
    assert told.distance == (f"{distance} the limit" if distance else "")


def test_a_unit_that_the_name_says_is_not_said_again():
    told = reading(finding("fault"), Measurement(0.9, Threshold("units", 0.7, "share of units", "above", "")))
    assert (told.what, told.value) == ("units", "90%")


def test_near_the_limit_a_factor_tells_the_side():
    told = reading(finding("fault"), Measurement(0.993, Threshold("loss", 0.98, "share", "above", "")))
    assert (told.value, told.limit, told.distance) == ("99.3%", "above 98%", "1.01 × the limit")
