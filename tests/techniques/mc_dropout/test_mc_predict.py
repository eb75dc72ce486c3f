"""MC dropout: closed forms, what stays as it was, how often it compiles, and what it refuses."""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.errors import InputError
from trainwell.techniques.mc_dropout import mc_predict

L = keras.layers
COMPILED = "/jax/core/compile/backend_compile_duration"


def sequential(*layers, shape=(4,)):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input(shape), *layers])


def batch_norm_net():
    """A net whose moving statistics are far from those of any batch."""
    model = sequential(L.BatchNormalization(), L.Dense(8, "relu"), L.Dropout(0.3), L.Dense(3, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x = np.random.default_rng(0).normal(5, 3, (64, 4)).astype("float32")
    model.fit(x, np.arange(64) % 3, epochs=3, verbose=0)
    return model, x


def state_of(model):
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return {variable.path: np.asarray(variable.value).copy() for variable in variables}


# Closed forms.


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
@pytest.mark.heavy
def test_mean_and_variance_of_a_linear_model(rate):
    """Of Σ w x m / (1 - r), m on with 1 - r: mean Σ w x, variance Σ (w x)² r / (1 - r)."""
    model = sequential(L.Dropout(rate), L.Dense(2), shape=(30,))
    x = np.random.default_rng(1).normal(size=(5, 30)).astype("float32")
    weights = np.asarray(model.layers[1].kernel)
    samples = 20_000
    found = mc_predict(model, x, samples)
    deviation = np.sqrt((x**2) @ (weights**2) * rate / (1 - rate))
    assert (np.abs(found.mean - x @ weights) < 4.5 * deviation / np.sqrt(samples)).all()
    np.testing.assert_allclose(found.std, deviation, rtol=0.05)


def test_gaussian_and_alpha_dropout_follow_their_own_formulas():
    x = np.array([[0.5, -1.0, 2.0]], "float32")
    gaussian = mc_predict(sequential(L.GaussianDropout(0.2), shape=(3,)), x, 20_000)
    np.testing.assert_allclose(gaussian.std, np.abs(x) * np.sqrt(0.2 / 0.8), rtol=0.05)
    rate, low = 0.1, -1.0507009873554805 * 1.6732632423543772
    scale = ((1 - rate) * (1 + rate * low**2)) ** -0.5
    alpha = mc_predict(sequential(L.AlphaDropout(rate), shape=(3,)), x, 20_000)
    np.testing.assert_allclose(alpha.std, scale * np.abs(x - low) * np.sqrt(rate * (1 - rate)), rtol=0.05)
    mean = scale * (x * (1 - rate) + low * rate) - scale * low * rate
    np.testing.assert_allclose(alpha.mean, mean, atol=0.03)


def test_a_spatial_dropout_drops_whole_channels():
    x = np.ones((2, 3, 3, 4), "float32")
    found = mc_predict(sequential(L.SpatialDropout2D(0.5), shape=(3, 3, 4)), x, 8, keep_samples=True)
    assert found.samples.shape == (8, 2, 3, 3, 4)
    assert set(found.samples.ravel().tolist()) == {0.0, 2.0}
    assert (found.samples == found.samples[:, :, :1, :1]).all()


def test_the_mean_converges_as_one_over_the_square_root_of_the_samples():
    model = sequential(L.Dropout(0.5), L.Dense(1, kernel_initializer="ones"), shape=(10,))
    x = np.ones((400, 10), "float32")
    sizes = np.array([10, 40, 160, 640])
    errors = [np.sqrt(np.mean((mc_predict(model, x, int(size)).mean - 10) ** 2)) for size in sizes]
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.08)
    np.testing.assert_allclose(errors, np.sqrt(10 / sizes), rtol=0.2)  # one pass has a variance of 10


# Everything else infers, and everything stays.


@pytest.mark.heavy
def test_batch_normalization_infers():
    """Moving statistics of mean 2 and variance 4 give (x - 2) / 2, whatever rows stand beside it."""
    model = sequential(L.BatchNormalization(epsilon=0, center=False, scale=False), L.Dropout(0.5), shape=(50,))
    model.layers[0].set_weights([np.full(50, 2.0), np.full(50, 4.0)])
    x = np.random.default_rng(0).normal(8, 1, (6, 50)).astype("float32")
    found = mc_predict(model, x, 2000)
    np.testing.assert_allclose(found.mean.mean(), (x - 2).mean() / 2, rtol=0.02)
    np.testing.assert_allclose(found.std, (x - 2) / 2, rtol=0.02)
    np.testing.assert_allclose(mc_predict(model, x[:1], 2000).mean, found.mean[:1], atol=1e-5)
    wrong = np.mean([np.asarray(model(x, training=True)) for _ in range(50)])
    assert abs(wrong) < 0.5, "with training=True, the batch's own mean is taken off"


@pytest.mark.heavy
def test_without_dropout_it_would_be_an_ordinary_prediction():
    model, x = batch_norm_net()
    model.layers[2].rate = 1e-7
    np.testing.assert_allclose(mc_predict(model, x, 2).mean, model(x, training=False), atol=1e-5)


@pytest.mark.heavy
def test_model_seed_generators_metrics_and_optimizer_stay_as_they_were():
    model, x = batch_norm_net()
    before = state_of(model)
    keras.utils.set_random_seed(3)
    expected = np.asarray(keras.random.uniform((1,)))
    keras.utils.set_random_seed(3)
    mc_predict(model, x, 20)
    np.testing.assert_array_equal(keras.random.uniform((1,)), expected)
    after = state_of(model)
    assert list(after) == list(before)
    for path, value in before.items():
        np.testing.assert_array_equal(after[path], value, err_msg=path)
    assert "call" not in vars(model.layers[2])
    np.testing.assert_array_equal(model(x), model(x))


def test_other_random_layers_stay_off():
    model = sequential(L.GaussianNoise(1.0), L.RandomFlip(), L.Dropout(1e-7), shape=(4, 4, 1))
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 1)).astype("float32")
    found = mc_predict(model, x, 5)
    np.testing.assert_allclose(found.mean, x, atol=1e-5)


