"""Readings of a training step: what they are, where they are, and that the step stays what it was."""

from __future__ import annotations

import threading

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from trainwell.engine import compat, state
from trainwell.engine.observing import observed
from trainwell.signals import SIGNALS, WHOLE_MODEL, Signal, named

L = keras.layers
ROWS = 16
CLASSES = 3


@pytest.fixture(autouse=True)
def _nothing_stays():
    before = jax.value_and_grad, keras.Operation.__call__
    yield
    assert (jax.value_and_grad, keras.Operation.__call__) == before


def data(shape=(8, 4)):
    generator = np.random.default_rng(0)
    return generator.normal(size=(ROWS, *shape)).astype("float32"), generator.integers(0, CLASSES, ROWS)


def compiled(model, batch, optimizer="adam", loss="sparse_categorical_crossentropy", **arguments):
    model.compile(optimizer, loss, **arguments)
    compat.build(model, lambda: batch)
    return model


def chain(*layers, shape=(8, 4), **arguments):
    return compiled(keras.Sequential([keras.Input(shape), *layers]), data(shape), **arguments)


def read(model, batch, signals=SIGNALS):
    return jax.jit(observed(model, signals))(state.train_state(model), batch)[2]


def traced(model, batch, signals=SIGNALS):
    """Names and reasons, without compiling."""
    return jax.eval_shape(observed(model, signals), state.train_state(model), batch)[2]


def softmax():
    return L.Dense(CLASSES, "softmax")


# --- values ---------------------------------------------------------------------------------------------------------


def test_a_dense_layer_worked_out_by_hand():
    model = keras.Sequential([keras.Input((2,)), L.Dense(2, name="hidden")])
    x, y = np.array([[1.0, 0.0], [0.0, 2.0]], "float32"), np.zeros((2, 2), "float32")
    compiled(model, (x, y), keras.optimizers.SGD(0.5, clipvalue=0.01), "mse")
    kernel = np.array([[1.0, 0.0], [2.0, 0.0]], "float32")
    model.set_weights([kernel, np.zeros(2, "float32")])
    found = read(model, (x, y)).by_key()
    output = x @ kernel  # [[1, 0], [4, 0]]
    by_kernel, by_bias = x.T @ (2 * output / 4), (2 * output / 4).sum(axis=0)  # d mean(output²)
    expected = {
        ("loss", ""): 17 / 4,
        ("learning_rate", ""): 0.5,
        ("gradient_norm", ""): np.sqrt((by_kernel**2).sum() + (by_bias**2).sum()),
        ("gradient_rms", "hidden/kernel"): np.sqrt((by_kernel**2).mean()),
        ("gradient_rms", "hidden/bias"): np.sqrt((by_bias**2).mean()),
        ("gradient_zero_share", "hidden/kernel"): 0.5,
        ("weight_rms", "hidden/kernel"): np.sqrt(5 / 4),
        ("weight_rms", "hidden/bias"): 0.0,
        ("update_rms", "hidden/kernel"): 0.5 * 0.01 * np.sqrt(0.5),  # clipped, where the gradient is not
        ("output_mean", "hidden"): 5 / 4,
        ("output_deviation", "hidden"): output.std(),
        ("output_largest", "hidden"): 4.0,
        ("output_non_finite", "hidden"): 0.0,
        ("output_zero_units", "hidden"): 0.5,
    }
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, abs=1e-6), key
    assert ("output_tail_share", "hidden") not in found


@pytest.mark.heavy
def test_many_layers_of_one_size_are_each_read_as_themselves():
    model = chain(L.Flatten(), *(L.Dense(5 + i % 2, "tanh", name=f"d{i}") for i in range(4)), softmax())
    x, y = data()
    found = read(model, (x, y), named(["output_deviation", "output_tail_share", "weight_rms"])).by_key()
    values = x
    for layer in model.layers[:-1]:
        values = np.asarray(layer(values))
        if layer.name.startswith("d"):
            assert found["output_deviation", layer.name] == pytest.approx(values.std(), rel=1e-4)
            assert found["output_tail_share", layer.name] == pytest.approx((np.abs(values) > 0.95).mean(), abs=1e-6)
            rms = np.sqrt((np.asarray(layer.kernel) ** 2).mean())
            assert found["weight_rms", f"{layer.name}/kernel"] == pytest.approx(rms, rel=1e-5)


@pytest.mark.heavy
def test_large_arrays_stay_alone_and_channels_may_come_first(monkeypatch):
    monkeypatch.setattr("trainwell.engine.packing.LARGE", 10)
    x = np.abs(data((2, 4, 4))[0])
    relu = L.Conv2D(2, 1, data_format="channels_first", activation="relu", name="conv")
    model = chain(relu, L.Flatten(), softmax(), shape=(2, 4, 4))
    relu.set_weights([np.array([[[[1.0, -1.0], [1.0, -1.0]]]], "float32"), np.zeros(2, "float32")])
    found = read(model, (x, data()[1]), named(["output_zero_units", "weight_rms"])).by_key()
    assert found["output_zero_units", "conv"] == 0.5
    assert found["weight_rms", "conv/kernel"] == 1.0


