"""What stays after a call on a model that is dropped: nothing but what the first calls of a process make once.

Counts only: live arrays, compiled executables, models, open files and threads. How much memory that is, and what Keras
itself leaves, is measured by `benchmarks/memory.py`.
"""

import gc
import threading
from pathlib import Path

import jax
import keras
import numpy as np
import pytest

import trainwell as tw

L = keras.layers
FILES = Path("/proc/self/fd")


def rows(count=256):
    x = np.random.default_rng(0).normal(size=(count, 6)).astype("float32")
    return x, (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype("int32")


def net(rate=1e-2):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), L.Dense(8, "relu"), L.Dropout(0.1), L.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model


def alive():
    gc.collect()
    return {
        "arrays": len(jax.live_arrays()),
        "executables": len(jax.devices()[0].client.live_executables()),
        "models": sum(issubclass(type(each), keras.Model) for each in gc.get_objects()),
        "files": len(list(FILES.iterdir())) if FILES.exists() else 0,
        "threads": threading.active_count(),
    }


def assert_nothing_stays(call, *, rounds=3):
    """The first two calls may leave what every process makes once; after the others there is as much as before."""
    for _ in range(2):
        call()
    before = alive()
    for _ in range(rounds):
        call()
    assert alive() == before


def test_a_training_leaves_nothing():
    x, y = rows()
    assert_nothing_stays(lambda: tw.fit(net(), x, y, epochs=2, validation_data=(x, y), verbose=0), rounds=2)


@pytest.mark.heavy
def test_a_training_with_batches_from_a_generator_leaves_nothing():
    x, y = rows()

    def batches():
        while True:
            for start in range(0, len(x), 32):
                yield x[start : start + 32], y[start : start + 32]

    assert_nothing_stays(lambda: tw.fit(net(), batches(), steps_per_epoch=4, epochs=2, verbose=0, shuffle=False))


@pytest.mark.heavy
def test_a_training_that_a_callback_raises_in_leaves_nothing():
    x, y = rows()

    class Failing(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            del epoch, logs
            raise RuntimeError("no more")

    def call():
        with pytest.raises(RuntimeError, match="no more"):
            tw.fit(net(), x, y, epochs=2, verbose=0, callbacks=[Failing()])

    assert_nothing_stays(call)


@pytest.mark.heavy
def test_a_training_that_is_kept_on_disk_leaves_nothing(tmp_path):
    x, y = rows()
    folders = iter(range(10))
    assert_nothing_stays(lambda: tw.fit(net(), x, y, epochs=2, verbose=0, resume=tmp_path / str(next(folders))))


@pytest.mark.heavy
def test_a_recorded_and_a_watched_training_leave_nothing():
    x, y = rows()

    def call():
        tw.fit(net(), x, y, epochs=1, verbose=0, recording=tw.Recording())
        net().fit(x, y, epochs=1, verbose=0, callbacks=[tw.Watch(verbose=False)])

    assert_nothing_stays(call, rounds=2)


@pytest.mark.heavy
def test_a_model_that_stays_keeps_its_values_and_programs_alone():
    x, y = rows()
    model = net()
    for _ in range(2):
        tw.fit(model, x, y, epochs=1, verbose=0)
    before = alive()
    for _ in range(3):
        tw.fit(model, x, y, epochs=1, verbose=0)
    assert alive() == before
    values = len(model.variables) + len(model.optimizer.variables) + len(model.metrics_variables)
    others = before["arrays"] - values
    del model
    assert alive()["arrays"] <= others


@pytest.mark.heavy
def test_a_range_test_leaves_nothing():
    x, y = rows()
    assert_nothing_stays(lambda: tw.find_lr(net(), x, y, steps=20, confirm=False), rounds=1)


@pytest.mark.heavy
def test_many_copies_leave_nothing():
    x, y = rows()
    assert_nothing_stays(lambda: tw.fit_many(net(), x, y, learning_rates=[1e-3, 1e-2]), rounds=2)


@pytest.mark.heavy
def test_a_diagnosis_leaves_nothing():
    x, y = rows()
    assert_nothing_stays(lambda: str(tw.diagnose(net(), x, y, epochs=2, validation_data=(x, y))), rounds=2)


@pytest.mark.heavy
def test_a_diagnosis_by_facts_leaves_nothing():
    x, y = rows()
    wrong = {"rules": "signed-labels", "epochs": 1}
    assert_nothing_stays(lambda: tw.diagnose(net(), x, np.where(y, 1, -1), **wrong), rounds=1)


@pytest.mark.heavy
def test_a_diagnosis_that_is_kept_keeps_no_model():
    x, y = rows()
    before = alive()
    found = tw.diagnose(net(), x, y, epochs=1)
    after = alive()
    assert found.run.fit.steps > 0
    assert (after["models"], after["arrays"]) == (before["models"], before["arrays"])


@pytest.mark.slow
def test_a_repair_leaves_nothing():
    x, y = rows(400)
    given = {"validation_data": (x[:150], y[:150]), "epochs": 3}
    assert_nothing_stays(lambda: str(tw.repair(net(3.0), x[150:], y[150:], **given)), rounds=1)


@pytest.mark.slow
def test_a_repair_that_is_kept_keeps_the_two_models_that_it_shows():
    x, y = rows(400)
    given = {"validation_data": (x[:150], y[:150]), "epochs": 3}
    model = net(3.0)
    found = tw.repair(model, x[150:], y[150:], **given)
    alive()  # collects
    kept = [each for each in gc.get_objects() if type(each) is keras.Sequential]
    assert {id(each) for each in kept} == {id(model), id(found.model)}
    assert found.model is not model
