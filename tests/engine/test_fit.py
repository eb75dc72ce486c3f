"""The loop around the program: callbacks, progress, interruption, hand-over to Keras."""

from __future__ import annotations

import functools
import gc
import logging
import os
import signal
import weakref

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine import program, programs, state
from trainwell.engine.feeds import FeedPart

L = keras.layers


@pytest.fixture
def line():
    x = np.linspace(-1, 1, 200, dtype="float32")[:, None]
    return x, 3 * x + 1


def make(**compile_arguments):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), L.Dense(4, activation="tanh"), L.Dense(1)])
    model.compile(**{"optimizer": keras.optimizers.SGD(0.1), "loss": "mse", **compile_arguments})
    return model


class Steps(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_steps_end(self, step, logs=None):
        self.seen.append((step, logs["loss"]))


def test_steps_are_reported_within_the_epoch(line):
    steps = Steps()
    tw.fit(make(), *line, batch_size=2, epochs=1, verbose=0, callbacks=[steps])
    counts = [step for step, _ in steps.seen]
    assert counts == sorted(counts)
    assert counts[-1] == 100
    assert len(counts) >= 2, "progress should move within the epoch"
    assert all(isinstance(loss, float) for _, loss in steps.seen)


@pytest.mark.heavy
def test_early_stopping_restores_the_best_weights(line):
    def run(fit):
        early = keras.callbacks.EarlyStopping(monitor="loss", patience=2, restore_best_weights=True, min_delta=0.05)
        model = make()
        history = fit(model, *line, epochs=30, verbose=0, callbacks=[early])
        return model.get_weights(), history.history, early.stopped_epoch

    ours, theirs = run(functools.partial(tw.fit, exact=True)), run(keras.Model.fit)
    assert ours[1:] == theirs[1:]
    assert ours[2] > 0
    for one, other in zip(ours[0], theirs[0], strict=True):
        np.testing.assert_array_equal(one, other)


def test_callbacks_may_change_the_rate_and_read_the_weights(line):
    def run(fit):
        model, norms = make(), []
        plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=1.0)
        reader = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda _, __: norms.append(np.linalg.norm(model.get_weights()[0]))
        )
        fit(model, *line, epochs=5, verbose=0, callbacks=[plateau, reader])
        return norms, float(model.optimizer.learning_rate)

    ours = run(functools.partial(tw.fit, exact=True))
    assert ours == run(keras.Model.fit)
    assert ours[1] < 0.1


def test_checkpoints_by_epoch_stay_with_the_engine(line, tmp_path, caplog):
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="loss", save_best_only=True)
    tw.fit(make(), *line, epochs=2, verbose=0, callbacks=[checkpoint])
    assert (tmp_path / "best.keras").is_file()
    assert not caplog.records


class Batches(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.count = 0

    def on_train_batch_end(self, batch, logs=None):
        del batch, logs
        self.count += 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"callbacks": [Batches()]}, "Batches acts on each batch (on_train_batch_end)"),
    ],
)
def test_what_the_engine_cannot_take_goes_to_keras_and_says_so_once(line, caplog, change, words):
    with caplog.at_level(logging.WARNING, logger="trainwell"):
        for _ in range(2):
            tw.fit(make(), *line, verbose=0, **change)
    assert [words in record.getMessage() for record in caplog.records] == [True]


def test_batch_callbacks_see_every_batch(line):
    batches = Batches()
    tw.fit(make(), *line, batch_size=20, epochs=2, verbose=0, callbacks=[batches])
    assert batches.count == 20


@pytest.mark.heavy
def test_eager_models_go_to_keras(line, caplog):
    x, y = line
    tw.fit(make(run_eagerly=True), x[:20], y[:20], verbose=0)
    assert "run_eagerly" in caplog.text


def test_keras_rejects_with_its_own_words(line):
    x, y = line
    with pytest.raises(ValueError, match="Make sure all arrays contain the same number of samples"):
        tw.fit(make(), x, y[:-1], verbose=0)
    with pytest.raises(ValueError, match="You must call `compile\\(\\)`"):
        tw.fit(keras.Sequential([L.Dense(1)]), x, y, verbose=0)


def test_nan_in_the_data_trains_as_in_keras(line):
    x, y = line
    x = x.copy()
    x[50] = np.nan

    def run(fit):
        model = make()
        return fit(model, x, y, epochs=1, verbose=0).history["loss"], model.get_weights()

    ours, theirs = run(functools.partial(tw.fit, exact=True)), run(keras.Model.fit)
    assert np.isnan(ours[0]).all()
    for one, other in zip(ours[1], theirs[1], strict=True):
        np.testing.assert_array_equal(one, other)


class PressCtrlC(keras.callbacks.Callback):
    def on_train_steps_end(self, step, logs=None):
        del logs
        if step >= 20:
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_leaves_the_weights_reached(line):
    model = make()
    before = model.get_weights()
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        tw.fit(model, *line, batch_size=2, epochs=5, verbose=0, callbacks=[PressCtrlC()])
    assert signal.getsignal(signal.SIGINT) is handler
    assert np.isfinite(np.concatenate([w.ravel() for w in model.get_weights()])).all()
    assert any((one != other).any() for one, other in zip(before, model.get_weights(), strict=True))
    assert int(model.optimizer.iterations) >= 20
    tw.fit(model, *line, epochs=1, verbose=0)  # and the model trains on


