"""Healthy nets on sequences: recurrent, convolutional, with embeddings, masks and attention."""

import keras

from gallery.case import case
from gallery.data import series, sums, tags, texts, waves
from gallery.nets import BINARY, SPARSE, L, adam, dense, sequential, setup


@case(note="Three frequencies told apart by an LSTM.")
def waves_lstm(seed, *, rows=None, head="softmax", loss=SPARSE, dropout=0.0, optimizer=None, **fit):
    model = sequential((24, 1), L.LSTM(16, dropout=dropout), L.Dense(3, head))
    return setup(model, rows or waves(seed), loss, optimizer or adam(5e-3), **{"epochs": 12, **fit})


@case(note="Three frequencies told apart by one-dimensional convolutions.")
def waves_conv(seed):
    layers = [L.Conv1D(16, 5, activation="relu"), L.MaxPooling1D(2), L.Conv1D(16, 3, activation="relu")]
    model = sequential((24, 1), *layers, L.GlobalAveragePooling1D(), L.Dense(3, "softmax"))
    return setup(model, waves(seed), SPARSE, adam(5e-3), epochs=12)


@case(note="Three frequencies, recurrent layers with layer normalization between them.")
def waves_layer_norm(seed):
    recurrent = [L.SimpleRNN(24, return_sequences=True), L.LayerNormalization(), L.SimpleRNN(24)]
    model = sequential((24, 1), *recurrent, L.LayerNormalization(), L.Dense(3, "softmax"))
    return setup(model, waves(seed), SPARSE, adam(3e-3), epochs=12)


@case(note="The next value of a series, from a GRU.")
def series_gru(seed, *, head=None, return_sequences=False, metrics=("mae",)):
    model = sequential((24, 1), L.GRU(16, return_sequences=return_sequences), L.Dense(1, head))
    return setup(model, series(seed), "mse", adam(1e-2), metrics=metrics, epochs=12)


@case(note="The next value, from the windows as a plain vector; the later windows validate, in order.")
def series_in_time(seed):
    rows = series(seed)
    model = sequential((24, 1), L.Flatten(), dense(32), L.Dense(1))
    setting = setup(model, rows, "mse", adam(3e-3), metrics=["mae"], epochs=15, shuffle=False)
    del setting.data["validation_data"]
    setting.fit["validation_split"] = 0.2
    return setting


@case(note="The sum of a sequence, from a plain recurrent layer of ReLUs, its gradients clipped.")
def sums_clipped(seed, *, clipnorm=1.0):
    recurrent = L.SimpleRNN(24, activation="relu", recurrent_initializer="identity")
    rate = keras.optimizers.schedules.CosineDecay(0.003, 24 * 12)
    optimizer = keras.optimizers.SGD(rate, momentum=0.9, clipnorm=clipnorm)
    model = sequential((60, 1), recurrent, L.Dense(1))
    return setup(model, sums(seed), "mse", optimizer, metrics=["mae"], epochs=12)


@case(note="Praise or not, from the mean of word vectors.")
def texts_embedding(seed, *, rows=None, head="sigmoid", loss=BINARY, **fit):
    model = sequential(
        (20,), L.Embedding(200, 8), L.GlobalAveragePooling1D(), dense(16), L.Dropout(0.2), L.Dense(1, head)
    )
    return setup(model, rows or texts(seed), loss, adam(3e-3), **{"epochs": 6, **fit})


@case(note="Praise or not, from an LSTM that skips the zeros behind the end.")
def texts_masked_lstm(seed, *, rows=None):
    model = sequential((20,), L.Embedding(200, 8, mask_zero=True), L.LSTM(12, dropout=0.3), L.Dense(1, "sigmoid"))
    return setup(model, rows or texts(seed), BINARY, adam(5e-3), epochs=3)


@case(note="Praise or not, from a GRU that reads both ways.")
def texts_bidirectional_gru(seed):
    both = L.Bidirectional(L.GRU(8, dropout=0.3))
    model = sequential((20,), L.Embedding(200, 8, mask_zero=True), both, L.Dense(1, "sigmoid"))
    return setup(model, texts(seed), BINARY, adam(3e-3), epochs=4)


@case(note="Praise or not, from words that attend to each other.")
def texts_attention(seed):
    inputs = keras.Input((20,))
    words = L.Embedding(200, 16)(inputs)
    attended = L.LayerNormalization()(words + L.MultiHeadAttention(2, 8, dropout=0.1)(words, words))
    pooled = L.Dropout(0.4)(L.GlobalAveragePooling1D()(attended))
    model = keras.Model(inputs, L.Dense(1, "sigmoid")(pooled))
    return setup(model, texts(seed), BINARY, adam(1e-3), epochs=4)


@case(note="A tag for each word of a sequence.")
def tags_lstm(seed):
    layers = [L.Embedding(31, 12), L.LSTM(24, return_sequences=True), L.Dense(3, "softmax")]
    return setup(sequential((12,), *layers), tags(seed), SPARSE, adam(1e-2), epochs=15)
