"""Sources of batches: which rows are kept, what is read, and what the training then gets."""

from __future__ import annotations

import itertools
import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trainwell as tw
from trainwell.engine.batches import MOST_BATCHES, Batches, collected, comes_in_batches
from trainwell.errors import InputError
from trainwell.training_spec import TrainingSpec


def rows(count):
    x = np.arange(count, dtype="float32")[:, None]
    return x, 2 * x


class Sequence(keras.utils.PyDataset):
    """Rows 0, 1, 2 ... in batches."""

    def __init__(self, count, size):
        super().__init__()
        self.count, self.size, self.read = count, size, []

    def __len__(self):
        return math.ceil(self.count / self.size)

    def __getitem__(self, number):
        self.read.append(number)
        x, y = rows(self.count)
        here = slice(number * self.size, (number + 1) * self.size)
        return x[here], y[here]


def generator(count, size):
    x, y = rows(count)
    for start in range(0, count, size):
        yield x[start : start + size], y[start : start + size]


class Loader:
    """What a torch DataLoader looks like from outside."""

    def __init__(self, count, size):
        self.dataset, self.batch_size, self._count = "rows", size, count

    def __len__(self):
        return math.ceil(self._count / self.batch_size)

    def __iter__(self):
        return generator(self._count, self.batch_size)


@pytest.mark.parametrize("kind", [Sequence, generator, Loader])
def test_all_rows_of_a_small_source_are_kept_in_their_order(kind):
    source = kind(10, 4)
    assert comes_in_batches(source)
    batches = Batches.of(source)
    np.testing.assert_array_equal(batches.kept.x[:, 0], np.arange(10))
    np.testing.assert_array_equal(batches.kept.y, 2 * batches.kept.x)
    assert (batches.batch_size, batches.steps, batches.rows, batches.whole_epoch) == (4, 3, 10, True)