@pytest.mark.heavy
def test_a_saved_or_copied_model_is_one_like_any_other(tmp_path):
    model, x = batch_norm_net()
    expected = mc_predict(model, x, 10)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(mc_predict(loaded, x, 10).mean, expected.mean, atol=1e-6)
    tw.fit(model, x, np.arange(64) % 3, epochs=1, verbose=0)
    assert not np.allclose(mc_predict(model, x, 10).mean, expected.mean, atol=1e-6)


# Seeds, blocks and compilations.


def test_the_same_seed_gives_the_same_numbers_whatever_the_batch_size():
    model, x = batch_norm_net()
    first = mc_predict(model, x, 30, seed=5)
    np.testing.assert_array_equal(mc_predict(model, x, 30, seed=5).mean, first.mean)
    for batch_size in (1, 7, 100_000):
        other = mc_predict(model, x[:9], 30, seed=5, batch_size=batch_size, keep_samples=True)
        np.testing.assert_allclose(other.mean, first.mean[:9], atol=1e-6)
        np.testing.assert_allclose(other.samples.std(axis=0), first.std[:9], atol=1e-6)
    assert not np.allclose(mc_predict(model, x, 30, seed=6).mean, first.mean, atol=1e-3)


def test_samples_rows_and_layers_draw_apart():
    model = sequential(L.Dropout(0.5), L.Dropout(0.5), shape=(64,))
    model.layers[0].seed_generator.state.assign(model.layers[1].seed_generator.state)
    found = mc_predict(model, np.ones((2, 64), "float32"), 3, keep_samples=True).samples.reshape(6, 64)
    assert len({row.tobytes() for row in found}) == 6
    assert 0.1 < np.mean(found > 0) < 0.4  # masks that were one would keep half


def test_more_samples_begin_with_the_same_ones():
    model, x = batch_norm_net()
    few, many = (mc_predict(model, x, count, keep_samples=True).samples for count in (3, 11))
    np.testing.assert_allclose(many[:3], few, atol=1e-6)