def test_the_scale_of_the_loss_is_taken_out():
    def train(**optimizer):
        keras.utils.set_random_seed(0)
        model = chain(L.Flatten(), L.Dense(3, "softmax", name="out"), optimizer=keras.optimizers.SGD(0.1, **optimizer))
        return read(model, data(), named(["loss", "gradient_norm", "gradient_rms"])).by_key()

    plain, scaled = train(), train(loss_scale_factor=1024.0)
    assert plain.keys() == scaled.keys() >= {("loss", ""), ("gradient_norm", ""), ("gradient_rms", "out/kernel")}
    for key, value in plain.items():
        assert scaled[key] == pytest.approx(value, rel=1e-5), key


def test_steps_that_only_accumulate_update_nothing():
    model = chain(
        L.Flatten(), L.Dense(3, "softmax", name="out"), optimizer=keras.optimizers.SGD(gradient_accumulation_steps=2)
    )
    step = jax.jit(observed(model, named(["update_rms", "gradient_rms"])))
    values = state.train_state(model)
    updates = []
    for _ in range(2):
        _, values, readings = step(values, data())
        found = readings.by_key()
        assert found["gradient_rms", "out/kernel"] > 0
        updates.append(float(found["update_rms", "out/kernel"]))
    assert updates[0] == 0 < updates[1]


# --- the same training ----------------------------------------------------------------------------------------------


def dense():
    return chain(L.Flatten(), L.Dense(8, "relu"), L.Dense(8, "tanh"), softmax(), metrics=["accuracy"])


def normalized_and_dropped():
    return chain(L.Flatten(), L.Dense(8), L.BatchNormalization(), L.Dropout(0.3), softmax())


def convolutional():
    layers = L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), softmax()
    return chain(L.Reshape((8, 4, 1)), *layers)


def recurrent():
    return chain(L.Bidirectional(L.LSTM(4)), softmax())


def attentive():
    inputs = keras.Input((8, 4))
    attended = L.MultiHeadAttention(2, 4, dropout=0.1, name="attention")(inputs, inputs)
    outputs = softmax()(L.GlobalAveragePooling1D()(inputs + attended))
    return compiled(keras.Model(inputs, outputs), data())


def two_outputs():
    inputs = keras.Input((8, 4))
    shared = L.Dense(8, "relu")(L.Flatten()(inputs))
    model = keras.Model(inputs, {"a": L.Dense(CLASSES, "softmax", name="a")(shared), "b": L.Dense(1, name="b")(shared)})
    loss = {"a": "sparse_categorical_crossentropy", "b": "mse"}
    return compiled(model, (data()[0], {"a": data()[1], "b": np.zeros((ROWS, 1))}), loss=loss)


def mixed_precision():
    float16 = keras.DTypePolicy("mixed_float16")
    model = keras.Sequential(
        [keras.Input((8, 4)), L.Flatten(), L.Dense(8, "relu", dtype=float16), L.Dense(CLASSES, "softmax")]
    )
    return compiled(model, data(), keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()))


def everything_of_optimizers():
    optimizer = keras.optimizers.Nadam(
        0.01, use_ema=True, ema_overwrite_frequency=3, gradient_accumulation_steps=2, global_clipnorm=0.5
    )
    regular = {"kernel_regularizer": "l2", "kernel_constraint": keras.constraints.MaxNorm(1.0)}
    return chain(L.Flatten(), L.Dense(8, "selu", **regular), L.AlphaDropout(0.1), softmax(), optimizer=optimizer)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = keras.Sequential([L.Dense(6, "relu", name="one"), L.Dense(6, "relu", name="two")], name="inner")
        self.twice = L.Dense(6, "tanh", name="twice")
        self.out = L.Dense(CLASSES, "softmax", name="out")

    def call(self, x, training=False):
        del training
        flat = keras.ops.reshape(x, (-1, 32))
        return self.out(self.twice(self.twice(self.inner(flat))))


def subclassed():
    keras.utils.set_random_seed(1)
    return compiled(Subclassed(), data())


NETS = [
    normalized_and_dropped,
    mixed_precision,
    everything_of_optimizers,
    *(
        pytest.param(net, marks=pytest.mark.slow)
        for net in (attentive, convolutional, recurrent, two_outputs, subclassed)
    ),
]


