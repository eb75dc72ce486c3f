"""`tw.Watch`: the same training, its Run, its findings, and what is said of them and when."""

from __future__ import annotations

import logging

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.diagnosis.watch import Watch
from trainwell.engine.step_tap import TappedFunction
from trainwell.errors import InputError
from trainwell.rule import NotMeasured, Rule, Threshold, evidence
from trainwell.run import FitRecord, NonFinite, RowCounts, Run

L = keras.layers
ROWS = 320
X = np.random.default_rng(0).normal(size=(ROWS, 8)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("int32")


def sequential():
    return keras.Sequential([keras.Input((8,)), L.Dense(8, "relu"), L.Dense(1, "sigmoid", name="out")])


def normalized_and_dropped():
    hidden = [L.Dense(8, "tanh"), L.BatchNormalization(), L.Dropout(0.3)]
    return keras.Sequential([*hidden, L.Dense(1, "sigmoid")])  # built by fit


def functional():
    inputs = keras.Input((8,))
    one = L.Dense(6, "relu")(inputs)
    return keras.Model(inputs, L.Dense(1, "sigmoid")(L.Concatenate()([inputs, one])))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.one, self.out = L.Dense(6, "relu"), L.Dense(1, "sigmoid")
        self.drop = L.Dropout(0.2)

    def call(self, x, training=False):
        return self.out(self.drop(keras.ops.relu(self.one(x)), training=training))


class OwnStep(keras.Sequential):
    def train_step(self, state, data):
        logs, state = super().train_step(state, data)
        return {**logs, "twice": 2 * logs["loss"]}, state


def own_step():
    return OwnStep([keras.Input((8,)), L.Dense(4, "relu"), L.Dense(1, "sigmoid")])


def trained(make, *callbacks, trainer=keras.Model.fit, compile_arguments=None, **arguments):
    keras.utils.set_random_seed(1)
    model = make()
    model.compile(
        **{"optimizer": "adam", "loss": "binary_crossentropy", "metrics": ["accuracy"], **(compile_arguments or {})}
    )
    keras.utils.set_random_seed(2)
    arguments = {"x": X, "y": Y, "epochs": 3, "batch_size": 16, "validation_split": 0.2, "verbose": 0, **arguments}
    return model, trainer(model, callbacks=list(callbacks), **arguments).history


def assert_same(one, other):
    for a, b in zip(
        (*one.variables, *one.optimizer.variables), (*other.variables, *other.optimizer.variables), strict=True
    ):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b), err_msg=a.path)


LIMIT = Threshold("limit", 0.0, "", "above", "the tests")


def fault_where(measure, *, id="TW198", family="setup", severity="fatal", needs=()):  # noqa: A002 -- the rule's own word
    """A rule whose fault is there where `measure(run)` is above 0."""

    def found(run):
        return [evidence("", (measure(run), LIMIT), says="Something is wrong.")]

    name = f"planted-{id.lower()}"
    return Rule(id, name, family, severity, found, LIMIT.as_condition(), needs=frozenset(needs))


@pytest.fixture
def with_rules(monkeypatch):
    def use(*rules):
        monkeypatch.setattr("trainwell.diagnosis.watch.all_rules", lambda: rules)

    return use


# --- the same training ----------------------------------------------------------------------------------------------


NETS = [
    normalized_and_dropped,
    Subclassed,
    *(pytest.param(net, marks=pytest.mark.slow) for net in (sequential, functional, own_step)),
]


@pytest.mark.heavy
@pytest.mark.parametrize("make", NETS)
def test_weights_and_logs_are_bit_for_bit_those_without_it(make):
    plain, expected = trained(make)
    watch = Watch(every=7, first=3)
    watched, history = trained(make, watch)
    assert history == expected
    assert_same(plain, watched)
    assert not isinstance(watched.train_function, TappedFunction)
    assert watch.run.signals["gradient_norm"].at.tolist() == [1, 2, 3, *range(8, 49, 7)]
    assert watch.run.signals["inference/loss"].at.tolist() == [0, 1, 2, 3]
    assert watch.run.model.calls[0].layer_class == "Dense"
    assert "inference/output_mean" in " ".join(watch.run.signals)


