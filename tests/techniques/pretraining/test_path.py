"""Which layers are pretrained, and what is said of those that cannot be."""

from __future__ import annotations

import keras
import pytest

from trainwell.errors import InputError
from trainwell.techniques.pretraining.path import kind_of, lower_part

L = keras.layers


def sequential(*layers, shape=(8, 8, 1)):
    return keras.Sequential([keras.Input(shape), *layers])


def dense_net():
    return sequential(
        L.Rescaling(1 / 16),
        L.Flatten(name="flat"),
        L.Dense(9, name="one"),
        L.BatchNormalization(name="norm"),
        L.LeakyReLU(name="leaky"),
        L.Dropout(0.1, name="drop"),
        L.Dense(7, "elu", name="two"),
        L.Dropout(0.1, name="last_drop"),
        L.Dense(10, name="head"),
        L.Softmax(name="softmax"),
    )


def named(blocks):
    return [[layer.name for layer in block] for block in blocks]


def test_all_hidden_layers_with_what_stands_between_them():
    lower = lower_part(dense_net(), None)
    assert [type(layer) for layer in lower.below] == [L.Rescaling, L.Flatten]
    assert named(lower.blocks) == [["one", "norm", "leaky", "drop"], ["two"]]
    assert [layer.name for layer in lower.pretrained] == ["one", "norm", "two"]


def test_the_lowest_layers_alone():
    assert named(lower_part(dense_net(), 1).blocks) == [["one", "norm", "leaky"]]


def test_noise_and_normalization_before_the_first_layer_belong_to_it():
    model = sequential(L.Flatten(), L.BatchNormalization(name="norm"), L.Dense(3, name="one"), L.Dense(2))
    lower = lower_part(model, None)
    assert [type(layer) for layer in lower.below] == [L.Flatten]
    assert named(lower.blocks) == [["norm", "one"]]
    assert lower_part(sequential(L.Dropout(0.2), L.Flatten(), L.Dense(3), L.Dense(2)), None).below == []


def test_convolutions_and_pools():
    model = sequential(
        L.Conv2D(4, 3, name="one"),
        L.MaxPooling2D(name="pool"),
        L.SeparableConv2D(4, 3, name="two"),
        L.GlobalAveragePooling2D(),
        L.Dense(2),
    )
    with pytest.raises(InputError, match=r"'global_average_pooling2d.*', a GlobalAveragePooling2D, has no mirror"):
        lower_part(model, None)
    assert named(lower_part(model, 2).blocks) == [["one", "pool"], ["two"]]


def test_a_functional_model_and_a_model_within_it():
    inputs = keras.Input((8,))
    trunk = keras.Sequential([keras.Input((8,)), L.Dense(6, name="one"), L.ReLU(name="relu"), L.Dense(5, name="two")])
    model = keras.Model(inputs, L.Dense(2)(L.Dense(4, name="three")(trunk(inputs))))
    assert named(lower_part(model, None).blocks) == [["one", "relu"], ["two"], ["three"]]


def test_frozen_layers_below_only_prepare():
    model = dense_net()
    model.get_layer("one").trainable = False
    model.get_layer("norm").trainable = False
    lower = lower_part(model, None)
    assert [layer.name for layer in lower.below][2:] == ["one", "norm", "leaky"]
    assert named(lower.blocks) == [["drop", "two"]]


def branching():
    inputs = keras.Input((8,), name="in")
    low = L.Dense(6, name="low")(inputs)
    joined = L.Concatenate(name="both")([L.Dense(3, name="left")(low), L.Dense(3, name="right")(low)])
    return keras.Model(inputs, L.Dense(2)(joined))


def residual():
    inputs = keras.Input((8,))
    return keras.Model(inputs, L.Dense(2)(L.Add(name="sum")([inputs, L.Dense(8)(inputs)])))


def shared():
    inputs, layer = keras.Input((8,)), L.Dense(8, name="twice")
    return keras.Model(inputs, L.Dense(2)(layer(layer(inputs))))


def operation():
    inputs = keras.Input((8,))
    return keras.Model(inputs, L.Dense(2)(L.Dense(8)(inputs) * 2.0))


def two_outputs():
    inputs = keras.Input((8,))
    low = L.Dense(6, name="low")(inputs)
    return keras.Model(inputs, [L.Dense(2)(low), L.Dense(3)(low)])


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (branching, "after the layer 'low' the model branches"),
        (residual, "at the input the model branches"),
        (two_outputs, "after the layer 'low' the model branches"),
        (shared, "the layer 'twice' is used twice"),
        (operation, "the operation 'multiply.*' is no layer"),
        (lambda: sequential(L.LSTM(4, name="memory"), L.Dense(2), shape=(8, 2)), "the layer 'memory', a LSTM, has no"),
        (
            lambda: sequential(L.Embedding(9, 4, name="words"), L.Flatten(), L.Dense(2), shape=(8,)),
            "the layer 'words', a Embedding, has no mirror",
        ),
        (
            lambda: sequential(L.Conv2D(2, 1, data_format="channels_first", name="first"), L.Flatten(), L.Dense(2)),
            "the layer 'first', a Conv2D, has its channels first",
        ),
    ],
    ids=["branches", "residual", "two outputs", "shared", "operation", "recurrent", "embedding", "channels first"],
)
def test_what_cannot_be_mirrored_is_named_and_the_way_out_too(build, words):
    with pytest.raises(InputError, match=words) as caught:
        lower_part(build(), None)
    assert "auxiliary task" in caught.value.hint


def test_layers_below_a_branch_can_be_pretrained():
    assert named(lower_part(branching(), 1).blocks) == [["low"]]
    with pytest.raises(InputError, match="branches") as caught:
        lower_part(branching(), 2)
    assert caught.value.hint.startswith("Give layers=n for the lowest n of 1")


@pytest.mark.parametrize("layers", [0, -1, 3])
def test_layers_out_of_range(layers):
    with pytest.raises(InputError, match=f"layers={layers} is out of range.* 2 hidden layers"):
        lower_part(dense_net(), layers)


def test_nothing_to_pretrain():
    with pytest.raises(InputError, match="no hidden layer"):
        lower_part(sequential(L.Flatten(), L.Dense(10)), None)
    inputs = [keras.Input((4,), name="left"), keras.Input((4,), name="right")]
    with pytest.raises(InputError, match=r"2 inputs .'left', 'right'"):
        lower_part(keras.Model(inputs, L.Dense(2)(L.Concatenate()(inputs))), None)


@pytest.mark.parametrize(
    "build", [dense_net, lambda: sequential(L.Flatten(), L.Dense(3), L.Dense(2))], ids=["", "bare"]
)
def test_everything_frozen(build):
    model = build()
    model.trainable = False
    with pytest.raises(InputError, match="frozen"):
        lower_part(model, None)


def test_subclassed_models_have_no_order():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(InputError, match="Own is neither a Sequential nor a Functional model"):
        lower_part(Own(), None)


def test_a_layer_of_ones_own_below_dense_is_of_its_kind():
    class Wide(L.Dense):
        pass

    assert kind_of(Wide(3)) == "coding"
    assert kind_of(L.Permute((2, 1))) is None