@pytest.mark.heavy
@pytest.mark.parametrize("make", NETS)
def test_twenty_steps_are_bit_for_bit_those_without_signals(make):
    model = make()
    batch = (data()[0], {"a": data()[1], "b": np.ones((ROWS, 1), "float32")}) if make is two_outputs else data()
    plain, watching = jax.jit(model.train_step), jax.jit(observed(model, SIGNALS))
    expected = got = state.train_state(model)
    untouched = dict(vars(model.optimizer)), [dict(vars(layer)) for layer in model.layers]
    for _ in range(20):
        logs, expected = plain(expected, batch)
        seen, got, readings = watching(got, batch)
        for one, other in zip(jax.tree.leaves((logs, expected)), jax.tree.leaves((seen, got)), strict=True):
            np.testing.assert_array_equal(np.asarray(other), np.asarray(one))
    assert np.isfinite(readings.vector).all()
    assert untouched[0].keys() == vars(model.optimizer).keys()
    assert [a.keys() for a in untouched[1]] == [vars(layer).keys() for layer in model.layers]
    places = {where for _, where in readings.keys}
    variables = [v for v in model.trainable_variables if any(where.endswith("/" + v.name) for where in places)]
    assert len(variables) == len(model.trainable_variables)
    assert not places & readings.not_measured.keys()


def test_readings_come_out_of_loops_beside_their_names():
    model = dense()
    x, y = data()
    step = observed(model, named(["loss", "output_mean"]))

    def body(values, batch):
        _, values, readings = step(values, batch)
        return values, readings

    batches = np.stack([x, 2 * x]), np.stack([y, y])
    _, readings = jax.jit(lambda values: jax.lax.scan(body, values, batches))(state.train_state(model))
    found = readings.by_key()
    assert {name for name, _ in found} == {"loss", "output_mean"}
    assert all(values.shape == (2,) for values in found.values())
    assert list(found) == traced(model, data(), named(["output_mean", "loss"])).keys


@pytest.mark.heavy
def test_no_tracer_leaks():
    model = attentive()
    with jax.checking_leaks():
        traced(model, data())


# --- names, and what cannot be seen ---------------------------------------------------------------------------------


def places(readings, name):
    return [where for signal, where in readings.keys if signal == name]


def test_names_follow_the_model_and_calls_are_numbered():
    readings = traced(subclassed(), data())
    assert places(readings, "output_mean") == ["inner/one", "inner/two", "twice", "twice:2", "out"]
    assert places(readings, "gradient_rms")[:3] == ["inner/one/kernel", "inner/one/bias", "inner/two/kernel"]
    assert readings.not_measured == {"inner": "its output is that of 'inner/two'"}


@pytest.mark.heavy
def test_operations_between_layers_and_several_outputs_are_read():
    readings = traced(attentive(), data())
    assert "attention/query" in places(readings, "output_mean")
    assert any(where.startswith("add") for where in places(readings, "output_mean"))
    inputs = keras.Input((8, 4))
    outputs, *_ = L.LSTM(3, return_state=True, name="lstm")(inputs)
    readings = traced(compiled(keras.Model(inputs, softmax()(outputs)), data()), data())
    assert places(readings, "output_mean")[:3] == ["lstm[0]", "lstm[1]", "lstm[2]"]


@pytest.mark.heavy
def test_time_steps_within_layers_are_not_measured():
    layers = L.Bidirectional(L.LSTM(4, return_sequences=True)), L.GRU(4, unroll=True, name="gru"), softmax()
    readings = traced(chain(*layers), data())
    reasons = readings.not_measured
    assert reasons["gru/gru_cell"] == "it works within the time steps of the recurrent layer 'gru'"
    assert sum("recurrent layer" in reason for reason in reasons.values()) == 3
    readings = traced(chain(L.TimeDistributed(L.Dense(2, name="each"), name="timed"), L.Flatten(), softmax()), data())
    assert readings.not_measured["timed/each"] == "it works within the time steps of 'timed'"
    assert "timed" in places(readings, "output_mean")


class Transformed(L.Layer):
    """Calls its layer within a JAX loop, and once outside it."""

    def __init__(self):
        super().__init__(name="transformed")
        self.inner = L.Dense(4, name="inner")

    def build(self, shape):
        self.inner.build(shape)

    def call(self, x):
        looped, _ = jax.lax.scan(lambda carry, _: (self.inner(carry), None), x, None, length=2)
        return self.inner(looped)


def test_what_runs_inside_a_transformation_is_not_measured_and_says_so():
    readings = traced(chain(Transformed(), L.Flatten(), softmax()), data())
    assert places(readings, "output_mean")[0] == "transformed/inner"
    assert "inside a function that JAX transforms" in readings.not_measured["transformed/inner:2"]
    assert "transformed" not in places(readings, "output_mean"), "it gives what its inner layer gave"