@pytest.mark.heavy
def test_under_tw_fit_too():
    plain, expected = trained(normalized_and_dropped, trainer=tw.fit, exact=True)
    watch = Watch(every=7, first=3)
    watched, history = trained(normalized_and_dropped, watch, trainer=tw.fit, exact=True)
    assert history == expected
    assert_same(plain, watched)
    run = watch.run
    assert run.signals["gradient_norm"].at.tolist() == [1, 2, 3, *range(8, 49, 7)]
    assert run.signals["inference/loss"].at.tolist() == [0, 1, 2, 3]
    assert run.data.rows == RowCounts(train=256)


def test_where_tw_fit_leaves_it_to_keras_it_watches_there():
    class ActsOnBatches(keras.callbacks.Callback):
        def on_train_batch_end(self, *_, **__):
            pass

    watch = Watch()
    trained(sequential, watch, ActsOnBatches(), trainer=tw.fit)
    assert watch.run.signals["loss"].at[0] == 1


@pytest.mark.heavy
@pytest.mark.parametrize("error", [RuntimeError(), KeyboardInterrupt()])
def test_after_an_exception_what_was_seen_stays_and_the_next_fit_is_in_order(error):
    class Raises(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, **_):
            if batch == 5 and self.model.optimizer.iterations > 10:
                raise error

    def run(*callbacks):
        keras.utils.set_random_seed(1)
        model = sequential()
        model.compile("adam", "binary_crossentropy")
        keras.utils.set_random_seed(2)
        with pytest.raises(type(error)):
            model.fit(X, Y, epochs=5, verbose=0, callbacks=[*callbacks, Raises()])
        history = model.fit(X, Y, epochs=2, verbose=0, callbacks=list(callbacks)).history
        model.fit(X, Y, verbose=0)
        return model, history

    seen = []

    class Asks(Watch):
        def on_train_begin(self, *_):
            if self._view is not None:
                seen.append((self.run, self.findings))
            super().on_train_begin()

    watch = Asks()
    (plain, expected), (model, history) = run(), run(watch)
    assert history == expected
    assert_same(plain, model)
    assert not isinstance(model.train_function, TappedFunction)
    ((broken, findings),) = seen
    assert broken.fit.epochs_run == 1
    assert broken.fit.steps == 10 + 6
    assert broken.fit.cut
    assert broken.signals["loss"].at[-1] == 16
    assert findings
    assert watch.run.fit.epochs_run == 2
    assert not watch.run.fit.cut
    assert watch.run.signals["loss"].at[0] == 1


# --- the Run --------------------------------------------------------------------------------------------------------


def test_the_run_holds_what_a_callback_sees_and_says_what_it_does_not(tmp_path):
    watch = Watch()
    _, history = trained(sequential, watch)
    run = watch.run
    assert run.fit == FitRecord(
        epochs=3,
        steps_per_epoch=16,
        batch_size=16,
        class_weight=False,
        sample_weight=False,
        epochs_run=3,
        steps=48,
        planned_steps=48,
        cut=False,
        out_of_time=False,
        diverged=False,
        stopped_by_callback=False,
        seconds=run.fit.seconds,
    )
    data = run.data
    assert data.rows == RowCounts(train=256)
    assert (data.seen.rows, data.seen.of) == (256, 256)
    assert data.seen.says == "256 of the 256 rows of the first batches, in the order in which they came"
    np.testing.assert_allclose(data.inputs[0].feature_means, X[:256].mean(axis=0), atol=1e-6)
    assert data.targets[0].class_counts == {"0": int((Y[:256] == 0).sum()), "1": int((Y[:256] == 1).sum())}
    assert run.compile.losses[0].name == "binary_crossentropy"
    assert run.compile.learning_rate == pytest.approx(0.001)
    assert run.model.kind == "Sequential"
    assert {"fit.shuffle", "fit.callbacks", "data.split", "probes"} <= run.not_measured.keys()
    assert "fit.class_weight" not in run.not_measured
    for name, values in history.items():
        part = "validation" if name.startswith("val_") else "train"
        series = run.signals[f"{part}/{name.removeprefix('val_')}"]
        np.testing.assert_array_equal(series.values, values)
        assert series.at.tolist() == [1, 2, 3]
    run.save(tmp_path)
    assert Run.load(tmp_path).fit.epochs == 3


