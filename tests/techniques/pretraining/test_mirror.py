"""Mirror images end at the shape that the way up began with."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell.techniques.pretraining.mirror import ascend, copy_weights, descend, scale_of_codes
from trainwell.techniques.pretraining.path import lower_part

L = keras.layers


def mirrored(model):
    inputs = keras.Input(model.input_shape[1:])
    ascent = ascend(lower_part(model, None).blocks, inputs)
    return keras.Model(inputs, descend(ascent, ascent.outputs))


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


def test_each_layer_is_answered_by_its_image():
    model = keras.Sequential(
        [
            keras.Input((7, 7, 1)),
            L.Conv2D(4, 3, name="low"),
            L.BatchNormalization(),
            L.LeakyReLU(),
            L.MaxPooling2D(),
            L.Dropout(0.1),
            L.Flatten(),
            L.Dense(5, "selu", kernel_initializer="lecun_normal"),
            L.Dense(3),
            L.Dense(2),
        ]
    )
    whole = mirrored(model)
    up = ["InputLayer", "Conv2D", "BatchNormalization", "LeakyReLU", "MaxPooling2D", "Dropout", "Flatten"]
    down = ["Dense", "Activation", "Dense", "BatchNormalization", "LeakyReLU"]
    end = ["Reshape", "UpSampling2D", "ZeroPadding2D", "Conv2DTranspose"]
    assert kinds(whole) == [*up, "Dense", "Dense", *down, *end]
    back = whole.layers[9]
    assert whole.layers[10].activation is keras.activations.selu
    assert type(back.kernel_initializer) is keras.initializers.LecunNormal
    assert whole.output_shape == (None, 7, 7, 1)


RANKS = {
    1: (L.Conv1D, L.MaxPooling1D, L.SeparableConv1D),
    2: (L.Conv2D, L.AveragePooling2D, L.DepthwiseConv2D),
    3: (L.Conv3D, L.MaxPooling3D, L.Conv3D),
}


@pytest.mark.heavy
@given(
    rank=st.sampled_from([1, 2, 3]),
    size=st.integers(6, 11),
    channels=st.integers(1, 3),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    padding=st.sampled_from(["same", "valid"]),
    pool=st.integers(1, 2),
    flat=st.booleans(),
)
@settings(max_examples=10, deadline=None)
def test_any_stack_of_convolutions_and_pools_comes_back_to_its_shape(
    rank, size, channels, kernel, stride, dilation, padding, pool, flat
):
    convolution, pooling, other = RANKS[rank]
    dilation = 1 if stride > 1 else dilation
    other_arguments = {} if other is L.DepthwiseConv2D else {"filters": 3}
    model = keras.Sequential(
        [
            keras.Input((*[size] * rank, channels)),
            convolution(2, kernel, strides=stride, dilation_rate=dilation, padding=padding, activation="relu"),
            pooling(pool, padding=padding),
            other(kernel_size=1, padding=padding, **other_arguments),
            *([L.Flatten(), L.Dense(3)] if flat else []),
            L.Dense(2),
        ]
    )
    assert mirrored(model).output_shape == model.input_shape


def test_a_causal_convolution_and_dense_over_time():
    model = keras.Sequential(
        [keras.Input((9, 2)), L.Conv1D(3, 3, padding="causal", dilation_rate=2), L.Dense(4), L.Dense(1)]
    )
    assert mirrored(model).output_shape == (None, 9, 2)


def test_the_scale_of_codes_is_their_root_mean_square_and_leaves_the_statistics():
    inputs = keras.Input((2,))
    dense, norm = L.Dense(2, kernel_initializer=keras.initializers.Constant(1.0)), L.BatchNormalization()
    norm(dense(inputs))
    ascent = ascend([[dense]], inputs)
    assert np.isclose(scale_of_codes(ascent, np.array([[3, 0], [0, 4]], "float32")), np.sqrt((9 + 16) / 2))
    assert scale_of_codes(ascent, np.zeros((2, 2), "float32")) == 1.0
    ascent = ascend([[dense, norm]], inputs)
    assert np.isclose(scale_of_codes(ascent, np.array([[300, 0], [0, 400]], "float32")), 1.0, atol=1e-3)
    assert ascent.layers[1].moving_mean.numpy().tolist() == [0, 0]


def test_a_normalization_layer_computes_with_the_weights_it_was_given():
    adapted, empty = L.Normalization(), L.Normalization()
    adapted.adapt(np.array([[1.0], [5.0]]))
    empty.build((None, 1))
    copy_weights(adapted, empty)
    assert np.allclose(empty(np.array([[5.0]])), [[1.0]])
