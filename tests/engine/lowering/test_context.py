"""Where the fast forms stand in: this thread, while it is open; and a whole training through them."""

from __future__ import annotations

import threading

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine import state
from trainwell.engine.lowering import lowered

L = keras.layers
NAMES = ("conv_general_dilated", "conv_transpose", "reduce_window")


def convolve(x):
    return jax.lax.conv_general_dilated(x, jnp.ones((3, 3, 1, 2)), (1, 1), "SAME", None, None, ("NHWC", "HWIO", "NHWC"))


def is_fast(function=convolve):
    return "conv_general_dilated" not in str(jax.make_jaxpr(function)(jnp.ones((1, 4, 4, 1))))


def jax_s_own():
    return [getattr(jax.lax, name) for name in NAMES]


def test_jax_is_as_it_was_afterwards_also_after_an_error():
    before = jax_s_own()
    with lowered():
        assert is_fast()
    with pytest.raises(RuntimeError, match="out"), lowered():
        raise RuntimeError("out")
    assert jax_s_own() == before
    assert not is_fast()


def test_it_may_be_opened_twice():
    with lowered():
        with lowered():
            assert is_fast()
        assert is_fast()
    assert not is_fast()


def test_a_function_kept_from_within_is_jax_s_own_afterwards():
    with lowered():
        kept = jax.lax.conv_general_dilated
    function = lambda x: kept(x, jnp.ones((1, 1, 3, 3)), (1, 1), "SAME")  # noqa: E731 -- traced
    assert not is_fast(lambda x: function(x.reshape(1, 1, 4, 4)))


def test_another_s_exchange_stays(monkeypatch):
    def other(*arguments, **named):
        del arguments, named

    with lowered():
        monkeypatch.setattr(jax.lax, "reduce_window", other)
    assert jax.lax.reduce_window is other


def test_a_jitted_function_is_traced_for_each_way():
    """JAX keeps what a jitted function was traced to; the two ways must not share it."""
    jitted = jax.jit(convolve)
    for _ in range(2):
        assert not is_fast(jitted)
        with lowered():
            assert is_fast(jitted)


def test_not_on_other_devices(monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    with lowered():
        assert not is_fast()


def test_another_thread_has_jax_s_own_meanwhile_and_none_waits():
    inside, seen, leave = threading.Event(), threading.Event(), threading.Event()
    found = {}

    def holder():
        with lowered():
            inside.set()
            leave.wait(20)
            found["holder"] = is_fast()

    def other():
        inside.wait(20)
        found["other"] = is_fast()
        with lowered():  # opens and closes while the holder traces
            found["other, lowered"] = is_fast()
        seen.set()

    before = jax_s_own()
    threads = [threading.Thread(target=target, daemon=True) for target in (holder, other)]
    for thread in threads:
        thread.start()
    assert seen.wait(20), "a thread waits for the other"
    leave.set()
    for thread in threads:
        thread.join(20)
    assert found == {"holder": True, "other": False, "other, lowered": True}
    assert jax_s_own() == before


def test_many_threads_at_once():
    before, wrong = jax_s_own(), []
    expected = np.asarray(convolve(jnp.ones((1, 4, 4, 1))))

    def work(number):
        for turn in range(4):
            if (number + turn) % 2:
                with lowered():
                    fast, value = is_fast(), jax.jit(convolve)(jnp.ones((1, 4, 4, 1)))
            else:
                fast, value = is_fast(), jax.jit(convolve)(jnp.ones((1, 4, 4, 1)))
            if fast != bool((number + turn) % 2) or not np.allclose(value, expected):
                wrong.append((number, turn))

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert not wrong
    assert jax_s_own() == before


@pytest.mark.heavy
def test_a_net_trains_to_the_weights_of_keras_with_nothing_slow_in_its_step():
    x = np.random.default_rng(0).normal(size=(70, 8, 8, 1)).astype("float32")
    y = np.arange(70) % 3

    def train(fit):
        keras.utils.set_random_seed(0)
        layers = [L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D()]
        model = keras.Sequential([*layers, L.Flatten(), L.Dense(3, "softmax")])
        model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        fit(model, x, y, epochs=2, batch_size=16, verbose=0)
        return model

    model, expected = train(tw.fit), train(keras.Model.fit)
    for one, other in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    with lowered():
        traced = str(jax.make_jaxpr(model.train_step)(state.train_state(model), (x[:16], y[:16])))
    assert not [name for name in ("conv_general_dilated", "reduce_window", "select_and") if name in traced]
