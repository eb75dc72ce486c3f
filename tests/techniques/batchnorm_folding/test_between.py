"""What may stand between batch normalisation and the layer that takes it in, on either side."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import trainwell as tw

L = keras.layers
NOTHING = {
    "dropout": lambda: L.Dropout(0.5),
    "spatial dropout": lambda: L.SpatialDropout2D(0.5),
    "alpha dropout": lambda: L.AlphaDropout(0.5),
    "gaussian dropout": lambda: L.GaussianDropout(0.5),
    "gaussian noise": lambda: L.GaussianNoise(0.5),
    "activity regularization": lambda: L.ActivityRegularization(l2=1.0),
    "identity": L.Identity,
    "a linear activation": lambda: L.Activation("linear"),
}
POOLINGS = {
    "average pooling": lambda: L.AveragePooling2D(2),
    "padded average pooling": lambda: L.AveragePooling2D(3, padding="same"),
    "global average pooling": L.GlobalAveragePooling2D,
    "global average pooling that keeps its axes": lambda: L.GlobalAveragePooling2D(keepdims=True),
}
MAXIMA = {
    "max pooling": L.MaxPooling2D,
    "padded max pooling": lambda: L.MaxPooling2D(3, padding="same"),
    "global max pooling": L.GlobalMaxPooling2D,
}
REORDERINGS = {
    "flatten": L.Flatten,
    "flatten of channels first": lambda: L.Flatten(data_format="channels_first"),
    "reshape that keeps the channels": lambda: L.Reshape((20, 3)),
    "reshape that keeps no axis": lambda: L.Reshape((60,)),
    "permute and flatten": lambda: keras.Sequential([L.Permute((3, 1, 2)), L.Flatten()]),
}
SHAPE = (4, 5, 3)


def rows(shape=SHAPE):
    return np.random.default_rng(2).normal(size=(6, *shape)).astype("float32")


def net(*layers):
    flat = [inner for layer in layers for inner in (layer.layers if isinstance(layer, keras.Sequential) else [layer])]
    return keras.Sequential([keras.Input(SHAPE), *flat])


def check(model, left, off):
    folded = tw.fold_batchnorm(model)
    assert left(folded) == []
    assert off(model, folded, rows()) <= 1e-5


@pytest.mark.parametrize("name", [*NOTHING, *POOLINGS])
def test_scale_and_shift_go_back_through(name, trained, off, left):
    between = {**NOTHING, **POOLINGS}[name]
    check(trained(net(L.Conv2D(4, 2), between(), L.BatchNormalization(), L.LeakyReLU())), left, off)


@pytest.mark.parametrize("name", [*NOTHING, *POOLINGS, *REORDERINGS])
def test_scale_and_shift_go_ahead_through(name, trained, off, left):
    between = {**NOTHING, **POOLINGS, **REORDERINGS}[name]
    check(trained(net(L.ReLU(), L.BatchNormalization(), between(), L.Dense(4, "leaky_relu"))), left, off)


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("name", MAXIMA)
def test_a_maximum_lets_only_scales_through_that_are_not_negative(name, forward, trained, off, left):
    norm = L.BatchNormalization()
    layers = [norm, MAXIMA[name](), L.Dense(4)] if forward else [L.Conv2D(3, 2), MAXIMA[name](), norm, L.LeakyReLU()]
    model = trained(net(*layers))
    norm.gamma.assign([1.0, -0.1, 2.0])
    with pytest.raises(tw.InputError, match="a scale is negative"):
        tw.fold_batchnorm(model)
    norm.gamma.assign([1.0, 0.0, 2.0])
    check(model, left, off)


@pytest.mark.heavy
def test_a_scale_of_each_feature_goes_back_through_a_reshape(trained, off, left):
    layers = [L.Flatten(), L.Dense(6), L.Reshape((2, 3)), L.BatchNormalization(), L.LeakyReLU()]
    check(trained(net(*layers)), left, off)
    check(trained(net(L.Dense(6), L.Permute((3, 1, 2)), L.BatchNormalization(axis=1), L.ReLU())), left, off)


@pytest.mark.parametrize("first", [lambda: L.Flatten(), lambda: L.Reshape((60,))])
def test_a_scale_of_each_feature_does_not_go_back_into_a_convolution(first, trained):
    first = first()
    with pytest.raises(tw.InputError, match="differ along an axis other than the channels"):
        tw.fold_batchnorm(trained(net(L.Conv2D(3, 1), first, L.BatchNormalization(), L.LeakyReLU())))


def test_a_shape_that_is_not_known_stops_the_search(trained):
    inputs = keras.Input((None, 4))
    outputs = L.Dense(2)(L.Reshape((-1, 4))(L.BatchNormalization()(inputs)))
    with pytest.raises(tw.InputError, match=r"the shape at 'reshape.*' is not fully known"):
        tw.fold_batchnorm(trained(keras.Model(inputs, outputs)))


@pytest.mark.heavy
def test_the_chapter_s_net_with_flatten_and_dropout_folds_whole(trained, off, left):
    hidden = [layer for n in (30, 20) for layer in (L.Dense(n, "relu"), L.BatchNormalization(), L.Dropout(0.2))]
    check(trained(net(L.Flatten(), L.BatchNormalization(), *hidden, L.Dense(10, "softmax"))), left, off)
