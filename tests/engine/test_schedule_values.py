"""A schedule's numbers as arguments: nothing is compiled for new ones, and the weights are Keras's."""

from __future__ import annotations

import threading

import jax
import keras
import numpy as np
import pytest

from trainwell.engine import state
from trainwell.engine.schedule_values import ScheduleValues, lifted, numbers_of, schedules_of, with_schedule_values
from trainwell.techniques import OneCycle

BATCH = 8
FORMS = [{"phases": 2, "shape": "cosine"}, {"phases": 3, "shape": "linear", "warmup_share": 0.4}]


@pytest.fixture
def plane():
    x = np.random.default_rng(0).normal(size=(160, 2)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def make(rate, optimizer=keras.optimizers.SGD, **arguments):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)])
    model.compile(optimizer(rate, **arguments), loss="mse")
    model.evaluate(np.zeros((BATCH, 2)), np.zeros((BATCH, 1)), batch_size=BATCH, verbose=0)  # builds loss and metrics
    model.optimizer.build(model.trainable_variables)
    return model


class Trainer:
    """The smallest engine: one compiled step, with the schedule's numbers beside the state."""

    def __init__(self, model):
        self.model = model
        self.compilations = 0
        step = with_schedule_values(model, model.train_step)

        def of_the_same_types(values, batch):
            self.compilations += 1  # this runs while it is traced, and never again
            logs, new = step(values, batch)
            return logs, jax.tree.map(lambda after, before: jax.numpy.asarray(after, before.dtype), new, values)

        self.step = jax.jit(of_the_same_types)

    def fit(self, x, y):
        values = state.train_state(self.model), ScheduleValues.of(self.model.optimizer)
        for start in range(0, len(x), BATCH):
            _, values = self.step(values, (x[start : start + BATCH], y[start : start + BATCH]))
        state.give_back_train(self.model, values[0])


def assert_same_weights(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("form", FORMS)
def test_the_weights_are_those_of_keras_which_compiles_the_numbers_in(plane, form):
    ours, keras_s = (
        Trainer(make(OneCycle(0.07, 23, **form), momentum=0.9)),
        make(OneCycle(0.07, 23, **form), momentum=0.9),
    )
    ours.fit(*plane)
    keras_s.fit(*plane, batch_size=BATCH, shuffle=False, verbose=0)
    assert_same_weights(ours.model, keras_s)


@pytest.mark.parametrize("form", FORMS)
def test_a_new_peak_length_or_share_compiles_nothing_and_is_followed(plane, form):
    trainer = Trainer(make(OneCycle(0.07, 40, **form)))
    trainer.fit(*plane)
    assert trainer.compilations == 1
    following = OneCycle(0.01, 30, **{**form, "warmup_share": 0.2}, initial_share=0.5, final_share=0.25)

    expected = make(following)
    expected.set_weights(trainer.model.get_weights())
    expected.optimizer.iterations.assign(int(trainer.model.optimizer.iterations))
    expected.fit(*plane, batch_size=BATCH, shuffle=False, verbose=0)

    trainer.model.optimizer.learning_rate = following
    trainer.fit(*plane)
    assert trainer.compilations == 1
    assert_same_weights(trainer.model, expected)


def test_changed_attributes_of_the_same_schedule_are_followed(plane):
    schedule = OneCycle(0.07, 40)
    trainer = Trainer(make(schedule))
    trainer.fit(*plane)
    before = trainer.model.get_weights()
    schedule.peak = 1e-30
    trainer.fit(*plane)
    assert trainer.compilations == 1
    for now, then in zip(trainer.model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_another_form_is_compiled_anew_and_followed(plane):
    trainer = Trainer(make(OneCycle(0.07, 40)))
    trainer.fit(*plane)
    trainer.model.optimizer.learning_rate = OneCycle(0.07, 40, shape="linear")
    trainer.fit(*plane)
    assert trainer.compilations == 2
    trainer.model.optimizer.learning_rate = OneCycle(0.03, 50)
    trainer.fit(*plane)
    assert trainer.compilations == 2, "the first form's program serves again"


@pytest.mark.parametrize("rate", [0.1, keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)])
def test_without_a_schedules_of_ours_nothing_is_added(plane, rate):
    trainer = Trainer(make(rate))
    assert schedules_of(trainer.model.optimizer) == []
    assert jax.tree.leaves(ScheduleValues.of(trainer.model.optimizer)) == []
    trainer.fit(*plane)
    keras_s = make(rate)
    keras_s.fit(*plane, batch_size=BATCH, shuffle=False, verbose=0)
    assert_same_weights(trainer.model, keras_s)


def test_the_schedule_behind_loss_scaling_is_found():
    schedule = OneCycle(0.1, 10)
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(schedule))
    assert schedules_of(scaled) == [schedule]


def test_only_the_schedule_that_is_lifted_reads_the_values():
    schedule, other = OneCycle(0.1, 10), OneCycle(0.2, 10)
    values = ScheduleValues((np.zeros(8, np.float32),), "form")
    with lifted(keras.optimizers.SGD(schedule), values):
        assert numbers_of(schedule) is values.arrays[0]
        assert float(schedule(3)) == 0.0
        np.testing.assert_array_equal(numbers_of(other), other.numbers())
    np.testing.assert_array_equal(numbers_of(schedule), schedule.numbers())


def test_values_are_put_back_after_an_error():
    schedule = OneCycle(0.1, 10)
    with (
        pytest.raises(ZeroDivisionError),
        lifted(keras.optimizers.SGD(schedule), ScheduleValues((np.zeros(8),), "form")),
    ):
        raise ZeroDivisionError
    np.testing.assert_array_equal(numbers_of(schedule), schedule.numbers())


def test_other_threads_see_the_schedules_own_numbers():
    schedule = OneCycle(0.1, 10)
    seen = []
    with lifted(keras.optimizers.SGD(schedule), ScheduleValues((np.zeros(8, np.float32),), "form")):
        thread = threading.Thread(target=lambda: seen.append(numbers_of(schedule)))
        thread.start()
        thread.join()
    np.testing.assert_array_equal(seen[0], schedule.numbers())


def test_values_are_a_tree_that_keeps_its_form():
    values = ScheduleValues.of(keras.optimizers.SGD(OneCycle(0.5, 100)))
    leaves, structure = jax.tree.flatten(values)
    assert [(leaf.shape, leaf.dtype) for leaf in leaves] == [((8,), np.float32)]
    again = jax.tree.unflatten(structure, leaves)
    assert again.form == values.form == ((OneCycle, (2, "cosine")),)
    other = jax.tree.structure(ScheduleValues.of(keras.optimizers.SGD(OneCycle(0.5, 100, phases=3))))
    assert other != structure
