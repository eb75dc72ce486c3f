"""What Setups of the blind part share: a subclassed net, a base trained on other classes."""

import keras

from gallery.blind.data import fashion
from trainwell.training_spec import TrainingSpec

L = keras.layers
SCE = "sparse_categorical_crossentropy"
CCE = "categorical_crossentropy"
BCE = "binary_crossentropy"


def setup(model, loss, optimizer, metrics, data, fit_, **compile_):
    c = {"optimizer": optimizer, "loss": loss, **compile_}
    if metrics:
        c["metrics"] = metrics
    return TrainingSpec(model=model, compile=c, data=data, fit=fit_)


@keras.saving.register_keras_serializable("unseen")
class Tower(keras.Model):
    def __init__(self, units=40, outputs=3, rate=0.2, last="softmax", **kw):
        super().__init__(**kw)
        self.units, self.outputs_, self.rate, self.last = units, outputs, rate, last
        self.a = L.Dense(units, activation="relu")
        self.n = L.LayerNormalization()
        self.b = L.Dense(units, activation="relu")
        self.d = L.Dropout(rate)
        self.o = L.Dense(outputs, activation=last)

    def call(self, x, training=None):
        h = self.n(self.a(x))
        return self.o(self.d(h + self.b(h), training=training))

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "outputs": self.outputs_,
            "rate": self.rate,
            "last": self.last,
        }


def pretrained(seed):
    """A base trained on the first five kinds of clothes."""
    xt, _, yt, _ = fashion(seed + 1, 2500, 0, classes=range(5))
    i = keras.Input((14, 14, 1))
    h = i
    for f in (16, 32):
        h = L.Conv2D(f, 3, padding="same", use_bias=False)(h)
        h = L.BatchNormalization(momentum=0.9)(h)
        h = L.MaxPooling2D()(L.ReLU()(h))
    base = keras.Model(i, L.Flatten()(h), name="base")
    whole = keras.Sequential([keras.Input((14, 14, 1)), base, L.Dense(5, activation="softmax")])
    whole.compile("adam", SCE)
    whole.fit(xt, yt, epochs=4, batch_size=64, verbose=0)
    return base
