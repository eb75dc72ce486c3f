"""How passes are put into blocks, and what is kept between calls."""

from __future__ import annotations

import copy
import threading

import keras
import numpy as np
import pytest

from trainwell.engine import mc_forward as module
from trainwell.engine.mc_forward import MonteCarloForward

L = keras.layers


def sequential(*layers, shape=(4,)):
    return keras.Sequential([keras.Input(shape), *layers])


def sizes(model, x, samples=5, at_once=None):
    """`(rows, samples)` of each block, and how often each row and sample came."""
    blocks = list(MonteCarloForward.of(model).blocks(x, samples, 0, at_once))
    times = np.zeros((len(x), samples), int)
    for block in blocks:
        times[block.rows, block.samples] += 1
        assert block.outputs.shape[:2] == (
            block.samples.stop - block.samples.start,
            block.rows.stop - block.rows.start,
        )
    assert (times == 1).all()
    return [block.outputs.shape[1::-1] for block in blocks]


@pytest.mark.parametrize(
    ("at_once", "expected"),
    [
        (1, [(1, 1)] * 15),
        (2, [(2, 1)] * 5 + [(1, 1)] * 5),
        (8, [(3, 2), (3, 2), (3, 1)]),
        (1000, [(3, 5)]),
    ],
)
def test_blocks_cover_each_row_and_sample_once(at_once, expected):
    assert sizes(sequential(L.Dropout(0.5)), np.ones((3, 4), "float32"), 5, at_once) == expected


@pytest.mark.heavy
def test_blocks_keep_to_the_memory_that_is_given(monkeypatch):
    x = np.ones((16, 8, 8, 2), "float32")
    model = sequential(L.Conv2D(16, 3, padding="same"), L.Dropout(0.5), L.Flatten(), L.Dense(2), shape=x.shape[1:])
    largest = MonteCarloForward.of(model).form_of(x).largest
    assert largest == 8 * 8 * 16 * 4  # the convolution's output, in bytes
    monkeypatch.setattr(module, "MEMORY", 4 * 4 * largest)
    assert sizes(model, x, 2) == [(4, 1)] * 8
    monkeypatch.setattr(module, "MEMORY", 1)
    assert set(sizes(model, x, 2)) == {(1, 1)}


def test_a_cast_of_the_weights_is_no_matter_of_rows():
    dtype = "mixed_float16"
    model = sequential(L.Dense(500, dtype=dtype), L.Dropout(0.5, dtype=dtype), L.Dense(500, dtype=dtype))
    assert MonteCarloForward.of(model).form_of(np.ones((1, 4), "float32")).largest <= 500 * 4


def test_the_program_is_kept_until_layers_or_rates_change():
    model = sequential(L.Dropout(0.5), L.Dense(2))
    first = MonteCarloForward.of(model)
    assert MonteCarloForward.of(model) is first
    model.layers[0].rate = 0.2
    second = MonteCarloForward.of(model)
    assert second is not first
    model.pop()
    assert MonteCarloForward.of(model) is not second


def test_a_model_that_has_predicted_can_be_copied_and_cloned():
    model, x = sequential(L.Dropout(0.5), L.Dense(2)), np.ones((2, 4), "float32")
    (block,) = MonteCarloForward.of(model).blocks(x, 3, 0, None)
    for other in (copy.deepcopy(model), keras.models.clone_model(model)):
        other.set_weights(model.get_weights())
        (again,) = MonteCarloForward.of(other).blocks(x, 3, 0, None)
        np.testing.assert_allclose(again.outputs, block.outputs, rtol=1e-6)


@pytest.mark.heavy
def test_threads_get_the_numbers_of_one():
    def outputs():
        keras.utils.set_random_seed(0)
        model = sequential(L.Dense(8), L.Dropout(0.5), L.Dense(2))
        return (
            model,
            lambda: next(iter(MonteCarloForward.of(model).blocks(np.ones((2, 4), "float32"), 3, 0, None))).outputs,
        )

    model, run = outputs()
    expected = outputs()[1]()
    found = []
    threads = [threading.Thread(target=lambda: found.append(run())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    for each in found:
        np.testing.assert_array_equal(each, expected)
    assert "call" not in vars(model.layers[1])


@pytest.mark.heavy
def test_recurrent_layers_are_kept_from_a_kernel_that_cannot_be_vectorised():
    seen = []

    class RecordedTraining(L.LSTM):
        def inner_loop(self, *arguments, **named):
            seen.append(self.use_cudnn)
            return super().inner_loop(*arguments, **named)

    model = sequential(RecordedTraining(2, dropout=0.5), shape=(3, 2))
    seen.clear()
    list(MonteCarloForward.of(model).blocks(np.ones((2, 3, 2), "float32"), 2, 0, None))
    assert set(seen) == {False}
    assert model.layers[0].use_cudnn == "auto"
