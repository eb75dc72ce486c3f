"""Faults of gradients, of the rate, and of fitting too much or too little, blind."""

import keras
import numpy as np
from keras import ops

from gallery.blind.data import (
    classes,
    digits,
    fashion,
    fit,
    friedman,
    hot,
    ordinal_rows,
    pack,
    texts,
    waves,
)
from gallery.blind.nets import BCE, SCE, setup
from gallery.case import case

L = keras.layers
Opt = keras.optimizers


def rounded_mse(y_true, y_pred):
    return ops.mean(ops.square(y_true - ops.round(y_pred)), axis=-1)


@case(
    fault="cannot-fit-one-batch",
    note="Wanted whole stars, so rounds the prediction inside the loss: no gradient comes back.",
    also=("vanishing-gradients", "loss-does-not-fit-task"),
)
def sick_stars_rounded_loss(seed):
    x, level = ordinal_rows(seed)
    y = (level - 2).astype("float32")[:, None]
    m = keras.Sequential(
        [keras.Input((6,)), L.Dense(24, activation="relu"), L.Dense(12, activation="relu"), L.Dense(1)]
    )
    return setup(m, rounded_mse, Opt.Adam(2e-3), ["mae"], pack(x[:1600], y[:1600], x[1600:], y[1600:]), fit(30, 32))


