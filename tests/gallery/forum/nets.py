"""What Setups of the forum part share: a base trained on other classes, a residual block, a subclassed net."""

import keras

from gallery.forum.data import pictures
from trainwell.training_spec import TrainingSpec

L = keras.layers
SPARSE = "sparse_categorical_crossentropy"
CATEGORICAL = "categorical_crossentropy"
BINARY = "binary_crossentropy"


def setup(model, loss, optimizer, rows, held=None, *, metrics=None, loss_weights=None, **fit):
    """A spec of training rows `(x, y)`, validation rows where there are any, and 32 rows a step where not told."""
    optional = {"metrics": metrics, "loss_weights": loss_weights}
    given = {name: value for name, value in optional.items() if value is not None}
    data = {"x": rows[0], "y": rows[1]}
    if held is not None:
        data["validation_data"] = held
    return TrainingSpec(model, {"optimizer": optimizer, "loss": loss, **given}, data, {"batch_size": 32, **fit})


def residual_block(x, filters, momentum):
    skip = L.Conv2D(filters, 1, padding="same")(x)
    x = L.Conv2D(filters, 3, padding="same")(x)
    x = L.BatchNormalization(momentum=momentum)(x)
    x = L.Activation("relu")(x)
    x = L.Conv2D(filters, 3, padding="same")(x)
    x = L.BatchNormalization(momentum=momentum)(x)
    return L.Activation("relu")(L.add([x, skip]))


def pretrained_base(seed, rows, *, epochs=2, name="base"):
    """Three convolutions trained on the first five kinds of clothes."""
    base = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            L.Conv2D(12, 3, strides=2, padding="same", use_bias=False, name="conv1"),
            L.BatchNormalization(name="bn1", momentum=0.9),
            L.Activation("relu", name="act1"),
            L.Conv2D(24, 3, strides=2, padding="same", use_bias=False, name="conv2"),
            L.BatchNormalization(name="bn2", momentum=0.9),
            L.Activation("relu", name="act2"),
            L.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="conv3"),
            L.BatchNormalization(name="bn3", momentum=0.9),
            L.Activation("relu", name="act3"),
        ],
        name=name,
    )
    whole = keras.Sequential([base, L.GlobalAveragePooling2D(), L.Dense(5, activation="softmax")])
    whole.compile(optimizer=keras.optimizers.Adam(3e-3), loss=SPARSE)
    whole.fit(*pictures(seed, rows, range(5)), epochs=epochs, batch_size=64, verbose=0)
    for layer in base.layers:
        if isinstance(layer, L.BatchNormalization):
            layer.momentum = 0.99
    return base


class Net(keras.Model):
    """A subclassed net of one logit."""

    def __init__(self):
        super().__init__()
        self.first = L.Dense(24, activation="gelu")
        self.drop = L.Dropout(0.2)
        self.second = L.Dense(12, activation="gelu")
        self.last = L.Dense(1)

    def call(self, x, training=False):
        return self.last(self.second(self.drop(self.first(x), training=training)))
