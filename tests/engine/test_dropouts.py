"""Which layers drop, and that only they are told of training."""

from __future__ import annotations

import threading

import keras
import numpy as np
import pytest

from trainwell.engine.dropouts import dropping, find_dropouts

L = keras.layers


def sequential(*layers, shape=(4,)):
    return keras.Sequential([keras.Input(shape), *layers])


def names(model):
    return [type(dropout.layer).__name__ for dropout in find_dropouts(model) if dropout.drops]


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        (lambda: [L.Dropout(0.5)], (4,)),
        (lambda: [L.SpatialDropout1D(0.5)], (4, 2)),
        (lambda: [L.SpatialDropout2D(0.5)], (4, 4, 2)),
        (lambda: [L.SpatialDropout3D(0.5)], (4, 4, 4, 2)),
        (lambda: [L.AlphaDropout(0.5)], (4,)),
        (lambda: [L.GaussianDropout(0.5)], (4,)),
        (lambda: [L.LSTM(2, dropout=0.5)], (4, 2)),
        (lambda: [L.GRU(2, recurrent_dropout=0.5)], (4, 2)),
        (lambda: [L.SimpleRNN(2, dropout=0.5, recurrent_dropout=0.5)], (4, 2)),
        (lambda: [L.ConvLSTM1D(2, 2, dropout=0.5)], (3, 4, 2)),
    ],
)
def test_layers_that_count_are_found_once(layers, shape):
    layers = layers()
    assert names(sequential(*layers, shape=shape)) == [type(layers[0]).__name__]


@pytest.mark.heavy
def test_cells_wrappers_nested_models_and_attention_are_searched():
    assert names(sequential(L.RNN([L.LSTMCell(2, dropout=0.5), L.GRUCell(2)]), shape=(4, 2))) == ["LSTMCell"]
    assert names(sequential(L.Bidirectional(L.GRU(2, dropout=0.5)), shape=(4, 2))) == ["GRU", "GRU"]
    assert names(sequential(L.TimeDistributed(L.Dropout(0.5)), shape=(4, 2))) == ["Dropout"]
    assert names(sequential(sequential(sequential(L.Dropout(0.5))))) == ["Dropout"]
    inputs = keras.Input((4, 8))
    heads = L.MultiHeadAttention(2, 4, dropout=0.5)(inputs, inputs)
    single = L.Attention(dropout=0.5)([heads, inputs])
    assert sorted(names(keras.Model(inputs, single))) == ["Attention", "Dropout"]


def test_noise_other_random_layers_and_rate_0_do_not_count():
    layers = [L.GaussianNoise(0.5), L.Dropout(0), L.AlphaDropout(0.0), L.Dense(2)]
    model = sequential(*layers)
    assert names(model) == []
    assert [dropout.layer for dropout in find_dropouts(model)] == layers[1:3]
    assert find_dropouts(sequential(L.LSTM(2), shape=(4, 2))) == []


def test_layers_of_a_subclass_in_attributes_lists_and_dictionaries_are_found():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.one = L.Dropout(0.1)
            self.many = [L.Dropout(0.2), {"deep": L.AlphaDropout(0.3)}]

        def call(self, x):
            return self.many[1]["deep"](self.many[0](self.one(x)))

    assert sorted(dropout.rates[0] for dropout in find_dropouts(Own())) == [0.1, 0.2, 0.3]


def test_layers_drop_within_and_not_after():
    model, x = sequential(L.Dropout(0.5)), np.ones((1, 4), "float32")
    dropouts = find_dropouts(model)
    with dropping(dropouts) as called:
        values = {float(value) for _ in range(20) for value in np.asarray(model(x, training=False)).ravel()}
    assert values == {0.0, 2.0}
    assert called == {id(dropouts[0].layer)}
    np.testing.assert_array_equal(model(x, training=False), x)
    assert "call" not in vars(dropouts[0].layer)


def test_an_error_within_leaves_the_layers_as_they_were():
    model = sequential(L.Dropout(0.5))
    with pytest.raises(ZeroDivisionError), dropping(find_dropouts(model)):
        _ = 1 / 0
    assert "call" not in vars(model.layers[0])


def test_another_thread_infers_meanwhile():
    model, x = sequential(L.Dropout(0.5)), np.ones((1, 64), "float32")
    model = sequential(L.Dropout(0.5), shape=(64,))
    found = []
    with dropping(find_dropouts(model)):
        thread = threading.Thread(target=lambda: found.append(np.asarray(model(x, training=False))))
        thread.start()
        thread.join()
    np.testing.assert_array_equal(found[0], x)


def test_a_subclass_that_always_drops_is_called_as_it_wants():
    class MCDropout(L.Dropout):
        def call(self, inputs):
            return super().call(inputs, training=True)

    model = sequential(MCDropout(0.5), shape=(64,))
    with dropping(find_dropouts(model)) as called:
        values = set(np.asarray(model(np.ones((1, 64), "float32"), training=False)).ravel().tolist())
    assert values == {0.0, 2.0}
    assert len(called) == 1
