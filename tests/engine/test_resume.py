"""A training that is cut off and begun again ends at the weights of one that was not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine.resume import FILE
from trainwell.errors import InputError

L = keras.layers


@pytest.fixture
def data():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(150, 6)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("int32")


def make(units=8):
    keras.utils.set_random_seed(3)
    hidden = [L.Dense(units, activation="elu"), L.BatchNormalization(), L.Dropout(0.3)]
    model = keras.Sequential([keras.Input((6,)), *hidden, L.Dense(1, activation="sigmoid")])
    optimizer = keras.optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=7)
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    return model


class CutOff(keras.callbacks.Callback):
    """Cuts the training off after some steps, as often as there are numbers."""

    def __init__(self, after):
        super().__init__()
        self.left = list(after)

    def on_epoch_begin(self, epoch, logs=None):
        del logs
        if self.left and epoch == self.left[0]:
            del self.left[0]
            raise ConnectionAbortedError


def callbacks(folder):
    return [
        keras.callbacks.EarlyStopping(monitor="loss", patience=3, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau(monitor="val_loss", patience=1, factor=0.5),
        keras.callbacks.ModelCheckpoint(folder / "best.weights.h5", save_best_only=True, save_weights_only=True),
        keras.callbacks.CSVLogger(folder / "log.csv"),
    ]


def train(data, folder, cut=None, **arguments):
    """Trains, again and again where it was cut off, each time as a new process would: from a new model."""
    folder.mkdir(exist_ok=True)
    while True:
        model = make()
        parts = [*callbacks(folder), *([cut] if cut else [])]
        arguments_ = {"epochs": 8, "batch_size": 16, "verbose": 0, "validation_split": 0.2, **arguments}
        try:
            history = tw.fit(model, *data, callbacks=parts, **arguments_)
        except ConnectionAbortedError:
            parts[-2].csv_file.close()  # as the end of a process does
            random.seed(99)
            np.random.seed(99)  # noqa: NPY002 -- another process has other generators
            continue
        return model, history


OTHERS = ({"steps_per_epoch": 4}, {"shuffle": "batch"}, {"epochs": 40})


@pytest.mark.heavy
@pytest.mark.parametrize("arguments", [{}, *OTHERS], ids=str)
def test_a_training_cut_off_ends_at_the_same_weights(arguments, data, tmp_path):
    model, history = train(data, tmp_path / "whole", **arguments)
    draws = random.random(), np.random.rand()  # noqa: NPY002
    cut, cut_history = train(data, tmp_path / "cut", CutOff([1, 2, 5]), resume=tmp_path / "state", **arguments)
    assert draws == (random.random(), np.random.rand())  # noqa: NPY002
    assert cut_history.history == history.history
    assert cut_history.epoch == history.epoch
    for one, other in zip(model.variables, cut.variables, strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(model.optimizer.variables, cut.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (tmp_path / "cut" / "log.csv").read_text() == (tmp_path / "whole" / "log.csv").read_text()


def test_a_finished_training_is_given_back_and_a_longer_one_goes_on(data, tmp_path):
    model, _ = train(data, tmp_path, resume=tmp_path / "state", epochs=3)
    again, history = train(data, tmp_path, resume=tmp_path / "state", epochs=3)
    assert history.epoch == [0, 1, 2]
    assert len(again.history.history["loss"]) == 3
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    longer, history = train(data, tmp_path, resume=tmp_path / "state", epochs=5)
    assert history.epoch == [0, 1, 2, 3, 4]
    assert any((one != other).any() for one, other in zip(model.get_weights(), longer.get_weights(), strict=True))


@pytest.mark.heavy
def test_a_file_of_another_training_is_refused_and_named(data, tmp_path):
    tw.fit(make(), *data, epochs=1, verbose=0, resume=tmp_path)
    with pytest.raises(InputError, match="of another training: its model was"):
        tw.fit(make(units=9), *data, epochs=1, verbose=0, resume=tmp_path)
    with pytest.raises(InputError, match=r"of another training: its data was .*batch_size"):
        tw.fit(make(), *data, epochs=1, verbose=0, resume=tmp_path, batch_size=7)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"text"])
def test_a_broken_file_is_refused_and_named(content, data, tmp_path):
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(InputError, match=f"{FILE} is not the state of a training"):
        tw.fit(make(), *data, verbose=0, resume=tmp_path)


def test_a_folder_that_cannot_be_made_is_named(data, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        tw.fit(make(), *data, verbose=0, resume=tmp_path / "file" / "folder")


def test_resume_under_keras_s_own_loop_is_refused(data, tmp_path):
    model = make()
    model.run_eagerly = True
    with pytest.raises(InputError, match="resume= needs trainwell's own loop"):
        tw.fit(model, *data, verbose=0, resume=tmp_path)


def test_keras_s_backup_works_with_a_word_about_resume(data, tmp_path, caplog):
    tw.fit(make(), *data, epochs=1, verbose=0, callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "backup")])
    assert "tw.fit(..., resume=folder)" in caplog.text


SCRIPT = """
import sys
from pathlib import Path
import numpy as np
import trainwell as tw
import keras
L = keras.layers
generator = np.random.default_rng(0)
x = generator.normal(size=(2000, 6)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")
keras.utils.set_random_seed(3)
model = keras.Sequential([keras.Input((6,)), L.Dense(8), L.Dropout(0.3), L.Dense(1, activation="sigmoid")])
model.compile(keras.optimizers.Adam(0.001), "binary_crossentropy")
class Tell(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print(epoch, flush=True)
early = keras.callbacks.EarlyStopping(monitor="loss", patience=10_000, restore_best_weights=True)
tw.fit(model, x, y, epochs=int(sys.argv[2]), verbose=0, resume=sys.argv[1], callbacks=[early, Tell()])
model.save_weights(Path(sys.argv[1]) / "end.weights.h5")
np.save(Path(sys.argv[1]) / "end.npy", np.concatenate([w.ravel() for w in model.get_weights()]))
"""


def start(folder, epochs):
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), folder, str(epochs)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.heavy
@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_process_killed_at_any_moment_goes_on_to_the_same_weights(kills, tmp_path):
    epochs = 40 * (kills + 1)
    with start(tmp_path / "whole", epochs) as whole:
        whole.communicate()
    moments = np.random.default_rng(kills)
    for _ in range(kills):
        with start(tmp_path / "killed", epochs) as process:
            lines = int(moments.integers(1, 40))
            for _ in range(lines):
                process.stdout.readline()
            time.sleep(moments.uniform(0, 0.02))  # within an epoch, or while the state is being written
            os.kill(process.pid, signal.SIGKILL)
    assert not (tmp_path / "killed" / "end.npy").exists(), "it was to be killed before its end"
    with start(tmp_path / "killed", epochs) as last:
        seen = last.communicate()[0].split()
    assert 0 < len(seen) < epochs, "the last process should have gone on, not begun anew"
    np.testing.assert_array_equal(np.load(tmp_path / "killed" / "end.npy"), np.load(tmp_path / "whole" / "end.npy"))
