"""Healthy Setups that come near the faults of rate, duration, capacity and regularization."""

from __future__ import annotations

import keras

from gallery import data
from gallery.case import case
from gallery.nets import BINARY, LECUN, SPARSE, L, adam, conv, dense, sequential, setup, sgd


@case(note="Wines, standardized; two hidden layers; a hot Adam.")
def own_wine_hot(seed, *, learning_rate=1e-2, epochs=40):
    rows = data.wine(seed).standardized()
    net = sequential((13,), dense(24), dense(24), L.Dense(3, "softmax"))
    return setup(net, rows, SPARSE, adam(learning_rate), epochs=epochs, batch_size=16)


@case(note="Images of digits through two convolutions; the rate rises and falls in one cycle.")
def own_digit_images_warmup(seed, *, decay=None):
    rows = data.digit_images(seed)
    net = sequential((8, 8, 1), conv(8), L.MaxPooling2D(), conv(16), L.GlobalAveragePooling2D(), L.Dense(10, "softmax"))
    rate = decay or keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=560, warmup_target=1e-2, warmup_steps=60, alpha=0.01
    )
    return setup(net, rows, SPARSE, adam(rate), epochs=15)


@case(note="Digits, centered; plain SGD at a small rate, slow and steady.")
def own_digits_slow_sgd(seed, *, learning_rate=0.02, epochs=15):
    rows = data.digits(seed).centered()
    net = sequential((64,), dense(48), dense(48), L.Dense(10, "softmax"))
    return setup(net, rows, SPARSE, sgd(learning_rate, momentum=0.0), epochs=epochs)


@case(note="Patients, inputs and target standardized; noise leaves no more than half to learn.")
def own_diabetes_small(seed, *, epochs=25):
    rows = data.diabetes(seed).standardized().with_standardized_target()
    net = sequential((10,), dense(16), L.Dense(1))
    return setup(net, rows, "mse", adam(3e-3), metrics=(), epochs=epochs)


@case(note="Patients; a linear model, which cannot fit a batch of noisy rows and need not.")
def own_diabetes_linear(seed):
    rows = data.diabetes(seed).standardized().with_standardized_target()
    return setup(sequential((10,), L.Dense(1)), rows, "mse", adam(1e-2), metrics=(), epochs=40)


@case(note="Digits through a code of 4 numbers and back; a narrow code is what an autoencoder is for.")
def own_digits_code(seed):
    rows = data.digits(seed).divided_by(16)
    rows = data.Rows(rows.x, rows.x, rows.held_x, rows.held_x)
    net = sequential((64,), dense(48), L.Dense(4), dense(48), L.Dense(64, "sigmoid"))
    return setup(net, rows, "mse", adam(3e-3), metrics=(), epochs=20)


@case(note="A smooth function of 10 features; SELU net, early stopping puts the best weights back.")
def own_friedman_early_stopping(seed, *, monitor=None, epochs=40):
    rows = data.friedman(seed).standardized().with_standardized_target()
    net = sequential((10,), *(L.Dense(32, "selu", **LECUN) for _ in range(2)), L.Dense(1))
    stop = monitor or keras.callbacks.EarlyStopping(patience=6, restore_best_weights=True)
    return setup(net, rows, "mse", adam(3e-3), metrics=(), epochs=epochs, callbacks=[stop])


@case(note="Texts: an embedding and an average; small, and trained for few epochs.")
def own_texts_average(seed, *, units=8, epochs=6, penalty=None):
    rows = data.texts(seed)
    net = sequential(
        (20,),
        L.Embedding(200, units),
        L.GlobalAveragePooling1D(),
        dense(16, kernel_regularizer=penalty),
        L.Dense(1, "sigmoid", kernel_regularizer=penalty),
    )
    return setup(net, rows, BINARY, adam(1e-2), epochs=epochs)


@case(note="Waves through a GRU; dropout behind it and a mild penalty.")
def own_waves_recurrent(seed, *, learning_rate=5e-3, epochs=10):
    rows = data.waves(seed)
    net = sequential(
        (24, 1), L.GRU(16, kernel_regularizer=keras.regularizers.L2(1e-4)), L.Dropout(0.3), L.Dense(3, "softmax")
    )
    return setup(net, rows, SPARSE, adam(learning_rate, clipnorm=1.0), epochs=epochs)


@case(note="Tumours, standardized; a mild penalty on all kernels.")
def own_cancer_penalized(seed, *, strength=1e-3, epochs=25):
    rows = data.cancer(seed).standardized()
    mild = keras.regularizers.L2(strength)
    net = sequential(
        (30,),
        dense(32, kernel_regularizer=mild),
        dense(16, kernel_regularizer=mild),
        L.Dense(1, "sigmoid", kernel_regularizer=mild),
    )
    return setup(net, rows, BINARY, adam(3e-3), epochs=epochs)


@case(note="Three values of 8 features at once; dropout, batch normalization, momentum.")
def own_three_targets_normalized(seed, *, hidden=48, epochs=25):
    rows = data.three_targets(seed)
    net = sequential(
        (8,), L.Dense(48, use_bias=False), L.BatchNormalization(), L.ReLU(), L.Dropout(0.1), dense(hidden), L.Dense(3)
    )
    return setup(net, rows, "mse", sgd(0.05), metrics=(), epochs=epochs)


@case(note="Four in a hundred are positive, and weights of the classes make up for it.")
def own_rare_weighted(seed):
    rows = data.imbalanced(seed)
    net = sequential((6,), dense(16), L.Dense(1, "sigmoid"))
    return setup(net, rows, BINARY, adam(3e-3), metrics=("auc",), epochs=12, class_weight={0: 0.52, 1: 12.5})


@case(note="Noisy digits; a third of a large net's units are dropped, and training ends in time.")
def own_noisy_digits_dropout(seed, *, units=96, rate=0.4, epochs=12, rows=None):
    few = data.noisy_digits(seed) if rows is None else data.noisy_digits(seed).first(rows)
    drop = [L.Dropout(rate)] if rate else []
    net = sequential((64,), dense(units), *drop, dense(units), *drop, L.Dense(10, "softmax"))
    return setup(net, few, SPARSE, adam(1e-3), epochs=epochs)
