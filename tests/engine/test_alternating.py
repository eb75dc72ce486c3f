"""Players that take turns: closed values of two players on a product, each step in order."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine.alternating import Alternating

ROWS = np.ones((8, 1), "float32")


def player():
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])


class Product(Alternating):
    """Two weights a and b: the first lowers a·b, the second raises it."""

    def __init__(self):
        super().__init__({"first": player(), "second": player()})

    def loss_of(self, turn, x, *, training):
        a, b = (each(x, training=training) for each in self.players.values())
        product = keras.ops.mean(a * b)
        return product if turn == "first" else -product


def game(optimizer):
    model = Product()
    model.compile(optimizer)
    return model


def test_the_second_player_sees_what_the_first_has_just_done():
    model = game(keras.optimizers.SGD(0.1))
    history = tw.fit(model, ROWS, batch_size=8, epochs=2, verbose=0, validation_data=ROWS).history
    a, b, values = 1.0, 1.0, []
    for _ in range(2):
        first = a * b
        a -= 0.1 * b
        values.append((first, -a * b))
        b += 0.1 * a
    assert np.allclose([float(weight.numpy()[0, 0]) for weight in model.trainable_weights], [a, b])
    assert np.allclose(np.transpose([history["first_loss"], history["second_loss"]]), values)
    assert np.isclose(history["val_first_loss"][-1], a * b)
    assert np.isclose(history["val_second_loss"][-1], -a * b)


@pytest.mark.parametrize("name", ["adam", "nadam", "rmsprop"])
def test_one_optimizer_gives_each_player_what_an_optimizer_of_its_own_would(name):
    model = game(keras.optimizers.get(name))
    tw.fit(model, ROWS, batch_size=8, epochs=3, verbose=0)
    weights = [keras.Variable(np.ones((1, 1), "float32")) for _ in range(2)]
    own = [keras.optimizers.get(name) for _ in range(2)]
    for _ in range(3):
        own[0].apply([weights[1].value], [weights[0]])
        own[1].apply([-weights[0].value], [weights[1]])
    trained = [weight.numpy() for weight in model.trainable_weights]
    assert np.allclose(trained, [weight.numpy() for weight in weights], atol=1e-6)


def test_keras_fit_gives_the_same_weights():
    ours, keras_own = game(keras.optimizers.Adam(0.1)), game(keras.optimizers.Adam(0.1))
    tw.fit(ours, ROWS, batch_size=4, epochs=3, verbose=0)
    keras_own.fit(ROWS, batch_size=4, epochs=3, verbose=0)
    assert np.allclose(ours.get_weights(), keras_own.get_weights(), atol=1e-6)
