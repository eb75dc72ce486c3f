import json

import keras
import numpy as np
import pytest
from gallery.case import find

import trainwell as tw
from trainwell.edits import ChangeOptimizer
from trainwell.experiments.scoring import choose_metric
from trainwell.experiments.trial import TrialRunner
from trainwell.training_spec import TrainingSpec

L = keras.layers


def rows(count=800, seed=0):
    x = np.random.default_rng(seed).normal(size=(count, 6)).astype("float32")
    return x, (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype("int32")


def net(last="sigmoid", optimizer=None, loss="binary_crossentropy"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), L.Dense(24, "relu", kernel_initializer="he_normal"), L.Dense(1, last)])
    model.compile(optimizer or keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    return model


def split(x, y, at=500):
    return {"x": x[:at], "y": y[:at], "validation_data": (x[at:], y[at:])}


@pytest.fixture(scope="module")
def too_hot():
    model = net(optimizer=keras.optimizers.Adam(3.0))
    before = [each.copy() for each in model.get_weights()]
    found = tw.repair(model, **split(*rows()), epochs=8)
    return model, before, found


@pytest.mark.heavy
def test_a_rate_that_is_too_high_is_lowered(too_hot):
    _, _, found = too_hot
    assert found.outcome == "repaired"
    assert any("learning_rate=" in str(edit) for edit in found.edits)
    assert found.after.value > found.before.value + 0.05
    assert found.evidence.low >= 0
    assert found.evidence.rows == 150


@pytest.mark.heavy
def test_the_answer_is_trained_compiled_and_ready(too_hot):
    _, _, found = too_hot
    x, y = rows(300, seed=1)
    assert found.model.evaluate(x, y, verbose=0, return_dict=True)["accuracy"] > 0.85


def test_the_model_that_was_given_stays_as_it_is(too_hot):
    model, before, found = too_hot
    assert found.model is not model
    assert all(np.array_equal(one, other) for one, other in zip(before, model.get_weights(), strict=True))
    assert float(model.optimizer.learning_rate) == 3.0


def test_the_trail_tells_each_trial(too_hot):
    _, _, found = too_hot
    assert [trial.number for trial in found.trials] == list(range(1, len(found.trials) + 1))
    assert any(not trial.rejected and trial.edits for trial in found.trials)
    assert all(trial.rejected for trial in found.trials if not trial.scores)
    assert found.trial_steps == sum(trial.steps for trial in found.trials)


def test_the_patch_and_the_code_show_the_change(too_hot):
    _, _, found = too_hot
    assert "+    optimizer=" in found.patch
    assert "model.fit(" in found.code


def test_it_is_told_in_80_columns_and_as_strict_json(too_hot):
    _, _, found = too_hot
    assert str(found).startswith("Repaired: accuracy")
    assert max(map(len, str(found).splitlines())) <= 80
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert plain["schema_version"] == 1
    assert plain["outcome"] == "repaired"


@pytest.mark.slow
def test_the_same_seed_gives_the_same_repair(too_hot):
    _, _, found = too_hot
    again = tw.repair(net(optimizer=keras.optimizers.Adam(3.0)), **split(*rows()), epochs=8)
    assert [trial.scores for trial in again.trials] == [trial.scores for trial in found.trials]
    assert again.edits == found.edits
    assert again.after == found.after


@pytest.mark.heavy
def test_a_healthy_net_needs_no_trial():
    found = tw.repair(net(), **split(*rows()), epochs=8)
    assert found.outcome == "nothing to repair"
    assert found.trials == found.edits == ()
    assert found.patch == ""
    assert found.after == found.before


@pytest.mark.filterwarnings("ignore")  # Keras warns of a softmax over one unit
def test_a_wrong_head_is_mended_by_one_confirming_trial():
    found = tw.repair(net("softmax"), **split(*rows()), epochs=8)
    assert found.outcome == "repaired"
    assert [trial.kind for trial in found.trials if trial.scores and trial.kind != "final"] == ["confirming"]
    assert found.trial_steps <= 0.3 * found.steps


@pytest.mark.slow
def test_without_validation_data_some_rows_are_split_off():
    x, y = rows()
    found = tw.repair(net(optimizer=keras.optimizers.Adam(3.0)), x, y, epochs=6)
    assert "No validation data were given" in found.notes[0]
    assert "train_test_split" in found.code


@pytest.mark.slow
def test_labels_from_1_are_numbered_from_0_and_few_rows_are_cross_validated():
    found = _repaired("wine-labels-from-one")
    assert found.remedies[0] == "re-index-labels"
    assert found.evidence.how == "cross-validated"
    assert "np.searchsorted(labels, y_train)" in found.patch


def _repaired(name, **options):
    spec = find(name).build(0)
    return tw.repair(spec.compiled(), **spec.data, **spec.fit, **options)


@pytest.mark.heavy
def test_of_a_subclassed_model_layers_stay_as_they_are():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.one, self.two = L.Dense(24, "relu"), L.Dense(1)

        def call(self, inputs):
            return self.two(self.one(inputs))

    keras.utils.set_random_seed(0)
    model = Own()
    model.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy")
    found = tw.repair(model, **split(*rows()), epochs=8)
    assert found.outcome == "repaired"
    assert {edit.part for edit in found.edits} == {"compile", "fit"}
    assert found.model is not model
    assert found.after.value > 0.85


@pytest.mark.slow
def test_safe_only_never_changes_the_architecture():
    spec = find("digits-mse-on-numbers").build(0)
    found = tw.repair(spec.compiled(), **spec.data, **spec.fit, safe_only=True)
    assert not found.edits
    assert any("it would change the architecture" in trial.rejected for trial in found.trials)


def test_a_budget_that_is_spent_gives_the_best_so_far():
    found = tw.repair(net(optimizer=keras.optimizers.Adam(3.0)), **split(*rows()), epochs=8, budget=0.01)
    assert found.outcome == "no repair found"
    assert found.out_of_budget
    assert "The budget was spent" in found.notes[-1]


@pytest.mark.heavy
def test_ctrl_c_gives_the_best_so_far(monkeypatch):
    def pressed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(TrialRunner, "train_groups", pressed)
    found = tw.repair(net(optimizer=keras.optimizers.Adam(3.0)), **split(*rows()), epochs=8)
    assert found.outcome == "no repair found"
    assert any("Ctrl-C" in note for note in found.notes)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"budget": 0}, "budget is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"workers": 0}, "workers is 0"),
        ({"metric": "acuracy"}, "no metric 'acuracy'"),
        ({"rules": ["TW9"]}, "no rule 'TW9'"),
        ({"epochs": 0}, "epochs is 0"),
    ],
)
def test_what_cannot_be_used_is_refused(options, says):
    with pytest.raises(tw.InputError, match=says):
        tw.repair(net(), **split(*rows()), **options)