def test_the_look_before_the_first_step_is_of_the_weights_before_it():
    keras.utils.set_random_seed(1)
    before = sequential()
    before.compile("adam", "binary_crossentropy")
    watch = Watch()
    trained(sequential, watch, validation_split=0.0, shuffle=False)
    rows = np.linspace(0, ROWS - 1, ROWS).astype(int)
    expected = before.evaluate(X[rows], Y[rows], verbose=0, batch_size=ROWS)
    assert watch.run.signals["inference/loss"].values[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.heavy
def test_weights_of_classes_are_seen_as_weights_of_rows():
    watch = Watch()
    trained(sequential, watch, class_weight={0: 1.0, 1: 2.0})
    fit = watch.run.fit
    assert (fit.sample_weight, fit.class_weight) == (True, None)
    assert "fit.class_weight" in watch.run.not_measured


@pytest.mark.heavy
def test_a_nan_in_one_row_of_many_is_found_and_numbered_as_it_came():
    x = np.ones((9000, 3), "float32")
    x[4321, 1] = np.nan
    watch = Watch(rules="dying-relu")
    model = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, np.zeros(9000), batch_size=256, shuffle=False, verbose=0, callbacks=[watch])
    data = watch.run.data
    assert data.inputs[0].non_finite == NonFinite(count=1, rows=1, row=4321, column=[1], kind="NaN")
    assert data.seen.rows <= 4097
    assert data.rows == RowCounts(train=9000)


def test_what_was_learned_from_a_schedule_s_end_is_not_taken_for_its_beginning():
    watch = Watch(every=40)
    halves = keras.callbacks.LearningRateScheduler(lambda _, rate: rate / 2)
    trained(sequential, halves, watch)
    assert watch.run.compile.learning_rate == pytest.approx(0.001)
    assert watch.run.signals["learning_rate"].values[-1] == pytest.approx(0.001 / 8)


def test_several_inputs_and_outputs_and_a_generator():
    one, other = keras.Input((4,), name="one"), keras.Input((4,), name="other")
    both = L.Dense(4, "relu")(L.Concatenate()([one, other]))
    model = keras.Model(
        {"one": one, "other": other}, {"a": L.Dense(1, name="a")(both), "b": L.Dense(1, name="b")(both)}
    )
    model.compile("adam", {"a": "mse", "b": "mae"})

    def batches():
        while True:
            yield {"one": X[:16, :4], "other": X[:16, 4:]}, {"a": Y[:16], "b": Y[:16]}

    watch = Watch()
    model.fit(batches(), steps_per_epoch=5, epochs=2, verbose=0, shuffle=False, callbacks=[watch])
    run = watch.run
    assert [each.name for each in run.data.inputs] == ["one", "other"]
    assert [each.output for each in run.compile.losses] == ["a", "b"]
    assert run.data.split_kind == "", "no validation was logged"
    assert watch.run.signals["inference/loss"].at.tolist() == [0, 1, 2]


def test_batches_without_targets():
    class Rebuilds(keras.Sequential):
        def compute_loss(self, x=None, *others, **_):
            return keras.ops.mean((others[1] - x) ** 2)  # behind the missing targets come the outputs

    model = Rebuilds([keras.Input((8,)), L.Dense(8)])
    model.compile("adam")
    watch = Watch()
    model.fit(X, epochs=2, verbose=0, callbacks=[watch])
    assert watch.run.data.targets == []
    assert watch.run.not_measured["data.targets"] == "the batches hold no targets"
    assert watch.run.signals["loss"].at[0] == 1


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"run_eagerly": True}, "the model was compiled with run_eagerly=True"),
        ({"steps_per_execution": 4}, "the model was compiled with steps_per_execution=4"),
    ],
)
def test_steps_that_cannot_be_read_are_not_measured_and_the_rest_is(arguments, reason, with_rules):
    with_rules(fault_where(lambda _: 0, needs=["signal:gradient_norm"]))
    plain, expected = trained(sequential, compile_arguments=arguments, epochs=2)
    watch = Watch()
    watched, history = trained(sequential, watch, compile_arguments=arguments, epochs=2)
    assert history == expected
    assert_same(plain, watched)
    (finding,) = watch.findings
    assert (finding.outcome, finding.message) == ("not measured", reason[0].upper() + reason[1:] + ".")
    assert watch.run.data.rows == RowCounts(train=256)
    assert watch.run.signals["inference/loss"].at.tolist() == [0, 1, 2]