@pytest.fixture
def compilations():
    names = []

    def listen(name, _seconds, **details):
        if name == COMPILED:
            names.append(details.get("fun_name", "program"))

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield names
    jax.monitoring.unregister_event_duration_listener(listen)


def test_it_compiles_once(compilations):
    model, x = batch_norm_net()
    mc_predict(model, x[:60], 100)
    assert any("_block" in name for name in compilations)
    tw.fit(model, x, np.arange(64) % 3, epochs=1, verbose=0)
    compilations.clear()
    mc_predict(model, x[:60], 100, seed=4)
    mc_predict(model, x[:33], 70)  # as many rows at once, and as many samples
    model.layers[1].trainable = False
    mc_predict(model, x, 100)
    assert compilations == []


def test_freezing_other_layers_of_the_same_shapes_mixes_nothing_up():
    model = sequential(L.Dense(4), L.Dense(4), L.Dropout(1e-7))
    x = np.eye(4, dtype="float32")
    for frozen in (0, 1):
        model.layers[frozen].trainable, model.layers[1 - frozen].trainable = False, True
        np.testing.assert_allclose(mc_predict(model, x, 1).mean, model(x), atol=1e-5)


@pytest.mark.heavy
def test_a_new_rate_is_heeded():
    model = sequential(L.Dropout(0.5), shape=(1,))
    x = np.ones((1, 1), "float32")
    assert mc_predict(model, x, 4000).std[0, 0] == pytest.approx(1, rel=0.1)
    model.layers[0].rate = 0.2
    assert mc_predict(model, x, 4000).std[0, 0] == pytest.approx(0.5, rel=0.1)


# Kinds of models.


def agrees(model, x, rows=3):
    """Its mean over many samples is near the model's own, dropout layers on; and the samples differ."""
    found = mc_predict(model, x, 400, batch_size=400)
    assert found.mean.shape == np.asarray(model(x)).shape
    assert (found.std.reshape(rows, -1).max(axis=1) > 0).all()
    return found


@pytest.mark.heavy
@pytest.mark.parametrize(
    "layer",
    [
        lambda: L.GRU(3, recurrent_dropout=0.3),
        lambda: L.RNN([L.LSTMCell(3, dropout=0.3), L.GRUCell(2)]),
        lambda: L.Bidirectional(L.LSTM(3, dropout=0.3)),
        lambda: L.TimeDistributed(L.Dropout(0.3)),
    ],
)
def test_recurrent_dropout_has_the_moments_of_a_training_call(layer):
    layer = layer()
    model = sequential(L.Masking(), layer, shape=(5, 2))
    x = np.random.default_rng(0).normal(size=(3, 5, 2)).astype("float32")
    x[0, 3:] = 0  # masked
    found = agrees(model, x)
    call = jax.jit(
        lambda values, x: model.stateless_call([v.value for v in model.trainable_variables], values, x, True)
    )
    values, outputs = [v.value for v in model.non_trainable_variables], []
    for _ in range(400):
        output, values = call(values, x)
        outputs.append(np.asarray(output))
    outputs = np.stack(outputs)
    error = outputs.std(axis=0) * np.sqrt(2 / 400)
    assert (np.abs(found.mean - outputs.mean(axis=0)) < 5 * error + 1e-5).all()
    np.testing.assert_allclose(found.std, outputs.std(axis=0), rtol=0.25, atol=0.01)


@pytest.mark.slow
def test_a_convolutional_lstm_and_attention():
    recurrent = sequential(L.ConvLSTM1D(2, 2, dropout=0.3), shape=(3, 4, 2))
    agrees(recurrent, np.random.default_rng(0).normal(size=(3, 3, 4, 2)).astype("float32"))
    inputs = keras.Input((4, 8))
    for outputs in (
        L.MultiHeadAttention(2, 4, dropout=0.3)(inputs, inputs),
        L.GroupQueryAttention(4, 2, 1, dropout=0.3)(inputs, inputs),
        L.Attention(dropout=0.3)([inputs, inputs]),
        L.AdditiveAttention(dropout=0.3)([inputs, inputs]),
    ):
        agrees(keras.Model(inputs, outputs), np.random.default_rng(0).normal(size=(3, 4, 8)).astype("float32"))


