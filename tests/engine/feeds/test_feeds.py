"""Every source of data gives the batches, weights and logs of `keras.Model.fit`; large ones within their limit."""

from __future__ import annotations

import itertools
import logging
import math
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import load_digits

import trainwell as tw
from trainwell.engine.feeds import choice, make_feed
from trainwell.engine.feeds.device_arrays import DeviceArrays
from trainwell.engine.feeds.host_arrays import HostArrays
from trainwell.engine.feeds.keras_batches import KerasBatches
from trainwell.errors import InputError

L = keras.layers
BATCH = 16


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32")[:300], y[:300]


def make():
    keras.utils.set_random_seed(5)
    model = keras.Sequential([L.Dense(12, activation="relu"), L.Dropout(0.2), L.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Pairs(keras.utils.PyDataset):
    """Batches by number; keeps what Keras asked of it."""

    def __init__(self, x, y, **options):
        super().__init__(**options)
        self.x, self.y, self.ends = x, y, 0

    def __len__(self):
        return math.ceil(len(self.x) / BATCH)

    def __getitem__(self, index):
        rows = slice(index * BATCH, (index + 1) * BATCH)
        return self.x[rows], self.y[rows]

    def on_epoch_end(self):
        self.ends += 1
        order = np.random.default_rng(self.ends).permutation(len(self.x))
        self.x, self.y = self.x[order], self.y[order]


def endless(x, y):
    generator = np.random.default_rng(0)
    while True:
        rows = generator.integers(0, len(x), BATCH)
        yield x[rows], y[rows]


def once(x, y):
    yield from (Pairs(x, y)[index] for index in range(len(Pairs(x, y))))


SOURCES = {
    "PyDataset": lambda x, y: ((Pairs(x, y),), {}),
    "generator": lambda x, y: ((endless(x, y),), {"steps_per_epoch": 7, "shuffle": False}),
    "generator that ends": lambda x, y: ((once(x, y),), {"epochs": 1, "shuffle": False}),
    "sparse": lambda x, y: ((scipy.sparse.csr_matrix(x), y), {"batch_size": 200, "epochs": 1}),
    "float64": lambda x, y: ((x.astype("float64"), y.astype("int8")), {"batch_size": BATCH}),
}


QUICK = ("generator",)  # the others take the same way through the feed


@pytest.mark.filterwarnings("ignore:Your input ran out of data", "ignore:.*PyDataset. class should call")
@pytest.mark.parametrize(
    "source", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.heavy) for name in SOURCES]
)
@pytest.mark.parametrize("memory_limit", [pytest.param(None, marks=pytest.mark.heavy), 10_000])
def test_every_source_trains_as_in_keras(source, memory_limit, digits, assert_same_as_keras, caplog):
    def run(fit):
        data, arguments = SOURCES[source](*digits)
        model = make()
        history = fit(model, *data, **{"epochs": 3, "verbose": 0, **arguments})
        return model, history.history, [pairs.ends for pairs in data if isinstance(pairs, Pairs)]

    assert_same_as_keras(run, memory_limit=memory_limit)
    assert not caplog.records, "nothing was handed over to Keras"


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("shuffle", [True, pytest.param(False, marks=pytest.mark.heavy)])
@pytest.mark.parametrize("steps", [7, *(pytest.param(steps, marks=pytest.mark.heavy) for steps in (1, 19, 25))])
def test_an_epoch_of_some_steps_goes_on_where_the_last_one_ended(steps, shuffle, digits, assert_same_as_keras):
    x, y = digits

    def run(fit):
        model = make()
        validation = {"validation_data": (x[:50], y[:50]), "validation_steps": 2}
        arguments = {"batch_size": BATCH, "steps_per_epoch": steps, "epochs": 4, "verbose": 0, "shuffle": shuffle}
        return model, fit(model, x, y, **arguments, **validation).history

    assert_same_as_keras(run)


@pytest.mark.heavy
def test_workers_of_a_pydataset_are_used(digits, caplog):
    """Keras's workers read ahead across the end of an epoch, so that the order, and the weights, are chance."""
    model = make()
    history = tw.fit(model, Pairs(*digits, workers=2), epochs=3, verbose=0)
    assert int(model.optimizer.iterations) == 3 * 19
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert not caplog.records


def test_data_that_runs_out_is_said(digits):
    with pytest.warns(UserWarning, match="ran out of data"):
        tw.fit(make(), *digits, batch_size=BATCH, steps_per_epoch=25, verbose=0)


@pytest.mark.parametrize("shuffle", [True, *(pytest.param(each, marks=pytest.mark.heavy) for each in (False, "batch"))])
def test_arrays_above_the_limit_and_memory_maps_travel_in_chunks(shuffle, digits, tmp_path, assert_same_as_keras):
    x, y = digits
    np.save(tmp_path / "x.npy", x.astype("float64"))

    def run(fit):
        mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
        model = make()
        arguments = {"batch_size": BATCH, "epochs": 2, "verbose": 0, "shuffle": shuffle, "validation_split": 0.2}
        return model, fit(model, mapped, y, **arguments).history

    assert_same_as_keras(run, memory_limit=30_000)


@pytest.mark.heavy
def test_validation_from_a_source_of_batches(digits, assert_same_as_keras):
    def run(fit):
        model, held = make(), Pairs(*digits)
        return model, fit(model, *digits, epochs=2, verbose=0, validation_data=held).history, held.ends

    assert_same_as_keras(run)