@pytest.mark.parametrize("data", [np.zeros((3, 2)), [1.0, 2.0], {"a": np.zeros(3)}, None, (np.zeros(3), np.zeros(3))])
def test_arrays_do_not_come_in_batches(data):
    assert not comes_in_batches(data)


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 60), size=st.integers(1, 9), steps=st.integers(1, 9))
def test_no_batch_of_a_generator_is_lost_and_none_comes_twice(count, size, steps):
    batches = Batches.of(generator(count, size), min(steps, -(-count // size)))
    trained_on = [x for x, _ in batches.for_fit()]
    np.testing.assert_array_equal(np.concatenate(trained_on)[:, 0], np.arange(count))


def test_a_second_training_goes_on_where_the_first_one_ended():
    batches = Batches.of(generator(12, 4), 1)
    first = list(itertools.islice(batches.for_fit(), 2))
    second = list(batches.for_fit())
    assert [x[0, 0] for x, _ in first + second] == [0, 4, 8]


def test_an_endless_source_is_read_as_far_as_an_epoch_goes():
    def endless():
        for number in itertools.count():
            yield np.full((2, 1), number, "float32"), np.zeros((2, 1))

    source = endless()
    batches = Batches.of(source, 5)
    assert (batches.steps, batches.rows_seen, batches.exhausted) == (5, 10, False)
    assert next(source)[0][0, 0] == 5
    assert Batches.of(endless()).rows_seen == 2 * MOST_BATCHES


def test_a_source_that_can_be_read_again_is_handed_on_as_it_is():
    source = Sequence(5000, 2)
    batches = Batches.of(source)
    assert len(source.read) == MOST_BATCHES
    assert batches.for_fit() is source
    assert (batches.steps, batches.rows, batches.whole_epoch) == (2500, 5000, False)
    assert "first batches" in batches.says


def test_the_reservoir_is_bounded_and_spread_over_what_was_read():
    batches = Batches.of(Sequence(4000, 8), reservoir=100)
    assert 50 <= len(batches.kept.at) <= 102  # the rows that stand out are kept too
    assert batches.kept.at.max() > 3900
    assert batches.rows == 4000


def test_tensors_that_need_to_be_detached_become_arrays():
    class Tensor:
        def __init__(self, array):
            self.array = array

        def detach(self):
            return self

        def cpu(self):
            return self.array

    x, y = rows(4)
    kept = Batches.of(iter([(Tensor(x), Tensor(y))])).kept
    np.testing.assert_array_equal(kept.x, x)


REFUSED = {
    "nothing": (lambda: iter([]), "yields no batch"),
    "no targets": (lambda: iter([rows(3)[0]]), "without targets"),
    "too many parts": (lambda: iter([(*rows(3), *rows(3))]), "tuples of 4"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_said(name):
    make, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        Batches.of(make())


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


GIVEN_APART = {
    "y": ({"y": np.zeros(10)}, "y was given beside a source of batches"),
    "weights": ({"sample_weight": np.ones(10)}, "sample_weight was given beside"),
    "split": ({"validation_split": 0.2}, "validation_split needs arrays"),
}


@pytest.mark.parametrize("name", GIVEN_APART)
def test_what_a_source_yields_itself_cannot_be_given_apart(model, name):
    arguments, message = GIVEN_APART[name]
    with pytest.raises(InputError, match=message):
        TrainingSpec.from_fit(model, Sequence(10, 4), **arguments)


def test_a_spec_of_batches_knows_its_epoch(model):
    spec = TrainingSpec.from_fit(model, Sequence(10, 4), epochs=3, validation_data=Sequence(6, 3))
    assert (spec.steps_per_epoch, spec.batch_size, spec.rows, spec.epochs) == (3, 4, 10, 3)
    assert len(spec.validation[0]) == 6
    arrays = spec.in_arrays()
    assert arrays.batches is None
    assert "10 of the 10 rows of all batches of an epoch" in arrays.notes[0]


def test_an_epoch_of_unknown_length_has_as_many_steps_as_batches_were_read(model):
    def endless():
        while True:
            yield np.zeros((8, 1), "float32"), np.zeros((8, 1), "float32")

    spec = TrainingSpec.from_fit(model, endless())
    assert spec.rows < 8 * MOST_BATCHES  # the reservoir is smaller than what was read
    assert spec.steps_per_epoch == MOST_BATCHES


def test_a_generator_without_a_length_lasts_for_one_epoch(model):
    assert TrainingSpec.from_fit(model, generator(10, 4), epochs=5).epochs == 1


@pytest.mark.parametrize(
    ("name", "value"), [("epochs", 0), ("batch_size", 2.5), ("steps_per_epoch", 0), ("initial_epoch", -1)]
)
def test_numbers_out_of_range_are_refused(model, name, value):
    with pytest.raises(InputError, match=f"{name} is {value}"):
        TrainingSpec.from_fit(model, *rows(10), **{name: value})


def test_what_equals_the_default_of_fit_is_left_out(model):
    spec = TrainingSpec.from_fit(model, *rows(10), epochs=2, shuffle=True, validation_freq=1)
    assert spec.fit == {"epochs": 2, "batch_size": 32}
    assert TrainingSpec.from_fit(model, *rows(10), shuffle="batch").fit["shuffle"] == "batch"


def test_all_rows_of_a_source_are_read_into_memory():
    (x, y), size = collected(generator(10, 4))
    np.testing.assert_array_equal(x[:, 0], np.arange(10))
    np.testing.assert_array_equal(y, 2 * x)
    assert size == 4
    assert len(collected(Sequence(10, 4), 2)[0][0]) == 8
    assert len(collected(iter([rows(3)[0]]))[0]) == 1  # inputs alone


class Endless(Sequence):
    @property
    def num_batches(self):
        return None


NOT_IN_MEMORY = {
    "endless": (lambda: Endless(4, 2), "is an endless source"),
    "empty": (lambda: iter([]), "yields no batch"),
    "different widths": (lambda: iter([np.zeros((2, 3)), np.zeros((2, 4))]), "do not fit together"),
}


@pytest.mark.parametrize("name", NOT_IN_MEMORY)
def test_what_cannot_be_held_in_memory_is_said(name):
    make, message = NOT_IN_MEMORY[name]
    with pytest.raises(InputError, match=message):
        collected(make())


def test_more_than_half_of_the_free_memory_is_refused(monkeypatch):
    monkeypatch.setattr("trainwell.engine.batches.free_memory", lambda: 100)
    with pytest.raises(InputError, match="more than half of what is free"):
        collected(Sequence(100, 10))


@pytest.mark.heavy
def test_techniques_take_batches(model):
    x, y = rows(64)
    x, y = x / 64, y / 64

    class Scaled(Sequence):
        def __getitem__(self, number):
            one, two = super().__getitem__(number)
            return one / 64, two / 64

    source = Scaled(64, 8)
    assert tw.find_lr(model, source, steps=50).suggestion == tw.find_lr(model, x, y, batch_size=8, steps=50).suggestion
    (one,), (other,) = (
        tw.fit_many(model, *data, seeds=[3], epochs=2, batch_size=size)
        for data, size in (((source,), None), ((x, y), 8))
    )
    assert one.history == other.history
    noisy = keras.Sequential([keras.Input((1,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    np.testing.assert_array_equal(tw.mc_predict(noisy, source, 5).mean, tw.mc_predict(noisy, x, 5).mean)
    base = keras.Sequential([keras.Input((1,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(1)])
    made = []
    for data in ((source,), (x, y)):
        keras.utils.set_random_seed(1)
        size = {"batch_size": 8} if len(data) > 1 else {}
        head = keras.layers.Dense(1)
        arguments = {"head_epochs": 1, "epochs": 1, "validation_data": Scaled(16, 8) if len(data) == 1 else None}
        made.append(tw.transfer(base, head, *data, **size, **arguments))
    assert [stage.epochs_run for stage in made[0].stages] == [1, 1]
    assert "val_loss" in made[0].stages[0].history
    deep = keras.Sequential([keras.layers.Dense(3, "relu"), keras.layers.Dense(1)])
    history = [tw.pretrain(deep, data, epochs=1).history for data in (source, x)]
    assert history[0] == history[1]
