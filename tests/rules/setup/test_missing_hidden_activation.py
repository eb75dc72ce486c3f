from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

L = keras.layers
NAME = "missing-hidden-activation"


def told(model, shape=(6,), **arguments):
    outputs = [np.zeros((8, *output.shape[1:])) for output in model.outputs] if model.built else [np.zeros((8, 1))]
    y = outputs if len(outputs) > 1 else outputs[0]
    return finding(static(model, np.zeros((8, *shape)), y, **arguments), NAME)


def sequence(*layers, shape=(6,)):
    return keras.Sequential([keras.Input(shape), *layers])


def bottleneck(x, width, out):
    """As MobileNetV2 has it: widened, filtered by channel, narrowed linearly, and added."""
    y = L.ReLU()(L.BatchNormalization()(L.Conv2D(width, 1, use_bias=False)(x)))
    y = L.ReLU()(L.BatchNormalization()(L.DepthwiseConv2D(3, padding="same", use_bias=False)(y)))
    y = L.BatchNormalization()(L.Conv2D(out, 1, use_bias=False)(y))
    return L.Add()([x, y]) if x.shape[-1] == out else y


class Functions(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.head = L.Dense(4, name="hidden"), L.Dense(1, name="head")

    def call(self, x):
        return self.head(keras.ops.relu(self.hidden(x)))


class Plain(Functions):
    def call(self, x):
        return self.head(self.hidden(x))


def test_a_model_that_is_linear_all_through():
    found = told(sequence(L.Dense(8, name="first"), L.BatchNormalization(), L.Dense(8, name="second"), L.Dense(1)))
    assert found.outcome == "fault"
    assert found.evidence[0].where == "first"
    assert found.message.startswith(
        "Nothing between the input and the output is nonlinear: the hidden layers 'first', 'second' and the last layer "
        "are together one linear layer."
    )


@pytest.mark.parametrize("between", [lambda: L.Dropout(0.2), lambda: L.Activation("linear"), lambda: L.Rescaling(2.0)])
def test_what_is_linear_between_is_passed_by(between):
    between = between()
    assert told(sequence(L.Dense(8), between, L.Dense(1, "sigmoid"))).outcome == "fault"


def test_convolutions_without_activations():
    layers = [L.Conv2D(4, 3, name="conv"), L.AveragePooling2D(2), L.Flatten(), L.Dense(3, "softmax")]
    assert told(sequence(*layers, shape=(8, 8, 1)), (8, 8, 1)).evidence[0].where == "conv"


def test_max_pooling_bends():
    layers = [L.Conv2D(4, 3), L.MaxPooling2D(), L.Flatten(), L.Dense(3, "softmax")]
    assert told(sequence(*layers, shape=(8, 8, 1)), (8, 8, 1)).outcome == "passed"


def test_most_hidden_layers_without_activation():
    layers = [L.Dense(8, name="one"), L.Dense(8, name="two"), L.Dense(8, "relu", name="three"), L.Dense(1)]
    found = told(sequence(*layers))
    assert found.outcome == "fault"
    assert found.message.startswith("2 of 3 hidden layers lead to the next one with nothing nonlinear between: 'one'")


def test_one_of_several_is_only_mentioned():
    found = told(sequence(L.Dense(8, "relu"), L.Dense(8, name="bare"), L.Dense(8, "relu"), L.Dense(1)))
    assert found.outcome == "advice"
    assert found.message == "Between 'bare' and the next layer with weights there is nothing nonlinear."


def test_activations_as_layers_and_operations_are_seen():
    inputs = keras.Input((6,))
    x = L.PReLU()(L.BatchNormalization()(L.Dense(8)(inputs)))
    model = keras.Model(inputs, L.Dense(1)(keras.ops.relu(L.Dense(8)(x))))
    assert told(model).outcome == "passed"


@pytest.mark.heavy
def test_linear_bottlenecks_are_meant_so():
    inputs = keras.Input((8, 8, 3))
    x = L.Conv2D(8, 3, activation="relu", padding="same")(inputs)
    for width, out in ((24, 8), (24, 8), (24, 12), (36, 12)):
        x = bottleneck(x, width, out)
    model = keras.Model(inputs, L.Dense(3)(L.GlobalAveragePooling2D()(L.Conv2D(48, 1, activation="relu")(x))))
    assert told(model, (8, 8, 3)).outcome == "passed"


def test_the_up_convolutions_of_a_u_net_may_be_linear():
    inputs = keras.Input((8, 8, 1))
    fine = L.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    coarse = L.Conv2D(8, 3, padding="same", activation="relu")(L.MaxPooling2D()(fine))
    joined = L.Concatenate()([fine, L.Conv2DTranspose(8, 2, 2)(coarse)])
    outputs = L.Conv2D(1, 1)(L.Conv2D(4, 3, padding="same", activation="relu")(joined))
    assert told(keras.Model(inputs, outputs), (8, 8, 1)).outcome == "passed"


def test_separable_convolutions_in_two_layers_are_in_order():
    pairs = [layer for _ in range(3) for layer in (L.DepthwiseConv2D(3), L.Conv2D(8, 1, activation="relu"))]
    layers = [*pairs, L.GlobalAveragePooling2D(), L.Dense(3)]
    assert told(sequence(*layers, shape=(12, 12, 2)), (12, 12, 2)).outcome == "passed"


def test_the_code_of_an_autoencoder_may_be_linear():
    assert told(sequence(L.Dense(5, "relu"), L.Dense(2), L.Dense(5, "relu"), L.Dense(6))).outcome == "passed"


def test_a_linear_autoencoder_is_only_mentioned():
    assert told(sequence(L.Dense(2), L.Dense(6))).outcome == "advice"


def test_projections_before_attention_and_recurrent_layers_are_in_order():
    inputs = keras.Input((5, 6))
    x = L.Dense(8)(inputs)
    x = L.Add()([x, L.MultiHeadAttention(2, 4)(x, x)])
    x = L.LSTM(4)(L.Dense(4)(x))
    assert told(keras.Model(inputs, L.Dense(1)(x)), (5, 6)).outcome == "passed"


def test_a_wide_linear_path_beside_a_deep_one_is_in_order():
    inputs = keras.Input((6,))
    deep = L.Dense(8, "relu")(L.Dense(8, "relu")(inputs))
    assert told(keras.Model(inputs, L.Dense(1)(L.Concatenate()([inputs, deep])))).outcome == "passed"


def test_layers_within_a_nested_model_are_seen():
    base = keras.Sequential([keras.Input((6,)), L.Dense(8, name="inner"), L.Dense(8)], name="base")
    assert told(keras.Sequential([keras.Input((6,)), base, L.Dense(1)])).evidence[0].where == "base/inner"


def test_plain_layers_of_a_subclassed_model_are_seen():
    assert told(Plain()).outcome == "fault"


def test_functions_of_a_subclassed_model_are_not_measured():
    assert told(Functions()).outcome == "not measured"


def test_an_activation_of_ones_own_is_not_blamed():
    assert told(sequence(L.Dense(8, lambda x: x**3), L.Dense(1))).outcome == "not measured"


def test_a_linear_model_has_no_hidden_layers():
    assert told(sequence(L.Dense(3, "softmax"))).outcome == "not applicable"