def test_checkpointed_layers_are_read_from_outside():
    with keras.RematScope(mode="full"):
        block = L.MultiHeadAttention(1, 2, name="attention")
    inputs = keras.Input((8, 4))
    model = compiled(keras.Model(inputs, softmax()(L.Flatten()(block(inputs, inputs)))), data())
    readings = traced(model, data())
    assert "attention" in places(readings, "output_mean")
    assert "inside a function that JAX transforms" in readings.not_measured["attention/query"]


def test_layers_that_are_not_called_or_only_arrange_are_named():
    class Idle(Subclassed):
        def call(self, x, training=False):
            del training
            return self.out(keras.ops.reshape(x, (-1, 32)))

    keras.utils.set_random_seed(1)
    model = Idle()
    model.inner.build((None, 32))
    model.twice.build((None, 6))
    readings = traced(compiled(model, data()), data())
    assert readings.not_measured["twice"] == "the step does not call it"
    assert traced(dense(), data()).not_measured.popitem()[1] == "it only arranges its inputs anew"


class OwnGradient(keras.Sequential):
    """A custom step whose gradient is not taken by `jax.value_and_grad`, and whose update is its own."""

    def train_step(self, state, data):
        trainable, non_trainable, optimizer, metrics = state
        x, y = data

        def loss(trainable):
            return jnp.mean((self.stateless_call(trainable, non_trainable, x)[0][:, 0] - y) ** 2)

        gradients = jax.grad(loss)(trainable)
        trainable = [value - 0.1 * gradient for value, gradient in zip(trainable, gradients, strict=True)]
        return {"loss": loss(trainable)}, (trainable, non_trainable, optimizer, metrics)


def test_a_custom_step_says_what_it_hides():
    model = OwnGradient([keras.Input((8, 4)), L.Flatten(), L.Dense(1, name="out")])
    readings = traced(compiled(model, data(), loss="mse"), data())
    assert places(readings, "output_mean") == ["out"], "the call outside the gradient is seen"
    reasons = readings.not_measured
    assert "inside a function that JAX transforms" in reasons["out:2"]
    assert reasons["out/kernel"] == "its gradient does not reach the model's optimizer"
    assert reasons[""].startswith("loss, learning_rate, gradient_norm: ")


def test_several_learning_rates_are_not_told_as_one():
    rates = keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.1), {".*/bias": keras.optimizers.SGD(0.01)})
    batch = data()
    model = keras.Sequential([keras.Input((8, 4)), L.Flatten(), softmax()])
    readings = traced(compiled(model, batch, keras.optimizers.MultiOptimizer(rates)), batch)
    assert readings.not_measured[WHOLE_MODEL] == "learning_rate: the optimizer has several"
    assert places(readings, "update_rms")


def test_only_what_is_asked_for_is_read():
    readings = traced(dense(), data(), named(["learning_rate"]))
    assert readings.keys == [("learning_rate", "")]
    assert readings.not_measured == {}
    assert read(dense(), data(), ()).by_key() == {}


def test_readings_may_be_arrays():
    def first_two(block, real):
        del real
        return block[0, :2]

    pair = Signal("pair", "", "weight", "Two weights.", first_two, shape=(2,))
    found = read(dense(), data(), [pair]).by_key()
    assert all(values.shape == (2,) for values in found.values())
    with pytest.raises(ValueError, match=r"Signal 'pair' gave \(2,\), where \(3,\) was declared"):
        traced(dense(), data(), [Signal("pair", "", "weight", "Two weights.", first_two, shape=(3,))])


# --- nothing stays --------------------------------------------------------------------------------------------------


def test_nothing_stays_when_tracing_fails():
    class Fails(L.Layer):
        def call(self, x):
            if not compat.in_symbolic_scope():
                raise RuntimeError("no")
            return x

    model = chain(L.Flatten(), Fails(), softmax())
    before = set(vars(model.optimizer))
    with pytest.raises(RuntimeError, match="no"):
        traced(model, data())
    assert set(vars(model.optimizer)) == before
    assert np.isfinite(chain(L.Flatten(), softmax()).predict(data()[0], verbose=0)).all()


@pytest.mark.heavy
def test_two_threads_trace_the_same_model_and_a_third_trains_unobserved():
    model, other = dense(), dense()
    batch = data()
    results, errors = {}, []
    start = threading.Barrier(3)

    def work(name, function):
        try:
            start.wait()
            results[name] = function()
        except Exception as error:  # noqa: BLE001 -- shown by the assertion below
            errors.append(error)

    watch = named(["output_mean", "loss", "update_rms"])
    jobs = {
        "one": lambda: read(model, batch, watch).by_key(),
        "two": lambda: read(model, batch, watch).by_key(),
        "plain": lambda: jax.jit(other.train_step)(state.train_state(other), batch),
    }
    threads = [threading.Thread(target=work, args=job) for job in jobs.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert results["one"] == results["two"]
    assert len(results["plain"]) == 2
    assert "stateless_apply" not in vars(model.optimizer)