def test_a_model_that_cannot_be_looked_at_trains_on(caplog):
    class Fails(keras.Model):
        steps = False

        def __init__(self):
            super().__init__()
            self.out = L.Dense(1, "sigmoid")

        def call(self, x):
            if self.steps and keras.config.floatx() == "float32" and x.shape[0] > 16:
                raise ValueError("too many rows for me")
            return self.out(x)

    class Begins(keras.callbacks.Callback):
        def on_train_begin(self, *_):
            self.model.steps = True

    watch = Watch(rules="dying-relu")
    with caplog.at_level(logging.WARNING, "trainwell"):
        trained(Fails, watch, Begins(), validation_split=0.0)
    assert "goes on with less, because the model could not be looked at" in caplog.text
    assert caplog.text.count("goes on") == 1
    assert "too many rows for me" in watch.run.not_measured["inference"]
    assert watch.run.signals["train/loss"].at.tolist() == [1, 2, 3]


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_on_other_backends_there_are_facts_and_logs(backend, monkeypatch, with_rules):
    with_rules(
        fault_where(lambda _: 0, id="TW197", needs=["signal:gradient_norm"]),
        fault_where(lambda _: 0, id="TW198", needs=["signal:train/loss", "compile.losses"]),
        fault_where(lambda _: 0, id="TW199", needs=["data.inputs"]),
    )
    monkeypatch.setattr(keras.config, "backend", lambda: backend)
    watch = Watch()
    trained(sequential, watch)
    assert {name.split("/")[0] for name in watch.run.signals} == {"train", "validation"}
    assert watch.run.model.layers[0].kind == "Dense"
    assert [each.layer_class for each in watch.run.model.calls][-1] == "Dense"
    assert [each.outcome for each in watch.findings] == ["not measured", "passed", "not measured"]
    assert watch.findings[0].message == watch.findings[2].message == f"The Keras backend is {backend}."


# --- what is said ---------------------------------------------------------------------------------------------------


def test_a_fault_of_the_set_up_is_said_once_after_the_first_steps(with_rules, caplog):
    with_rules(fault_where(lambda _: 1))
    when = []
    caplog.set_level(logging.WARNING, "trainwell")

    class Notes(keras.callbacks.Callback):
        def on_train_batch_end(self, *_, **__):
            when.append(len(caplog.records))

    trained(sequential, Watch(first=5), Notes())
    assert when == [0] * 5 + [1] * 43
    assert [record.getMessage() for record in caplog.records] == ["trainwell: TW198 planted-tw198: Something is wrong."]


@pytest.mark.heavy
@pytest.mark.parametrize("trainer", [keras.Model.fit, tw.fit])
def test_stop_on_fatal_stops_there(trainer, with_rules):
    with_rules(fault_where(lambda _: 1))
    watch = Watch(stop_on="fatal", first=5)
    model, history = trained(sequential, watch, trainer=trainer)
    assert len(history["loss"]) == 1
    assert 6 <= int(model.optimizer.iterations) < 16
    assert watch.run.fit.stopped_by_callback


@pytest.mark.heavy
def test_other_faults_never_stop_and_are_said_at_the_end(with_rules, caplog):
    with_rules(fault_where(lambda _: 1, severity="serious"))
    caplog.set_level(logging.WARNING, "trainwell")
    for verbose, lines in ((True, 1), (False, 0)):
        caplog.clear()
        _, history = trained(sequential, Watch(stop_on="fatal", verbose=verbose))
        assert len(history["loss"]) == 3
        assert len(caplog.records) == lines


def test_a_fault_of_the_data_waits_for_all_rows_of_an_epoch(with_rules):
    with_rules(fault_where(lambda run: run.data.seen.rows < 256 or 1, id="TW098", family="data"))
    watch = Watch(stop_on="fatal", first=5)
    model, history = trained(sequential, watch)
    assert (len(history["loss"]), int(model.optimizer.iterations)) == (1, 16)


