"""Short ways to write the gallery's models and Setups."""

from __future__ import annotations

import keras

from trainwell.training_spec import TrainingSpec

L = keras.layers
SPARSE, BINARY = "sparse_categorical_crossentropy", "binary_crossentropy"
HE, LECUN = {"kernel_initializer": "he_normal"}, {"kernel_initializer": "lecun_normal"}
SELU = {"activation": "selu", **LECUN}


def sequential(shape, *layers):
    return keras.Sequential([keras.Input(shape), *layers])


def dense(units, activation="relu", **arguments):
    """A hidden layer, with the initializer that suits the ReLU family."""
    return L.Dense(units, activation, **{**HE, **arguments})


def conv(filters, activation="relu", **arguments):
    """A 3×3 convolution that keeps the image's size, with the initializer that suits the ReLU family."""
    return L.Conv2D(filters, 3, padding="same", activation=activation, **{**HE, **arguments})


def setup(model, rows, loss, optimizer, *, metrics=("accuracy",), epochs, batch_size=32, **fit):
    """A TrainingSpec that validates on the held-out rows."""
    return TrainingSpec(
        model,
        {"optimizer": optimizer, "loss": loss, "metrics": list(metrics)},
        {"x": rows.x, "y": rows.y, "validation_data": (rows.held_x, rows.held_y)},
        {"epochs": epochs, "batch_size": batch_size, **fit},
    )


def adam(learning_rate=1e-3, **arguments):
    return keras.optimizers.Adam(learning_rate, **arguments)


def sgd(learning_rate=0.05, momentum=0.9, **arguments):
    return keras.optimizers.SGD(learning_rate, momentum=momentum, **arguments)
