"""The loop around the program: callbacks, progress, interruption, hand-over to Keras."""

from __future__ import annotations

import gc
import logging
import os
import signal
import weakref

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine import handover, program, programs, state

L = keras.layers


@pytest.fixture(autouse=True)
def _fresh_memory_of_what_was_said():
    handover._said.clear()


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


def test_early_stopping_restores_the_best_weights(line):
    def run(fit):
        early = keras.callbacks.EarlyStopping(monitor="loss", patience=2, restore_best_weights=True, min_delta=0.05)
        model = make()
        history = fit(model, *line, epochs=30, verbose=0, callbacks=[early])
        return model.get_weights(), history.history, early.stopped_epoch

    ours, theirs = run(tw.fit), run(keras.Model.fit)
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

    ours = run(tw.fit)
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
        ({"steps_per_epoch": 2}, "steps_per_epoch or validation_steps"),
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


def test_eager_models_and_generators_go_to_keras(line, caplog):
    x, y = line
    tw.fit(make(run_eagerly=True), x[:20], y[:20], verbose=0)

    class Pairs(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return x[index : index + 4], y[index : index + 4]

    tw.fit(make(), Pairs(), verbose=0)
    assert "run_eagerly" in caplog.text
    assert "Pairs, not arrays in memory" in caplog.text


def test_memory_maps_are_not_loaded_whole(tmp_path, line, caplog):
    x, y = line
    path = tmp_path / "x.npy"
    np.save(path, x)
    tw.fit(make(), np.load(path, mmap_mode="r"), y, verbose=0)
    assert "memory-mapped" in caplog.text


def test_keras_rejects_with_its_own_words(line):
    x, y = line
    with pytest.raises(ValueError, match="Make sure all arrays contain the same number of samples"):
        tw.fit(make(), x, y[:-1], verbose=0)
    with pytest.raises(ValueError, match="You must call `compile\\(\\)`"):
        tw.fit(keras.Sequential([L.Dense(1)]), x, y, verbose=0)


def test_validation_by_generator(line):
    x, y = line

    class Pairs(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return x[index * 10 : index * 10 + 10], y[index * 10 : index * 10 + 10]

    history = tw.fit(make(), x, y, epochs=1, verbose=0, validation_data=Pairs(workers=0))
    assert history.history["val_loss"][0] > 0


def test_nan_in_the_data_trains_as_in_keras(line):
    x, y = line
    x = x.copy()
    x[50] = np.nan

    def run(fit):
        model = make()
        return fit(model, x, y, epochs=1, verbose=0).history["loss"], model.get_weights()

    ours, theirs = run(tw.fit), run(keras.Model.fit)
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


def test_a_shorter_epoch_and_another_epoch_compile_nothing(line):
    model = make()
    model.optimizer.build(model.trainable_variables)
    runner = program.StepProgram(model.train_step, exact=True)
    single, loop = runner._compiled
    for rows in (200, 100, 35, 200):
        order = np.arange(rows, dtype=np.int32)
        *_, (values, _) = runner.run(state.train_state(model), line, order, 5)
        state.give_back_train(model, values)
    assert (loop._cache_size(), single._cache_size()) == (1, 0)
    list(runner.run(state.train_state(model), line, np.arange(33, dtype=np.int32), 5))
    assert (loop._cache_size(), single._cache_size()) == (1, 1)


def test_another_fit_compiles_nothing_until_the_model_is_compiled_anew(line):
    model = make()
    tw.fit(model, *line, epochs=1, verbose=0)
    first = programs.Programs.of(model, exact=False)
    tw.fit(model, *line, epochs=1, verbose=0, validation_data=line)
    tw.fit(model, *line, epochs=1, verbose=0, validation_data=line)
    assert programs.Programs.of(model, exact=False) is first
    assert [f._cache_size() for f in (*first.train._compiled, *first.test._compiled)] == [1, 1, 1, 1]
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


def test_exact_convolutions_are_called_step_by_step_on_a_cpu():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(2, 3), L.Flatten(), L.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((64, 8, 8, 1), "float32"), np.zeros((64, 1), "float32")
    tw.fit(model, x, y, batch_size=32, verbose=0, exact=True)
    single, loop = programs.Programs.of(model, exact=True).train._compiled
    assert (single._cache_size(), loop._cache_size()) == (1, 0)
