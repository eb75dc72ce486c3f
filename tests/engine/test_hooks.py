"""Batch hooks replayed after the fact: the same calls, logs and weights as Keras's own loop gives."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine import hooks

L = keras.layers


@pytest.fixture
def line():
    x = np.linspace(-1, 1, 203, dtype="float32")[:, None]
    return x, 3 * x + 1


def make(**compile_arguments):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), L.Dense(4, activation="tanh"), L.Dropout(0.1), L.Dense(1)])
    model.compile(**{"optimizer": keras.optimizers.Adam(0.01), "loss": "mse", "metrics": ["mae"], **compile_arguments})
    return model


class Diary(keras.callbacks.Callback):
    """Writes down all that it hears; may stop, or fail, at one step."""

    replay_batches = True

    def __init__(self, stop_at=None, fail_at=None, stop_testing_at=None):
        super().__init__()
        self.heard = []
        self.stop_at, self.fail_at, self.stop_testing_at = stop_at, fail_at, stop_testing_at
        self.steps = 0

    def on_train_batch_begin(self, batch, logs=None):
        self.heard.append(("begin", batch, logs))

    def on_train_batch_end(self, batch, logs=None):
        self.heard.append(("end", batch, logs))
        self.steps += 1
        if self.steps == self.stop_at:
            self.model.stop_training = True
        if self.steps == self.fail_at:
            raise RuntimeError("enough")

    def on_test_batch_end(self, batch, logs=None):
        self.heard.append(("test", batch, logs))
        if batch == self.stop_testing_at:
            self.model.stop_evaluating = True


def compare(assert_same_as_keras, line, make_callbacks, *, fails=None, compile_arguments=None, **arguments):
    def run(fit):
        model, callbacks = make(**(compile_arguments or {})), make_callbacks()
        arguments_ = {"batch_size": 4, "epochs": 3, "verbose": 0, "validation_data": line, **arguments}
        if fails:
            with pytest.raises(fails):
                fit(model, *line, callbacks=callbacks, **arguments_)
            history = {}
        else:
            history = fit(model, *line, callbacks=callbacks, **arguments_).history
        return model, repr(history), [repr(c.heard) for c in callbacks if isinstance(c, Diary)]

    assert_same_as_keras(run)


@pytest.mark.heavy
def test_every_step_is_replayed_with_its_logs(line, assert_same_as_keras, caplog):
    compare(assert_same_as_keras, line, lambda: [Diary()])
    assert not caplog.records


@pytest.mark.parametrize("step", [52, *(pytest.param(step, marks=pytest.mark.heavy) for step in (1, 2, 17, 51, 70))])
def test_who_stops_within_a_call_gets_the_weights_of_that_step(step, line, assert_same_as_keras):
    compare(assert_same_as_keras, line, lambda: [Diary(stop_at=step)])


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.heavy), 30])
def test_who_fails_within_a_call_leaves_the_weights_of_that_step(step, line, assert_same_as_keras):
    compare(assert_same_as_keras, line, lambda: [Diary(fail_at=step)], fails=RuntimeError)


@pytest.mark.heavy
def test_a_validation_may_be_stopped(line, assert_same_as_keras):
    compare(assert_same_as_keras, line, lambda: [Diary(stop_testing_at=9)])


@pytest.mark.heavy
@pytest.mark.parametrize("stride", [3, 64])
def test_hooks_are_called_once_per_execution(stride, line, assert_same_as_keras):
    compare(assert_same_as_keras, line, lambda: [Diary()], compile_arguments={"steps_per_execution": stride})


class StopsBeforeTheEpoch(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        del logs
        self.model.stop_training = epoch == 1


@pytest.mark.heavy
def test_a_stop_before_the_epoch_takes_one_step_more(line, assert_same_as_keras):
    compare(assert_same_as_keras, line, lambda: [StopsBeforeTheEpoch()])


@pytest.mark.parametrize("poisoned", [20, *(pytest.param(step, marks=pytest.mark.heavy) for step in (0, 202))])
def test_training_ends_at_the_first_loss_that_is_not_finite(poisoned, line, assert_same_as_keras, caplog):
    x, y = line
    y = y.copy()
    y[poisoned] = np.inf
    compare(assert_same_as_keras, (x, y), lambda: [keras.callbacks.TerminateOnNaN()], shuffle=False)
    assert not caplog.records


def test_a_loss_that_is_not_finite_may_raise(line, assert_same_as_keras):
    x, y = line
    y = y.copy()
    y[100] = np.nan
    compare(
        assert_same_as_keras, (x, y), lambda: [keras.callbacks.TerminateOnNaN(raise_error=True)], fails=RuntimeError
    )


class ActsOnBatches(keras.callbacks.Callback):
    def on_batch_end(self, batch, logs=None):
        del batch, logs
        self.model.optimizer.learning_rate.assign(self.model.optimizer.learning_rate * 0.9)


def test_who_acts_on_batches_is_named_with_the_hook(tmp_path):
    assert hooks.batch_hook(ActsOnBatches()) == "on_batch_end"
    assert not hooks.can_be_replayed(ActsOnBatches())
    by_step = keras.callbacks.ModelCheckpoint(tmp_path / "m.keras", save_freq=10)
    assert hooks.batch_hook(by_step) == "on_train_batch_end"
    assert not hooks.can_be_replayed(by_step)
    assert hooks.batch_hook(keras.callbacks.ModelCheckpoint(tmp_path / "m.keras")) is None
    assert hooks.batch_hook(keras.callbacks.EarlyStopping()) is None


def test_a_listener_may_stop_within_the_epoch(line):
    class Enough(keras.callbacks.Callback):
        def on_train_steps_end(self, step, logs=None):
            del logs
            self.model.stop_training = step >= 3

    model = make()
    tw.fit(model, *line, batch_size=1, epochs=5, verbose=0, callbacks=[Enough()])
    assert 3 <= int(model.optimizer.iterations) < len(line[0])
