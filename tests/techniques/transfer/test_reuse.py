"""Reused layers: from memory and from files, cut where it is said, computing what the base computes there."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.errors import InputError
from trainwell.techniques import reuse_layers

L = keras.layers


def outputs(model, x):
    return np.asarray(model(x, training=False))


def names(model):
    return [layer.name for layer in model.layers[1:]]


def up_to(base, name, x):
    """What the base gives at one of its layers."""
    return outputs(keras.Model(base.inputs[0], base.get_layer(name).output), x)


@pytest.mark.heavy
def test_all_but_the_output_layer(base, digits):
    x = digits[0][:20]
    reused = reuse_layers(base)
    assert names(reused) == ["low", "middle", "high"]
    np.testing.assert_array_equal(outputs(reused, x), up_to(base, "high", x))
    assert not reused.compiled


@pytest.mark.parametrize(("reuse", "last"), [(1, "low"), (2, "middle"), ("middle", "middle"), (4, "answer")])
def test_up_to_a_layer(base, digits, reuse, last):
    x = digits[0][:20]
    reused = reuse_layers(base, reuse)
    assert reused.layers[-1].name == last
    np.testing.assert_array_equal(outputs(reused, x), up_to(base, last, x))


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("compiled", [True, False])
def test_from_a_file(base, digits, tmp_path, ending, compiled):
    path = tmp_path / f"a{ending}"
    model = base if compiled else reuse_layers(base, "answer")
    model.save(path)
    x = digits[0][:20]
    for given in (path, str(path)):
        np.testing.assert_array_equal(outputs(reuse_layers(given), x), up_to(base, "high", x))


def small(*layers, shape=(8, 8, 1)):
    return keras.Sequential([keras.Input(shape), *layers])


@pytest.mark.parametrize(
    ("layers", "reused"),
    [
        (lambda: [L.Conv2D(2, 3), L.ReLU()], 2),  # ends like include_top=False
        (lambda: [L.Conv2D(2, 3), L.MaxPooling2D()], 2),
        (lambda: [L.Flatten(), L.Dense(4), L.Dense(3), L.Softmax()], 2),
        (
            lambda: [
                L.Conv2D(2, 3),
                L.GlobalAveragePooling2D(keepdims=True),
                L.Conv2D(5, 1),
                L.Reshape((5,)),
                L.Softmax(),
            ],
            2,
        ),
        (lambda: [L.Conv2D(2, 3), L.Conv2D(1, 3, activation="sigmoid")], 1),
        (lambda: [L.Flatten(), L.LayerNormalization()], 2),
    ],
)
def test_output_layers_are_told_by_the_rule(layers, reused):
    layers = layers()
    model = small(*layers)
    assert names(reuse_layers(model)) == [layer.name for layer in model.layers[:reused]]


@pytest.mark.heavy
def test_models_within_models():
    inner = keras.Sequential([keras.Input((6,)), L.Dense(5, "relu", name="a"), L.Dense(4, "relu", name="b")], name="in")
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6,))
    base = keras.Model(inputs, L.Dense(3, "softmax")(inner(L.Dense(6, name="first")(inputs))))
    x = np.random.default_rng(0).normal(size=(10, 6)).astype("float32")
    reused = reuse_layers(base)
    assert names(reused) == ["first", "in"]
    np.testing.assert_array_equal(outputs(reused, x), outputs(inner, outputs(base.get_layer("first"), x)))
    y = np.arange(10) % 2
    result = tw.transfer(base, L.Dense(2, "softmax", name="a"), x, y, head_epochs=1, epochs=1, unfreeze=1)
    assert result.stages[1].trainable == ("in/b", "a_head")
    copy = result.model.get_layer("in")
    np.testing.assert_array_equal(copy.get_layer("a").kernel, inner.get_layer("a").kernel)
    assert not np.array_equal(copy.get_layer("b").kernel, inner.get_layer("b").kernel)
    decayed = tw.transfer(base, L.Dense(2, "softmax"), x, y, head_epochs=0, epochs=1, rate_decay=0.1)
    assert list(decayed.stages[0].learning_rates)[:3] == ["first", "in/a", "in/b"]


def test_a_base_that_ends_in_a_model_with_an_answer_of_its_own_must_be_cut_by_the_caller():
    top = keras.Sequential([keras.Input((6,)), L.Dense(3, "softmax")], name="top")
    base = keras.Sequential([keras.Input((4,)), L.Dense(6, name="low"), top])
    with pytest.raises(InputError, match="ends in the model 'top'"):
        reuse_layers(base)
    assert names(reuse_layers(base, "low")) == ["low"]


def test_layers_that_keep_more_than_weights(digits):
    x = digits[0][:50]
    normal = L.Normalization()
    normal.adapt(x * 7 + 3)
    base = keras.Sequential([keras.Input((64,)), normal, L.Lambda(lambda t: t * len(x)), L.Dense(3), L.Dense(2)])
    np.testing.assert_array_equal(outputs(reuse_layers(base), x), outputs(keras.Sequential(base.layers[:-1]), x))


@pytest.mark.heavy
def test_shared_layers_and_several_inputs(digits):
    x, y = digits
    x, y = x[:40], y[:40] % 2
    left, right = keras.Input((32,), name="left"), keras.Input((32,), name="right")
    tower = L.Dense(8, "relu", name="tower")
    both = L.Concatenate()([tower(left), tower(right)])
    base = keras.Model({"left": left, "right": right}, L.Dense(10, "softmax")(both))
    data = {"left": x[:, :32], "right": x[:, 32:]}
    result = tw.transfer(base, L.Dense(1, "sigmoid"), data, y, head_epochs=1, epochs=1)
    assert result.stages[1].trainable[0] == "tower"
    with pytest.raises(InputError, match="x has no entry 'right'"):
        tw.transfer(base, L.Dense(1, "sigmoid"), {"left": x[:, :32]}, y)


@pytest.mark.parametrize(("name", "shape"), [("MobileNetV2", (1, 1, 1280)), ("VGG16", (1, 1, 512))])
@pytest.mark.slow
def test_keras_applications_without_their_top(name, shape):
    base = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(32, 32, 3))
    before = base.get_weights()
    x = np.random.default_rng(0).normal(size=(8, 32, 32, 3)).astype("float32")
    y = np.arange(8) % 2
    with pytest.raises(InputError, match=r"GlobalAveragePooling2D\(\)"):
        tw.transfer(base, L.Dense(1, "sigmoid"), x, y)
    head = [L.GlobalAveragePooling2D(), L.Dense(1, "sigmoid")]
    result = tw.transfer(base, head, x, y, head_epochs=1, epochs=1, unfreeze=2, batch_size=8)
    assert len(result.stages[1].trainable) == 3
    assert reuse_layers(base).output_shape == (None, *shape)
    for one, other in zip(before, base.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    kept = [
        (one, other)
        for one, other in zip(base.layers, result.model.layers, strict=False)
        if isinstance(one, L.BatchNormalization)
    ]
    for one, other in kept:
        for weight, copied in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(weight, copied)


@pytest.mark.heavy
def test_a_residual_network_of_the_applications_kind():
    """Branches, batch normalisation and a top that is not flat, small enough for every run."""
    inputs = keras.Input((8, 8, 3))
    one = L.ReLU()(L.BatchNormalization(name="normal")(L.Conv2D(4, 3, padding="same", name="conv")(inputs)))
    two = L.ReLU()(L.Add()([one, L.Conv2D(4, 3, padding="same", name="branch")(one)]))
    base = keras.Model(inputs, two)
    x = np.random.default_rng(0).normal(size=(12, 8, 8, 3)).astype("float32")
    y = np.arange(12) % 3
    with pytest.raises(InputError, match=r"shape \(8, 8, 3\) a row.*\(8, 8, 4\)[\s\S]*GlobalAveragePooling2D\(\)"):
        tw.transfer(base, L.Dense(3, "softmax"), x, y)
    head = [L.GlobalAveragePooling2D(), L.Dense(3, "softmax", name="new")]
    result = tw.transfer(base, head, x, y, head_epochs=1, epochs=1)
    assert result.stages[1].trainable == ("conv", "branch", "new")


# --- what is refused ------------------------------------------------------------------------------------------------


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = L.Dense(2)

    def call(self, x):
        return self.out(x)


@keras.saving.register_keras_serializable("tests")
class Registered(L.Layer):
    def call(self, x):
        return x


class Fixed(L.Layer):
    def __init__(self, table):
        super().__init__()
        self.table = table

    def call(self, x):
        return x + self.table


def own():
    model = Own()
    model(np.zeros((1, 4)))
    return model


@pytest.mark.parametrize(
    ("base", "words"),
    [
        (lambda: 3, "base must be a Keras model or a path"),
        (lambda: "nowhere.keras", "there is no file"),
        (lambda: "weights.txt", "no .keras or .h5 file"),
        (own, "class Own, computes in its own code"),
        (lambda: keras.Sequential([L.Dense(2)]), "is not built"),
        (lambda: small(L.Flatten(), L.Dense(2)), "have no weights"),
        (lambda: small(L.Flatten(), L.Dense(4), Fixed(np.ones(4)), L.Dense(2)), "cannot be copied"),
    ],
)
def test_bases_are_refused(base, words):
    with pytest.raises(InputError, match=words):
        reuse_layers(base())


def test_files_that_hold_no_model_are_refused(tmp_path):
    (tmp_path / "broken.keras").write_text("x")
    (tmp_path / "broken.h5").write_text("x")
    model = small(L.Flatten(), L.Dense(2))
    model.save_weights(tmp_path / "only.weights.h5")
    small(L.Flatten(), L.Lambda(lambda x: x * 2), L.Dense(2)).save(tmp_path / "code.keras")
    small(L.Flatten(), L.Lambda(lambda x: x * 2), L.Dense(2)).save(tmp_path / "code.h5")
    for name in ("broken.keras", "broken.h5", "only.weights.h5", "code.keras", "code.h5"):
        with pytest.raises(InputError, match=f"{name}' cannot be read as a model"):
            reuse_layers(tmp_path / name)


@pytest.mark.parametrize(
    ("reuse", "words"),
    [
        (0, "from 1 to 4"),
        (5, "from 1 to 4"),
        (True, "from 1 to 4"),
        ("hihg", "names no layer"),
    ],
)
def test_a_place_to_cut_is_refused(base, reuse, words):
    with pytest.raises(InputError, match=words):
        reuse_layers(base, reuse)


def test_a_name_that_is_nearly_right_is_suggested(base):
    with pytest.raises(InputError, match="'high'"):
        reuse_layers(base, "hihg")


def test_several_outputs_need_a_place_to_cut():
    inputs = keras.Input((4,))
    hidden = L.Dense(3, name="hidden")(inputs)
    base = keras.Model(inputs, [L.Dense(1)(hidden), L.Dense(2)(hidden)])
    with pytest.raises(InputError, match="base has 2 outputs"):
        reuse_layers(base)
    assert names(reuse_layers(base, "hidden")) == ["hidden"]
    recurrent = keras.Input((5, 3))
    sequence, *_ = L.LSTM(2, return_state=True, name="memory")(recurrent)
    with pytest.raises(InputError, match="gives 3 outputs"):
        reuse_layers(keras.Model(recurrent, L.Dense(1)(sequence)), "memory")


@pytest.mark.parametrize("shape", [(9, 8), (64,), (8, 8, 3), (8, 8, 1, 2)])
def test_rows_of_another_shape_are_refused(shape):
    base = small(L.Flatten(), L.Dense(4), L.Dense(2))
    with pytest.raises(InputError, match=r"x has rows of shape .* made for rows of shape \(8, 8, 1\)"):
        tw.transfer(base, L.Dense(1, "sigmoid"), np.zeros((6, *shape)), np.zeros(6))


def test_a_last_axis_of_one_may_be_left_out_as_in_keras():
    base = small(L.Flatten(), L.Dense(4), L.Dense(2))
    x, y = np.zeros((6, 8, 8), "float32"), np.arange(6) % 2
    assert tw.transfer(base, L.Dense(1, "sigmoid"), x, y, head_epochs=1, epochs=0).stages[0].epochs_run == 1


def test_inputs_that_are_no_array_are_refused(base):
    with pytest.raises(InputError, match="y was given beside a source of batches"):
        tw.transfer(base, L.Dense(1, "sigmoid"), (row for row in np.zeros((6, 64))), np.zeros(6))
    with pytest.raises(InputError, match="x must be an array"):
        tw.transfer(base, L.Dense(1, "sigmoid"), "rows.csv", np.zeros(6))
    with pytest.raises(InputError, match="made for rows"):
        tw.transfer(base, L.Dense(1, "sigmoid"), np.zeros(6), np.zeros(6))