@case(fault="cannot-fit-one-batch", note="A 'compressing' layer of one tanh unit in front of ten classes.")
def sick_digits_one_unit_bottleneck(seed):
    xt, xv, yt, yv = digits(seed)
    m = keras.Sequential(
        [
            keras.Input((64,)),
            L.Dense(64, activation="relu"),
            L.Dense(1, activation="tanh"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(40, 32))


@case(
    fault="constant-predictions",
    note="LayerNormalization right on a series with one channel, which makes every step zero.",
)
def sick_waves_layernorm_one_channel(seed):
    xt, xv, yt, yv = waves(seed, 1200)
    m = keras.Sequential(
        [
            keras.Input((48, 1)),
            L.LayerNormalization(),
            L.Conv1D(16, 5, activation="relu"),
            L.GlobalMaxPooling1D(),
            L.Dense(16, activation="relu"),
            L.Dense(4, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(15, 32))


@case(
    fault="dying-relu",
    note="Biases of the hidden ReLU layers start at -4 after a typo; nothing ever fires.",
    also=("constant-predictions",),
)
def sick_classes_negative_bias(seed):
    xt, xv, yt, yv = classes(seed, 2000, 20, 10, 3)
    xt, xv = np.clip(xt, -2.5, 2.5), np.clip(xv, -2.5, 2.5)
    m = keras.Sequential(
        [
            keras.Input((20,)),
            L.Dense(64, activation="relu"),
            L.Dense(48, activation="relu", bias_initializer=keras.initializers.Constant(-4.0)),
            L.Dense(3, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(25, 32))


@case(
    fault="dying-relu",
    note="Pixels in 0..1 with kernels drawn from -0.1..0, so the convolutions are dead from the start.",
    also=("constant-predictions", "mismatched-initializer"),
)
def sick_fashion_negative_kernels(seed):
    xt, xv, yt, yv = fashion(seed, 2000)
    k = keras.initializers.RandomUniform(-0.1, 0.0, seed=seed)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Conv2D(16, 3, activation="relu", kernel_initializer=k),
            L.MaxPooling2D(),
            L.Conv2D(16, 3, activation="relu"),
            L.Flatten(),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(10, 64))


@case(
    fault="exploding-gradients",
    note="Relu recurrence over sixty steps whose recurrent kernel is orthogonal with gain 1.8.",
    also=("mismatched-initializer", "non-finite-loss"),
)
def sick_rnn_relu_explodes(seed):
    xt, xv, yt, yv = waves(seed, 1200, steps=60)
    m = keras.Sequential(
        [
            keras.Input((60, 1)),
            L.SimpleRNN(32, activation="relu", recurrent_initializer=keras.initializers.Orthogonal(1.8, seed=seed)),
            L.Dense(4),
        ]
    )
    return setup(
        m,
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        Opt.SGD(0.01),
        ["accuracy"],
        pack(xt, yt, xv, yv),
        fit(15, 32),
    )


@case(
    fault="exploding-gradients",
    note="Twenty-four residual blocks without any normalisation; signals grow from block to block.",
    also=("non-finite-loss",),
)
def sick_deep_residual_explodes(seed):
    xt, xv, yt, yv = friedman(seed)
    i = keras.Input((8,))
    h = L.Dense(32)(i)
    for _ in range(24):
        r = L.Dense(64, activation="relu", kernel_initializer="he_normal")(h)
        h = h + L.Dense(32, kernel_initializer="he_normal")(r)
    m = keras.Model(i, L.Dense(1)(h))
    return setup(m, "mse", Opt.SGD(0.01), ["mae"], pack(xt, yt, xv, yv), fit(20, 32))


@case(fault="learning-rate-too-high", note="Adam at 0.3 on a convnet.", also=("dying-relu",))
def sick_fashion_adam_high(seed):
    xt, xv, yt, yv = fashion(seed, 2500)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Conv2D(12, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Conv2D(16, 3, activation="relu"),
            L.Flatten(),
            L.Dense(32, activation="relu"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(0.3), ["accuracy"], pack(xt, yt, xv, yv), fit(10, 64))


@case(fault="learning-rate-too-high", note="RMSprop at 0.2 on a bidirectional LSTM.")
def sick_waves_rmsprop_high(seed):
    xt, xv, yt, yv = waves(seed, 1200)
    m = keras.Sequential([keras.Input((48, 1)), L.Bidirectional(L.LSTM(10)), L.Dense(4, activation="softmax")])
    return setup(m, SCE, Opt.RMSprop(0.2), ["accuracy"], pack(xt, yt, xv, yv), fit(12, 32))


@case(fault="learning-rate-too-low", note="Fine-tuning rate of 2e-6 taken for a net from scratch.")
def sick_classes_adam_low(seed):
    xt, xv, yt, yv = classes(seed)
    i = keras.Input((20,))
    h = L.Dense(32, activation="swish")(i)
    h = L.Concatenate()([i, L.Dense(24, activation="swish")(h)])
    m = keras.Model(i, L.Dense(3, activation="softmax")(h))
    return setup(m, SCE, Opt.Adam(2e-6), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 32))


@case(
    fault="learning-rate-too-low",
    note="SGD with a schedule that has decayed to nothing after the first epoch.",
    also=("stopped-too-early",),
)
def sick_digits_schedule_dies(seed):
    xt, xv, yt, yv = digits(seed)
    m = keras.Sequential([keras.Input((64,)), L.Dense(48, activation="relu"), L.Dense(10, activation="softmax")])
    return setup(
        m,
        SCE,
        Opt.SGD(Opt.schedules.ExponentialDecay(0.01, 5, 0.5), momentum=0.9),
        ["accuracy"],
        pack(xt, yt, xv, yv),
        fit(30, 32),
    )


def naive_divergence(y_true, y_pred):
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


@case(
    fault="non-finite-loss",
    note="Hand-written KL divergence without an epsilon: 0 * log 0 on one-hot rows.",
    also=("loss-does-not-fit-task",),
)
def sick_digits_naive_divergence(seed):
    xt, xv, yt, yv = digits(seed)
    m = keras.Sequential([keras.Input((64,)), L.Dense(32, activation="relu"), L.Dense(10, activation="softmax")])
    return setup(m, naive_divergence, Opt.Adam(1e-3), ["accuracy"], pack(xt, hot(yt, 10), xv, hot(yv, 10)), fit(10, 32))


def relative_error(y_true, y_pred):
    return ops.mean(ops.abs((y_true - y_pred) / y_true), axis=-1)


@case(
    fault="non-finite-loss",
    note="Relative error as loss on counts of which many are zero.",
    also=("loss-does-not-fit-task",),
)
def sick_counts_relative_error(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (1500, 5)).astype("float32")
    y = rng.poisson(np.exp(0.3 + 0.5 * x[:, 0])).astype("float32")[:, None]
    m = keras.Sequential([keras.Input((5,)), L.Dense(16, activation="relu"), L.Dense(1, activation="softplus")])
    return setup(m, relative_error, Opt.Adam(1e-3), ["mae"], pack(x[:1200], y[:1200], x[1200:], y[1200:]), fit(15, 32))


@case(fault="over-regularized", note="L2 of 0.2 on every kernel.")
def sick_classes_l2_heavy(seed):
    xt, xv, yt, yv = classes(seed)
    r = keras.regularizers.L2(0.2)
    m = keras.Sequential(
        [
            keras.Input((20,)),
            L.Dense(40, activation="relu", kernel_regularizer=r),
            L.Dense(20, activation="relu", kernel_regularizer=r),
            L.Dense(3, activation="softmax", kernel_regularizer=r),
        ]
    )
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(40, 32))


@case(fault="over-regularized", note="L1 of 0.05 on the kernels of a convnet.")
def sick_digits_l1_conv(seed):
    xt, xv, yt, yv = digits(seed, True)
    r = keras.regularizers.L1(0.05)
    m = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.Conv2D(16, 3, activation="swish", kernel_regularizer=r),
            L.Conv2D(16, 3, activation="swish", kernel_regularizer=r),
            L.Flatten(),
            L.Dense(10, activation="softmax", kernel_regularizer=r),
        ]
    )
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(20, 32))


@case(
    fault="overfitting",
    note="Some five hundred noisy rows, three wide layers, sixty epochs and no brake.",
    also=("trained-past-best-epoch", "too-little-data"),
)
def sick_noisy_rows_overfit(seed):
    xt, xv, yt, yv = classes(seed, 700, 30, 6, 2, 0.9, 0.25)
    m = keras.Sequential(
        [
            keras.Input((30,)),
            L.Dense(256, activation="relu"),
            L.Dense(256, activation="relu"),
            L.Dense(128, activation="relu"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    return setup(m, BCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(60, 32))


@case(
    fault="overfitting",
    note="Wide embedding and LSTM on eight hundred short texts, trained to the end.",
    also=("trained-past-best-epoch", "too-little-data"),
)
def sick_texts_lstm_overfit(seed):
    xt, xv, yt, yv = texts(seed, 1000, share=0.12)
    m = keras.Sequential(
        [
            keras.Input((30,), dtype="int32"),
            L.Embedding(400, 64),
            L.Bidirectional(L.LSTM(32)),
            L.Dense(4, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(3e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(25, 32))


@case(
    fault="saturated-activations",
    note="tanh layers with kernels of deviation 2: every unit sits at -1 or 1.",
    also=("mismatched-initializer",),
)
def sick_classes_tanh_saturated(seed):
    xt, xv, yt, yv = classes(seed, 2000, 24, 10, 4)
    k = keras.initializers.RandomNormal(stddev=2.0)
    m = keras.Sequential(
        [
            keras.Input((24,)),
            L.Dense(40, activation="tanh", kernel_initializer=k),
            L.Dense(40, activation="tanh", kernel_initializer=k),
            L.Dense(40, activation="tanh", kernel_initializer=k),
            L.Dense(4, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(5e-4), ["accuracy"], pack(xt, yt, xv, yv), fit(25, 32))


@case(fault="stopped-too-early", note="Two epochs because the tutorial had two.")
def sick_texts_two_epochs(seed):
    xt, xv, yt, yv = texts(seed, 2500)
    m = keras.Sequential(
        [
            keras.Input((30,), dtype="int32"),
            L.Embedding(400, 16),
            L.GlobalAveragePooling1D(),
            L.Dense(16, activation="relu"),
            L.Dense(4, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(2, 64))


@case(fault="stopped-too-early", note="Three epochs of a net that needs thirty.")
def sick_friedman_three_epochs(seed):
    xt, xv, yt, yv = friedman(seed)
    m = keras.Sequential(
        [keras.Input((8,)), L.Dense(24, activation="relu"), L.Dense(12, activation="relu"), L.Dense(1)]
    )
    return setup(m, "mse", Opt.Adam(1e-3), ["mae"], pack(xt, yt, xv, yv), fit(3, 64))


@case(
    fault="trained-past-best-epoch",
    note="Fifty epochs where the best came in the first third; the last weights are kept.",
    also=("overfitting",),
)
def sick_fashion_past_best(seed):
    xt, xv, yt, yv = fashion(seed, 2500)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Conv2D(16, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(96, activation="relu"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(50, 64))


@case(fault="vanishing-gradients", note="Nine sigmoid layers.", also=("saturated-activations", "constant-predictions"))
def sick_digits_nine_sigmoids(seed):
    xt, xv, yt, yv = digits(seed)
    m = keras.Sequential([keras.Input((64,))])
    for _ in range(9):
        m.add(L.Dense(32, activation="sigmoid"))
    m.add(L.Dense(10, activation="softmax"))
    return setup(m, SCE, Opt.SGD(0.05, momentum=0.9), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 32))