@pytest.mark.slow
def test_workers_change_nothing():
    alone = _repaired("digits-adam-half")
    spread = _repaired("digits-adam-half", workers=2)
    assert [trial.scores for trial in spread.trials] == [trial.scores for trial in alone.trials]
    assert spread.edits == alone.edits


def bench_of(optimizer, **fit):
    x, y = rows()
    data = {"x": x[:500], "y": y[:500], "validation_data": (x[500:], y[500:])}
    model = net(optimizer=optimizer)
    given = TrainingSpec(
        model,
        {"optimizer": model.optimizer, "loss": "binary_crossentropy"},
        data,
        {"batch_size": 32, "epochs": 2, **fit},
    )
    return TrialRunner(given, choose_metric(given), fresh=True)


def at(rate):
    return (ChangeOptimizer({"learning_rate": rate}),)


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["schedule", "steering", "plain"])
@pytest.mark.parametrize("rates", [[None, 0.03], [0.03], [0.03, None, 0.001]])
def test_each_rate_is_trained_at_whatever_the_company(kind, rates):
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-2, 100, 0.5)
    steering = {"callbacks": [keras.callbacks.ReduceLROnPlateau()]} if kind == "steering" else {}
    bench = bench_of(keras.optimizers.Adam(schedule if kind == "schedule" else 1e-2), **steering)
    together = bench.train_rates((), rates, [0, 1], 32, 0)
    alone = [bench.train(() if rate is None else at(rate), [0, 1], 32, 0) for rate in rates]
    assert [each.failed for each in together] == [""] * len(rates)
    for one, other in zip(together, alone, strict=True):
        assert one.scores == pytest.approx(other.scores, abs=0.01)