@pytest.mark.heavy
def test_a_convolutional_net_with_a_nested_model():
    base = sequential(L.Conv2D(3, 3), L.SpatialDropout2D(0.3), L.BatchNormalization(), shape=(6, 6, 1))
    model = sequential(base, L.MaxPooling2D(), L.Flatten(), L.Dense(2, "softmax"), shape=(6, 6, 1))
    found = agrees(model, np.random.default_rng(0).normal(size=(3, 6, 6)).astype("float32"))
    assert found.entropy.shape == (3,)


class Own(keras.Model):
    """A subclass whose call knows of no training."""

    def __init__(self, dense="linear"):
        super().__init__()
        self.hidden, self.drop, self.head = L.Dense(8), [L.Dropout(0.5)], L.Dense(2, dense)

    def call(self, x):
        return self.head(self.drop[0](self.hidden(x)))


def test_a_subclass_and_what_its_outputs_are():
    keras.utils.set_random_seed(0)
    x = np.ones((3, 4), "float32")
    model = Own("softmax")
    model(x)
    with pytest.raises(InputError, match="There is no entropy") as error:
        _ = agrees(model, x).entropy
    assert 'output="softmax"' in error.value.hint
    assert mc_predict(model, x, 5, output="softmax").entropy.shape == (3,)
    logits = Own()
    logits(x)
    with pytest.raises(InputError, match="no probabilities"):
        mc_predict(logits, x, 5, output="softmax")


def test_inputs_by_name_by_place_and_of_whole_numbers():
    codes, numbers = keras.Input((1,), dtype="int32", name="codes"), keras.Input((3,), name="numbers")
    embedded = L.Flatten()(L.Embedding(5, 2)(codes))
    outputs = L.Dense(1, "sigmoid")(L.Dropout(0.5)(L.Concatenate()([embedded, numbers])))
    x = {"codes": np.array([[1], [4], [2]]), "numbers": np.ones((3, 3))}
    named = mc_predict(keras.Model({"codes": codes, "numbers": numbers}, outputs), x, 20)
    placed = mc_predict(keras.Model([codes, numbers], outputs), [x["codes"], x["numbers"]], 20)
    np.testing.assert_allclose(named.mean, placed.mean, atol=1e-6)
    assert named.entropy.shape == (3,)
    assert named.mean.shape == (3, 1)


def test_a_memory_map_and_half_precision(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((3, 4)))
    model = sequential(L.Dense(3, dtype="mixed_float16"), L.Dropout(0.5, dtype="mixed_float16"))
    found = mc_predict(model, np.load(tmp_path / "x.npy", mmap_mode="r"), 10)
    assert found.mean.dtype == np.float32
    np.testing.assert_array_equal(found.mean, mc_predict(model, np.ones((3, 4), "float32"), 10).mean)


# What is refused.


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"samples": 0}, "samples is 0.*at least 1"),
        ({"samples": 2.5}, "samples is 2.5"),
        ({"samples": True}, "samples is True"),
        ({"samples": "many"}, "samples is 'many'"),
        ({"seed": -1}, "seed is -1.*from 0"),
        ({"seed": 2**32}, "seed is 4294967296"),
        ({"seed": None}, "seed is None"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"output": "probabilities"}, "output is 'probabilities'"),
    ],
)
def test_arguments_out_of_range(arguments, words):
    with pytest.raises(InputError, match=words):
        mc_predict(sequential(L.Dropout(0.5)), np.ones((2, 4)), **arguments)


def test_a_model_without_dropout_is_told_what_would_count():
    with pytest.raises(InputError, match=r"no dropout.*pointless") as error:
        mc_predict(sequential(L.Dense(2), L.GaussianNoise(0.1)), np.ones((2, 4)))
    for name in ("AlphaDropout", "GaussianDropout", "SpatialDropout1D", "recurrent_dropout=", "attention"):
        assert name in error.value.hint