def test_an_error_in_a_callback_leaves_a_usable_model(line):
    def fail(step, logs):
        del step, logs
        raise RuntimeError("no")

    class Fails(keras.callbacks.Callback):
        on_train_steps_end = staticmethod(fail)

    model = make()
    with pytest.raises(RuntimeError, match="no"):
        tw.fit(model, *line, verbose=0, callbacks=[Fails()])
    assert np.isfinite(model.predict(line[0], verbose=0)).all()


def test_keras_s_own_progress_bar_shows(line, capsys):
    tw.fit(make(), *line, epochs=2, verbose=2)
    out = capsys.readouterr().out
    assert "Epoch 2/2" in out
    assert "loss:" in out


def sizes(steps):
    """How often the step was compiled for a batch alone, for one within a chunk, and in a loop."""
    return [function._cache_size() for function in (steps._alone, steps._within, steps._loop)]


def test_a_shorter_part_compiles_nothing(line):
    model = make()
    model.optimizer.build(model.trainable_variables)
    runner = program.StepProgram(model.train_step, exact=True)
    chunk = tuple(array[:192].reshape(64, 3, 1) for array in line)
    for start, stop in ((0, 64), (3, 7), (60, 64), (0, 1)):
        values, logs = runner(state.train_state(model), FeedPart(chunk, start, stop))
        assert logs["loss"].shape == (stop - start,)
        state.give_back_train(model, values)
    assert sizes(runner) == [0, 0, 1]
    runner(state.train_state(model), FeedPart(tuple(array[192:] for array in line), alone=True))
    assert sizes(runner) == [1, 0, 1]


def test_another_length_of_the_data_compiles_its_last_batch_at_most(line):
    model = make()
    for rows in (200, 64, 96, 128):
        tw.fit(model, line[0][:rows], line[1][:rows], epochs=1, verbose=0)
    assert sizes(programs.Programs.of(model, exact=False).train.steps) == [1, 0, 1]
    tw.fit(model, line[0][:65], line[1][:65], epochs=1, verbose=0)
    assert sizes(programs.Programs.of(model, exact=False).train.steps) == [2, 0, 1]


@pytest.mark.heavy
def test_another_fit_compiles_nothing_until_the_model_is_compiled_anew(line):
    model = make()
    tw.fit(model, *line, epochs=1, verbose=0)
    first = programs.Programs.of(model, exact=False)
    tw.fit(model, *line, epochs=1, verbose=0, validation_data=line)
    tw.fit(model, *line, epochs=1, verbose=0, validation_data=line)
    assert programs.Programs.of(model, exact=False) is first
    assert (sizes(first.train.steps), sizes(first.test.steps)) == ([1, 0, 1], [1, 0, 1])
    model.compile("adam", "mae")
    tw.fit(model, *line, epochs=1, verbose=0)
    assert programs.Programs.of(model, exact=False) is not first


def test_a_model_is_collected_with_its_programs(line):
    model = make()
    tw.fit(model, *line, epochs=1, verbose=0)
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None


@pytest.mark.heavy
def test_exact_convolutions_are_called_step_by_step_on_a_cpu():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(2, 3), L.Flatten(), L.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((64, 8, 8, 1), "float32"), np.zeros((64, 1), "float32")
    tw.fit(model, x, y, batch_size=32, verbose=0, exact=True)
    assert sizes(programs.Programs.of(model, exact=True).train.steps) == [0, 1, 0]


def deep(depth=60):
    keras.utils.set_random_seed(0)
    hidden = [L.Dense(6, activation="selu", kernel_initializer="lecun_normal") for _ in range(depth)]
    model = keras.Sequential([keras.Input((1,)), *hidden, L.Dense(1)])
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    return model


@pytest.mark.heavy
def test_a_short_training_of_a_deep_net_is_folded_to_the_same_weights(line):
    folded, plain = deep(), deep()
    tw.fit(folded, *line, epochs=2, verbose=0, shuffle=False, validation_data=line)
    tw.fit(plain, *line, epochs=2, verbose=0, shuffle=False, validation_data=line, fold=False)
    assert programs.Programs.of(folded, exact=False).folding is not None
    assert programs.Programs.of(plain, exact=False).folding is None
    assert folded.history.history["val_loss"] == pytest.approx(plain.history.history["val_loss"], rel=1e-4)
    for one, other in zip(folded.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_folding_is_for_short_trainings_deep_nets_and_who_asks_for_it():
    def folding(model, **arguments):
        model.optimizer.build(model.trainable_variables)
        return programs.Programs.of(model, exact=False, **arguments).folding

    assert folding(deep(), steps=100) is not None
    assert folding(deep(), steps=1_000_000) is None
    assert folding(deep(), steps=1_000_000, fold=True) is not None
    assert folding(deep(6), steps=10) is None
    assert folding(deep(6), fold=True) is not None
    model = make()
    assert folding(model, fold=True) is None
    assert programs.Programs.of(model, exact=False, fold=True) is programs.Programs.of(model, exact=False)
