"""Healthy nets that are no plain stack: several inputs or outputs, subclassed, a base that was trained before."""

from functools import cache

import keras
import numpy as np

from gallery.case import case
from gallery.data import Rows, cancer, digit_images, digits, moments, moons, split
from gallery.nets import HE, SPARSE, L, adam, conv, dense, sequential, setup
from trainwell import engine
from trainwell.training_spec import TrainingSpec


@case(note="Both halves of a digit through branches of their own.")
def two_inputs(seed, *, right_scale=1.0):
    left, right = keras.Input((32,), name="left"), keras.Input((32,), name="right")
    joined = L.Concatenate()([dense(24)(left), dense(24)(right)])
    model = keras.Model([left, right], L.Dense(10, "softmax")(dense(24)(joined)))
    setting = setup(model, digits(seed).divided_by(16), SPARSE, adam(2e-3), epochs=12)
    held_x, held_y = setting.data["validation_data"]
    x, held_x = ([each[:, :32], each[:, 32:] * np.float32(right_scale)] for each in (setting.data["x"], held_x))
    setting.data = {"x": x, "y": setting.data["y"], "validation_data": (held_x, held_y)}
    return setting


@case(note="A digit's class and how much ink it has, from one body.")
def two_outputs(seed, *, ink_offset=0.0, ink_scale=1.0):
    inputs = keras.Input((64,))
    body = dense(32)(dense(48)(inputs))
    outputs = {"digit": L.Dense(10, "softmax", name="digit")(body), "ink": L.Dense(1, name="ink")(body)}
    rows = digits(seed).divided_by(16)
    mean, deviation = moments(rows.x.sum(axis=1))

    def targets(x, y):
        ink = (x.sum(axis=1, keepdims=True) - mean) / deviation
        return {"digit": y, "ink": (ink_offset + ink_scale * ink).astype("float32")}

    return TrainingSpec(
        keras.Model(inputs, outputs),
        {
            "optimizer": adam(2e-3),
            "loss": {"digit": SPARSE, "ink": "mse"},
            "loss_weights": {"digit": 1.0, "ink": 0.5},
            "metrics": {"digit": ["accuracy"], "ink": ["mae"]},
        },
        {
            "x": rows.x,
            "y": targets(rows.x, rows.y),
            "validation_data": (rows.held_x, targets(rows.held_x, rows.held_y)),
        },
        {"epochs": 12, "batch_size": 32},
    )


class TwoLayers(keras.Model):
    """A model as people subclass it: the layers made in the constructor, called in `call`."""

    def __init__(self, initializer="he_normal", classes=10):
        super().__init__()
        self.first = L.Dense(48, "relu", kernel_initializer=initializer)
        self.dropout = L.Dropout(0.1)
        self.second = L.Dense(32, "relu", kernel_initializer=initializer)
        self.head = L.Dense(classes, "softmax", kernel_initializer=initializer)

    def call(self, inputs, training=None):
        return self.head(self.second(self.dropout(self.first(inputs), training=training)))


@case(note="A subclassed model, built by a call on data.")
def subclassed(seed, **arguments):
    rows = digits(seed).divided_by(16)
    model = TwoLayers(**arguments)
    model(rows.x[:1])  # makes the weights
    return setup(model, rows, SPARSE, adam(2e-3), epochs=10)


@case(note="One encoder used for both of two points, to tell whether they lie on the same half circle.")
def shared_encoder(seed):
    rows = moons(seed).standardized()
    generator = np.random.default_rng(seed)
    pairs = [_pairs(x, y, generator) for x, y in ((rows.x, rows.y), (rows.held_x, rows.held_y))]
    first, second = keras.Input((2,)), keras.Input((2,))
    encoder = sequential((2,), dense(24), dense(24), L.Dense(4))
    distance = keras.ops.square(encoder(first) - encoder(second))
    model = keras.Model([first, second], L.Dense(1, "sigmoid")(distance))
    (x, y), held_out = pairs
    return TrainingSpec(
        model,
        {"optimizer": adam(5e-3), "loss": "binary_crossentropy", "metrics": ["accuracy"]},
        {"x": x, "y": y, "validation_data": held_out},
        {"epochs": 15, "batch_size": 32},
    )


def _pairs(x, y, generator, count=1500):
    first, second = generator.integers(0, len(x), (2, count))
    return [x[first], x[second]], (y[first] == y[second]).astype("int32")


def pretrained_base(seed):
    """A convolutional base that has learned the digits 0 to 4, with the numbers it learned."""
    base = _base()
    base.set_weights(_base_weights(seed))
    return base


def _base():
    normalized = [
        layer
        for filters in (12, 24)
        for layer in (conv(filters, None, use_bias=False), L.BatchNormalization(momentum=0.9), L.Activation("relu"))
    ]
    return keras.Sequential([keras.Input((8, 8, 1)), *normalized, L.MaxPooling2D(), L.Flatten()], name="base")


@cache
def _base_weights(seed):
    rows = _of_classes(digit_images(seed), 0)
    base = _base()
    model = keras.Sequential([base, L.Dense(5, "softmax")])
    model.compile(adam(2e-3), SPARSE)
    engine.fit(model, rows.x, rows.y, epochs=4, verbose=0)
    return base.get_weights()


def _of_classes(rows, first):
    """The rows of five classes from `first` on, numbered from 0."""
    chosen, held = (y // 5 == first // 5 for y in (rows.y, rows.held_y))
    return Rows(rows.x[chosen], rows.y[chosen] - first, rows.held_x[held], rows.held_y[held] - first)


@case(note="The digits 5 to 9 from 150 images, on a frozen base that knows 0 to 4.")
def transfer(seed, *, freeze=None, batch_size=16):
    base = pretrained_base(seed)
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, L.Dense(5, "softmax")(L.Dropout(0.2)(base(inputs))))
    if freeze is None:
        base.trainable = False
    else:
        freeze(model, base)
    rows = _of_classes(digit_images(seed), 5).first(150)
    return setup(model, rows, SPARSE, adam(3e-3), epochs=15, batch_size=batch_size)


class Multiply(keras.layers.Layer):
    """A layer of one's own with a weight of its own: each feature times a number that is learned."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, inputs):
        return inputs * self.scale


@case(note="A layer of our own, and a Lambda, in a net on tumours.")
def own_layers(seed):
    squared = L.Lambda(lambda x: keras.ops.concatenate([x, 0.1 * keras.ops.square(x)], axis=-1))
    model = sequential((30,), Multiply(), squared, L.Dense(12, "relu", **HE), L.Dense(1, "sigmoid"))
    return setup(model, cancer(seed).standardized(), "binary_crossentropy", adam(2e-3), epochs=10)


@case(note="Shallow features beside deep ones, on the way to one value.")
def wide_and_deep(seed):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(1200, 8))
    y = x[:, :1] - x[:, 1:2] + np.sin(2 * x[:, 2:3]) + 0.1 * generator.normal(size=(1200, 1))
    inputs = keras.Input((8,))
    deep = dense(32)(dense(32)(inputs))
    model = keras.Model(inputs, L.Dense(1)(L.Concatenate()([inputs, deep])))
    rows = split(x, y / y.std(), seed)
    return setup(model, rows, "mse", adam(2e-3), metrics=["mae"], epochs=15)
