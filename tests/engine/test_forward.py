import keras
import numpy as np
import pytest

from trainwell.engine.forward import read_forward
from trainwell.signals import named, output_zero_share

ROWS = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")


class Counted(keras.layers.Layer):
    """Counts how often it is traced."""

    traces = 0

    def call(self, inputs):
        self.traces += 1
        return keras.ops.relu(inputs)


@pytest.mark.parametrize(("rows", "batch_size", "traces"), [(60, 20, 1), (60, 59, 1), (60, 100, 1), (59, 20, 2)])
def test_the_pass_is_traced_once_and_once_more_for_a_shorter_last_batch(rows, batch_size, traces):
    counted = Counted(name="counted")
    model = keras.Sequential([keras.Input((4,)), counted, keras.layers.Dense(1, name="last")])
    before = counted.traces
    read = read_forward(model, ROWS[:rows], [output_zero_share()], batch_size=batch_size)
    assert counted.traces - before == traces
    assert read.places == ("counted", "last")
    assert read.last == ("last",)
    assert read.rows.sum() == rows
    shares = np.average(read.values["output_zero_share"], axis=0, weights=read.rows)
    assert shares[0] == pytest.approx(np.mean(ROWS[:rows] <= 0))


def test_the_value_of_each_batch_is_its_own():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Rescaling(2.0, name="twice"), keras.layers.Dense(1)])
    read = read_forward(model, ROWS, named(["output_mean"]), batch_size=30)
    means = [2 * ROWS[:30].mean(), 2 * ROWS[30:].mean()]
    assert read.values["output_mean"][:, 0] == pytest.approx(means, rel=1e-4)