@pytest.mark.heavy
def test_a_fault_of_the_training_must_last(with_rules):
    def at_first(run):
        return 1 if run.fit.epochs_run <= 2 else 0

    with_rules(fault_where(at_first, id="TW398", family="speed"))
    _, history = trained(sequential, Watch(stop_on="fatal"), epochs=8)
    assert len(history["loss"]) == 8
    with_rules(fault_where(lambda _: 1, id="TW398", family="speed"))
    _, history = trained(sequential, Watch(stop_on="fatal"), epochs=8)
    assert len(history["loss"]) == 3
    _, history = trained(sequential, Watch(stop_on="fatal"), epochs=50)
    assert len(history["loss"]) == 6


def diverging():
    model = keras.Sequential([keras.Input((8,)), L.Dense(1)])
    model.compile(keras.optimizers.SGD(1e30), "mse")
    return model


def test_a_loss_that_is_no_number_counts_at_once():
    model, watch = diverging(), Watch(stop_on="fatal")
    model.fit(X, X[:, :1], batch_size=8, epochs=3, verbose=0, callbacks=[watch])
    assert int(model.optimizer.iterations) < len(X) // 8
    assert [each.rule.name for each in watch.faults] == ["non-finite-loss"]


@pytest.mark.heavy
def test_nothing_stops_that_was_not_asked_to():
    history = diverging().fit(X, X[:, :1], batch_size=8, epochs=3, verbose=0, callbacks=[Watch()])
    assert len(history.history["loss"]) == 3


@pytest.mark.heavy
def test_a_rule_that_fails_is_not_measured_and_the_others_are(with_rules):
    def fails(run):
        return run.fit.what_no_callback_sees

    def cannot(_):
        raise NotMeasured("no one can see it")

    with_rules(fault_where(fails, id="TW197"), fault_where(lambda _: 1, id="TW198"), fault_where(cannot, id="TW199"))
    watch = Watch()
    trained(sequential, watch, epochs=1)
    assert [each.outcome for each in watch.findings] == ["not measured", "fault", "not measured"]
    assert "what_no_callback_sees" in watch.findings[0].message


def test_rules_may_be_chosen_and_ignored():
    watch = Watch(rules=["dying-relu"], ignore="TW203")
    trained(sequential, watch, epochs=1)
    assert [(each.rule.id, each.outcome) for each in watch.findings] == [("TW203", "ignored")]


@pytest.mark.heavy
def test_a_long_training_is_judged_some_dozens_of_times(with_rules):
    judged = []
    with_rules(fault_where(lambda run: judged.append(run.fit.epochs_run) or 0))
    trained(sequential, Watch(), epochs=60, batch_size=320, validation_split=0.0)
    assert judged[:10] == list(range(1, 11))
    assert len(judged) < 32
    assert judged[-1] == 60


def test_the_diagnosis_holds_run_and_findings():
    pytest.importorskip("trainwell.diagnosis.diagnosis")
    watch = Watch(rules="dying-relu")
    trained(sequential, watch, epochs=1)
    assert watch.diagnosis.run is watch.run
    assert list(watch.diagnosis.findings) == watch.findings


def test_bad_arguments_say_what_to_give():
    for arguments, words in (
        ({"stop_on": "serious"}, 'Give "fatal"'),
        ({"rules": "dying-rel"}, "Did you mean"),
        ({"ignore": "nonsense"}, "no rule 'nonsense'"),
        ({"every": 0}, "every is 0"),
    ):
        with pytest.raises(InputError, match=words):
            Watch(**arguments)
    with pytest.raises(InputError, match="has not seen a training"):
        Watch().findings  # noqa: B018 -- what it raises is looked at


@pytest.mark.parametrize("epochs", [1, 3])
def test_kernels_are_described_as_they_were_before_the_first_step(epochs):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8,)), L.Dense(4, "tanh", name="hidden"), L.Dense(1, name="head")])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    before = float(np.sqrt(np.mean(np.asarray(model.get_layer("hidden").kernel) ** 2)))
    watch = Watch()
    model.fit(X, X[:, :1], epochs=epochs, verbose=0, callbacks=[watch])
    (kernel,) = watch.run.model.calls[0].kernels
    assert kernel.rms == pytest.approx(before, rel=1e-6)