def test_rates_of_0_are_named():
    with pytest.raises(InputError, match=r"rate 0 \('first', 'second'\)"):
        mc_predict(sequential(L.Dropout(0, name="first"), L.AlphaDropout(0, name="second")), np.ones((2, 4)))


def test_dropout_that_is_never_called():
    class Idle(Own):
        def call(self, x):
            return self.head(self.hidden(x))

    model = Idle()
    model(np.ones((2, 4), "float32"))
    model.drop[0].build((2, 8))
    with pytest.raises(InputError, match="never calls its dropout"):
        mc_predict(model, np.ones((2, 4)))


@pytest.mark.parametrize("model", [lambda: keras.Sequential([L.Dropout(0.5), L.Dense(1)]), lambda: Own()])
def test_a_model_without_weights(model):
    model = model()
    with pytest.raises(InputError, match="no weights yet"):
        mc_predict(model, np.ones((2, 4)))


def test_what_is_no_model():
    with pytest.raises(InputError, match="model is a Dropout"):
        mc_predict(L.Dropout(0.5), np.ones((2, 4)))


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.ones((2, 5)), r"x has shape \(2, 5\), and the model .* takes \(rows, 4\)"),
        (np.ones((2, 3, 4)), r"x has shape \(2, 3, 4\)"),
        (np.ones((0, 4)), "x has no rows"),
        (np.array(["a", "b"]), "x is ndarray, not arrays of numbers"),
        (None, "x is NoneType"),
        ((row for row in np.ones((2, 4))), "x has shape \\(8,\\)"),  # rows, where batches of rows were meant
        ([np.ones((2, 4)), np.ones((2, 4))], "x has 2 arrays, and the model .* 1 inputs"),
        (7.0, "x is float"),
    ],
)
def test_inputs_that_do_not_fit(x, words):
    with pytest.raises(InputError, match=words):
        mc_predict(sequential(L.Dropout(0.5), L.Dense(2)), x)


def test_inputs_of_different_lengths_or_names():
    one, two = keras.Input((1,), name="one"), keras.Input((1,), name="two")
    outputs = L.Dropout(0.5)(L.Concatenate()([one, two]))
    model = keras.Model({"one": one, "two": two}, outputs)
    with pytest.raises(InputError, match="different numbers of rows"):
        mc_predict(model, {"one": np.ones((2, 1)), "two": np.ones((3, 1))})
    with pytest.raises(InputError, match="x has no 'two'"):
        mc_predict(model, {"one": np.ones((2, 1))})
    with pytest.raises(InputError, match=r"x\['two'\] has shape \(2, 7\)"):
        mc_predict(model, {"one": np.ones((2, 1)), "two": np.ones((2, 7))})


def test_a_subclass_says_what_it_cannot_take():
    model = Own()
    model(np.ones((2, 4), "float32"))
    with pytest.raises(InputError, match=r"One row of x.*does not pass"):
        mc_predict(model, np.ones((2, 5)))


def test_a_fixed_batch_size():
    fixed = keras.Sequential([keras.Input(batch_shape=(8, 4)), L.Dropout(0.5)])
    with pytest.raises(InputError, match="batches of 8 rows"):
        mc_predict(fixed, np.ones((8, 4)))
    with pytest.raises(InputError, match="does not pass") as error:
        mc_predict(sequential(L.Dropout(0.5, noise_shape=(8, 4))), np.ones((8, 4)))
    assert "noise_shape" in error.value.hint


def test_several_outputs():
    inputs = keras.Input((4,))
    dropped = L.Dropout(0.5)(inputs)
    with pytest.raises(InputError, match="has 2 outputs") as error:
        mc_predict(keras.Model(inputs, [L.Dense(1)(dropped), L.Dense(2)(dropped)]), np.ones((2, 4)))
    assert "model.outputs[0]" in error.value.hint


def test_another_backend(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    with pytest.raises(InputError, match=r"runs on JAX.*torch") as error:
        mc_predict(sequential(L.Dropout(0.5)), np.ones((2, 4)))
    assert "KERAS_BACKEND=jax" in error.value.hint