@pytest.mark.heavy
def test_batches_of_changing_size_train_as_in_keras(digits, assert_same_as_keras):
    x, y = digits

    def run(fit):
        starts = [0, 10, 14, 30, 46, 47, 80]
        model = make()
        batches = ((x[a:b], y[a:b]) for a, b in itertools.pairwise(starts))
        return model, fit(model, batches, steps_per_epoch=6, shuffle=False, verbose=0).history

    assert_same_as_keras(run)


def feed(x, y=None, **options):
    return make_feed(x, y, None, batch_size=BATCH, shuffle=False, **options)


def test_the_feed_follows_from_the_data_the_device_and_the_limit(digits, tmp_path, monkeypatch):
    x, y = digits
    assert isinstance(feed(x, y), HostArrays)
    assert isinstance(feed(scipy.sparse.csr_matrix(x), y), KerasBatches)
    assert isinstance(feed(endless(x, y), steps_per_epoch=3), KerasBatches)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    monkeypatch.setattr(choice, "_device_has_its_own_memory", lambda: True)
    assert isinstance(feed(x, y), DeviceArrays)
    assert isinstance(feed(mapped, y), DeviceArrays), "a small memory map is read once"
    assert isinstance(feed(mapped, y, memory_limit=1000), HostArrays)


@pytest.mark.parametrize("shuffle", [pytest.param(True, marks=pytest.mark.heavy), False])
def test_arrays_on_a_device_with_its_own_memory_train_as_in_keras(shuffle, digits, monkeypatch, assert_same_as_keras):
    monkeypatch.setattr(choice, "_device_has_its_own_memory", lambda: True)

    def run(fit):
        model = make()
        arguments = {"batch_size": BATCH, "epochs": 2, "verbose": 0, "shuffle": shuffle, "validation_data": digits}
        return model, fit(model, *digits, **arguments).history

    assert_same_as_keras(run)


def test_a_limit_below_one_byte_is_refused(digits):
    with pytest.raises(InputError, match="memory_limit is 0"):
        tw.fit(make(), *digits, memory_limit=-0, verbose=0)


def test_a_full_device_is_tried_once_more_in_chunks(digits, monkeypatch, caplog):
    def full(inputs, order):
        del inputs, order
        raise choice.jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: out of memory")

    monkeypatch.setattr(choice, "_device_has_its_own_memory", lambda: True)
    monkeypatch.setattr(choice, "DeviceArrays", full)
    with caplog.at_level(logging.WARNING, logger="trainwell"):
        tw.fit(make(), *digits, verbose=0)
    assert "does not fit into the device's memory; it is sent in chunks" in caplog.text


@pytest.mark.heavy
def test_an_error_in_a_generator_is_the_users_to_see_and_the_batches_before_it_count(digits):
    x, y = digits

    def breaks():
        yield x[:BATCH], y[:BATCH]
        yield x[:BATCH], y[:BATCH]
        raise OSError("disk gone")

    model = make()
    with pytest.raises(OSError, match="disk gone"):
        tw.fit(model, breaks(), steps_per_epoch=5, shuffle=False, verbose=0)
    assert int(model.optimizer.iterations) == 2
    assert np.isfinite(model.predict(x, verbose=0)).all()


SCALED_DOWN = """
import resource, sys
import numpy as np
import trainwell as tw
import keras
rows, width = 120_000, 512  # 234 MiB of float32
x = np.load(sys.argv[1], mmap_mode="r")
y = np.zeros(rows, "float32")
model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
tw.fit(model, x[:20_000], y[:20_000], batch_size=64, verbose=0, memory_limit=32 << 20)  # compiles
def anonymous():
    lines = [line.split() for line in open("/proc/self/status")]
    return sum(int(line[1]) for line in lines if line[0] in ("RssAnon:", "RssShmem:")) * 1024
before, highest = anonymous(), []
class Watch(keras.callbacks.Callback):
    def on_train_steps_end(self, step, logs=None):
        highest.append(anonymous())
tw.fit(model, x, y, batch_size=64, epochs=2, verbose=0, memory_limit=32 << 20, callbacks=[Watch()])
print(max(highest) - before)
"""


@pytest.mark.heavy
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_memory_map_many_times_the_limit_stays_below_it(tmp_path):
    np.lib.format.open_memmap(tmp_path / "x.npy", "w+", "float32", (120_000, 512)).flush()
    script = textwrap.dedent(SCALED_DOWN)
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "x.npy"], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 32 << 20, "more than the limit was held"


def test_chunks_are_gathered_into_the_same_memory_in_each_epoch():
    x = np.arange(1000, dtype="float32")
    feed = make_feed(x, None, None, batch_size=4, shuffle=True)

    def addresses():
        return {part.batches.unsafe_buffer_pointer() for part in feed.epoch() if not part.alone}

    first = addresses()
    assert len(first) == 2, "two buffers by turns"
    assert addresses() == first


def test_an_epoch_that_is_left_early_does_not_lend_its_memory():
    """What was started on it may still be computed."""
    feed = make_feed(np.arange(1000, dtype="float32"), None, None, batch_size=4, shuffle=False)
    parts = feed.epoch()
    part = next(parts)
    parts.close()
    for _ in range(2):
        assert [int(each.batches[0, 0]) for each in feed.epoch() if not each.alone] == [0, 256, 512, 768]
    assert int(part.batches[0, 0]) == 0
