import re

import keras
import pytest
from gallery.case import find

import trainwell as tw
from trainwell.edits import SetTrainable, edited
from trainwell.errors import InputError
from trainwell.recording import described
from trainwell.remedies import Case, all_remedies, find_remedy
from trainwell.rules import all_rules, faults, judge
from trainwell.training_spec import TrainingSpec

NAMES = {name for rule in all_rules() for name in rule.remedies}
KERAS_SAYS = pytest.mark.filterwarnings("ignore")  # of the one fault that Keras itself names


def test_every_name_that_a_rule_gives_is_a_remedy():
    assert sorted(NAMES - set(all_remedies())) == []


def test_every_remedy_answers_a_rule():
    assert sorted(set(all_remedies()) - NAMES) == []


@pytest.mark.parametrize("remedy", all_remedies().values(), ids=list(all_remedies()))
def test_a_remedy_says_what_it_does_why_and_after_whom(remedy):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", remedy.name)
    assert len(remedy.title) < 120
    assert "\n\n" in remedy.doc.strip()
    assert "Source: " in remedy.doc
    rules = {rule.name for rule in all_rules() if remedy.name in rule.remedies}
    assert set(remedy.certain) <= rules


def test_a_remedy_is_found_by_its_name():
    assert find_remedy("Normalize_Inputs").name == "normalize-inputs"
    with pytest.raises(InputError, match="no remedy 'pray'"):
        find_remedy("pray")


STATIC = [
    ("wine-raw-columns", "unscaled-inputs", "normalize-inputs"),
    ("two-inputs-one-in-thousands", "unscaled-inputs", "normalize-inputs"),
    ("own-patches-divided-twice", "unscaled-inputs", "normalize-inputs"),
    ("wine-empty-cells", "non-finite-inputs", "impute-missing-values"),
    ("own-diabetes-with-a-missing-target", "non-finite-targets", "drop-missing-rows"),
    ("wine-labels-from-one", "labels-out-of-range", "re-index-labels"),
    ("own-digits-divided-with-their-labels", "wrong-label-encoding", "re-index-labels"),
    ("cancer-signed", "signed-labels", "labels-from-0-to-1"),
    ("digits-numbers-with-focal-loss", "wrong-label-encoding", "sparse-loss"),
    ("digits-by-folder", "unshuffled-data", "shuffle"),
    ("wine-sorted-validation-split", "unrepresentative-validation", "shuffle-before-splitting"),
    ("cancer-validated-on-training", "leaked-validation", "split-before-copying"),
    ("digits-validation-not-scaled", "validation-scaled-differently", "same-preprocessing"),
    ("digits-linear-head", "missing-output-activation", "softmax-output"),
    ("patches-linear-head", "missing-output-activation", "sigmoid-output"),
    ("digits-softmax-logits", "activated-logits", "no-from-logits"),
    ("cancer-softmax-on-one-unit", "softmax-on-one-unit", "sigmoid-output"),
    ("digits-ten-sigmoids", "binary-loss-on-exclusive-classes", "categorical-loss"),
    ("topics-softmax", "softmax-on-multi-label", "sigmoid-output"),
    ("diabetes-relu-output", "output-range-misses-targets", "linear-output"),
    ("digits-mse-on-numbers", "loss-does-not-fit-task", "loss-for-task"),
    ("diabetes-accuracy", "metric-does-not-fit-task", "metric-for-task"),
    ("series-return-sequences", "broadcast-target", "fix-head"),
    ("moons-linear", "missing-hidden-activation", "hidden-activation"),
    ("digits-softmax-twice", "stacked-activations", "single-activation"),
    ("digits-dropout-behind-softmax", "dropout-on-output", "remove-dropout"),
    ("digits-dropout-09", "heavy-dropout", "less-dropout"),
    ("selu-plain-dropout", "plain-dropout-in-selu-net", "alpha-dropout"),
    ("digits-batches-of-two", "batch-norm-on-tiny-batches", "larger-batch"),
    ("digits-frozen-in-a-loop", "nothing-trainable", "unfreeze"),
    ("transfer-all-frozen", "nothing-trainable", "unfreeze"),
    ("own-head-moons-hinge-accuracy", "metric-does-not-fit-task", "metric-for-task"),
    ("digits-pooled-to-one-pixel", "collapsed-feature-map", "less-pooling"),
    ("digits-zeros", "constant-initialization", "he-initialization"),
]


def static(spec):
    fit = dict(spec.fit)
    spec = TrainingSpec.from_fit(spec.compiled(), spec.data["x"], spec.data["y"], **{**fit, **rest(spec)})
    return described(spec), spec


def rest(spec):
    return {"validation_data": spec.data["validation_data"]} if "validation_data" in spec.data else {}


@pytest.mark.parametrize(
    ("name", "fault", "remedy"),
    [pytest.param(*each, marks=pytest.mark.heavy if at % 3 else []) for at, each in enumerate(STATIC[::4])],
    ids=[each[0] for each in STATIC[::4]],
)
@KERAS_SAYS
def test_what_shows_without_training_is_gone_once_it_is_mended(name, fault, remedy):
    run, spec = static(find(name).build(0))
    finding = next(each for each in judge(run) if each.rule.name == fault)
    assert finding.outcome == "fault"
    candidate = next(iter(find_remedy(remedy).propose(Case(finding, run, spec))))
    after, _ = static(edited(spec, candidate, seed=0))
    assert fault not in [each.rule.name for each in faults(judge(after))]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "fault", "remedy"), STATIC, ids=[each[0] for each in STATIC])
@KERAS_SAYS
def test_all_that_shows_without_training_is_gone_once_it_is_mended(name, fault, remedy):
    test_what_shows_without_training_is_gone_once_it_is_mended(name, fault, remedy)


@pytest.mark.heavy
def test_a_head_trains_again_and_the_base_that_it_stands_on_does_not():
    spec = find("transfer-all-frozen").build(0)
    head = spec.model.layers[-1].name
    model = edited(spec, (SetTrainable((head,), trainable=True),)).model
    assert {each.path.split("/")[0] for each in model.trainable_variables} == {head}


@KERAS_SAYS
def test_a_loss_that_is_told_of_logits_keeps_its_other_arguments():
    spec = find("digits-softmax-logits").build(0)
    spec.compile["loss"] = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=3)
    run, spec = static(spec)
    finding = next(each for each in judge(run) if each.rule.name == "activated-logits")
    (edit,) = next(iter(find_remedy("no-from-logits").propose(Case(finding, run, spec))))
    loss = edit.arguments["loss"]
    assert (loss.get_config()["ignore_class"], loss.get_config()["from_logits"]) == (3, False)


def test_a_manual_remedy_proposes_nothing():
    manual = [each for each in all_remedies().values() if each.safety == "manual"]
    assert len(manual) > 5
    for remedy in manual:
        with pytest.raises(Exception, match="no edit can do it"):
            list(remedy.propose(None) or ())


assert tw  # imported first: it chooses the backend
