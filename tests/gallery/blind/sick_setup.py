"""Faults of model and compile, blind."""

import keras
import numpy as np
from sklearn import datasets as skd

from gallery.blind.data import (
    classes,
    cut,
    digits,
    fashion,
    fit,
    friedman,
    hot,
    houses,
    moons,
    pack,
    series,
    standard,
    stop,
    tabular,
    texts,
    waves,
)
from gallery.blind.nets import BCE, CCE, SCE, pretrained, setup
from gallery.case import case

L = keras.layers
Opt = keras.optimizers


@case(
    fault="activated-logits",
    note="Kept sigmoid on the last layer and copied BinaryCrossentropy(from_logits=True) from a tutorial.",
)
def sick_cancer_sigmoid_from_logits(seed):
    xt, xv, yt, yv = tabular("breast_cancer", seed)
    m = keras.Sequential(
        [
            keras.Input((30,)),
            L.Dense(20, activation="elu"),
            L.Dense(10, activation="elu"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    return setup(
        m,
        keras.losses.BinaryCrossentropy(from_logits=True),
        Opt.Adam(2e-3),
        ["accuracy"],
        pack(xt, yt, xv, yv),
        fit(40, 32),
    )


@case(fault="activated-logits", note="A Softmax layer closes the text model and the loss is told to expect logits.")
def sick_texts_softmax_from_logits(seed):
    xt, xv, yt, yv = texts(seed, 2500, k=4)
    i = keras.Input((30,), dtype="int32")
    h = L.GlobalAveragePooling1D()(L.Embedding(400, 16)(i))
    m = keras.Model(i, L.Softmax()(L.Dense(4)(h)))
    return setup(
        m,
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        Opt.Adam(5e-3),
        ["accuracy"],
        pack(xt, yt, xv, yv),
        fit(20, 64),
    )


@case(
    fault="batch-norm-on-tiny-batches",
    note="Out of memory, so batch_size went to 2 while the net is full of batch norm.",
)
def sick_fashion_bn_batch_two(seed):
    xt, xv, yt, yv = fashion(seed, 1500, 500)
    m = keras.Sequential([keras.Input((14, 14, 1)), L.Flatten()])
    for u in (64, 48):
        m.add(L.Dense(u, use_bias=False))
        m.add(L.BatchNormalization(momentum=0.95))
        m.add(L.ReLU())
    m.add(L.Dense(10, activation="softmax"))
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(8, 2))


@case(
    fault="batch-norm-statistics-not-settled",
    note="Batch norm with momentum 0.9995 and few hundred steps: training loss near zero, validation loss far above.",
)
def sick_waves_bn_slow_momentum(seed):
    xt, xv, yt, yv = waves(seed, 1600, noise=0.3)
    m = keras.Sequential([keras.Input((48, 1))])
    for _ in range(3):
        m.add(L.Conv1D(16, 5, strides=2, padding="same", use_bias=False))
        m.add(L.BatchNormalization(momentum=0.9995))
        m.add(L.Activation("relu"))
    m.add(L.GlobalAveragePooling1D())
    m.add(L.Dense(4, activation="softmax"))
    return setup(m, SCE, Opt.Adam(3e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(10, 64))


@case(fault="binary-loss-on-exclusive-classes", note="Ten exclusive digits, ten sigmoids and binary cross-entropy.")
def sick_digits_sigmoid_bce(seed):
    xt, xv, yt, yv = digits(seed, True)
    m = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.Conv2D(12, 3, activation="relu"),
            L.Flatten(),
            L.Dropout(0.2),
            L.Dense(10, activation="sigmoid"),
        ]
    )
    return setup(m, BCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, hot(yt, 10), xv, hot(yv, 10)), fit(20, 32, stop(5)))


@case(
    fault="broadcast-target",
    note="One target per row, but eight output units left from an earlier task; mse broadcasts silently.",
)
def sick_friedman_eight_outputs(seed):
    xt, xv, yt, yv = friedman(seed)
    m = keras.Sequential(
        [keras.Input((8,)), L.Dense(32, activation="relu"), L.Dense(16, activation="relu"), L.Dense(8)]
    )
    return setup(m, "mse", Opt.Adam(2e-3), ["mae"], pack(xt, yt[:, None], xv, yv[:, None]), fit(30, 32, stop(6)))


@case(
    fault="broadcast-target",
    note="return_sequences=True on the last LSTM, so every step of the window is held against the one target.",
)
def sick_series_return_sequences(seed):
    xt, xv, yt, yv = series(seed)
    m = keras.Sequential([keras.Input((24, 1)), L.LSTM(16, return_sequences=True), L.Dense(1)])
    return setup(m, "mse", Opt.Adam(4e-3), None, pack(xt, yt, xv, yv), fit(20, 32, stop(5)))


@case(
    fault="collapsed-feature-map",
    note="Copied a VGG-like stack for large photos: the 14x14 image is pooled to one pixel and convolved on.",
)
def sick_fashion_pooled_to_nothing(seed):
    xt, xv, yt, yv = fashion(seed, 3000)
    m = keras.Sequential([keras.Input((14, 14, 1))])
    for f in (8, 16, 16, 16, 16):
        m.add(L.Conv2D(f, 3, padding="same", activation="relu", kernel_initializer="he_normal"))
        m.add(L.MaxPooling2D(2, padding="same"))
    m.add(L.Flatten())
    m.add(L.Dense(10, activation="softmax"))
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(15, 64, stop(4)))


@case(fault="constant-initialization", note="Every kernel starts at zero 'for reproducibility'.")
def sick_wine_zero_init(seed):
    xt, xv, yt, yv = tabular("wine", seed)
    m = keras.Sequential(
        [
            keras.Input((13,)),
            L.Dense(24, activation="relu", kernel_initializer="zeros"),
            L.Dense(12, activation="relu", kernel_initializer="zeros"),
            L.Dense(3, activation="softmax", kernel_initializer="zeros"),
        ]
    )
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(60, 16))


@case(
    fault="constant-initialization",
    note="All hidden kernels at the constant 0.05, so all units of a layer stay the same.",
)
def sick_digits_constant_init(seed):
    xt, xv, yt, yv = digits(seed)
    c = keras.initializers.Constant(0.05)
    m = keras.Sequential(
        [
            keras.Input((64,)),
            L.Dense(32, activation="tanh", kernel_initializer=c),
            L.Dense(32, activation="tanh", kernel_initializer=c),
            L.Dense(10, activation="softmax", kernel_initializer=c),
        ]
    )
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(40, 32))


@case(fault="dropout-on-output", note="Dropout after the last layer of a regression.")
def sick_friedman_dropout_last(seed):
    xt, xv, yt, yv = friedman(seed)
    m = keras.Sequential(
        [keras.Input((8,)), L.Dense(32, activation="relu"), L.Dense(16, activation="relu"), L.Dense(1), L.Dropout(0.3)]
    )
    return setup(m, "mse", Opt.Adam(2e-3), ["mae"], pack(xt, yt, xv, yv), fit(40, 32, stop(8)))


@case(fault="dropout-on-output", note="Dropout behind the softmax as well as before it.")
def sick_digits_dropout_after_softmax(seed):
    xt, xv, yt, yv = digits(seed)
    m = keras.Sequential(
        [
            keras.Input((64,)),
            L.Dense(48, activation="relu"),
            L.Dropout(0.2),
            L.Dense(10, activation="softmax"),
            L.Dropout(0.4),
        ]
    )
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 32, stop(6)))


@case(
    fault="frozen-base-batch-norm-training",
    note="Froze the base's convolutions, yet its batch norms stay trainable and the base is called with training=True.",
)
def sick_transfer_bn_training(seed):
    base = pretrained(seed)
    for layer in base.layers:
        if not isinstance(layer, L.BatchNormalization):
            layer.trainable = False
    xt, xv, yt, yv = fashion(seed, 600, 500, classes=range(5, 10))
    i = keras.Input((14, 14, 1))
    m = keras.Model(i, L.Dense(5, activation="softmax")(base(i, training=True)))
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt - 5, xv, yv - 5), fit(20, 8, stop(5)))


@case(fault="heavy-dropout", note="Feared overfitting: Dropout(0.85) after every layer.")
def sick_digits_heavy_dropout(seed):
    xt, xv, yt, yv = digits(seed)
    m = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        m.add(L.Dense(48, activation="relu"))
        m.add(L.Dropout(0.85))
    m.add(L.Dense(10, activation="softmax"))
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(40, 32))


@case(fault="heavy-dropout", note="Mixed up keep probability and drop rate: Dropout(0.9) twice in a GRU regression.")
def sick_series_gru_heavy_dropout(seed):
    xt, xv, yt, yv = series(seed)
    m = keras.Sequential(
        [keras.Input((24, 1)), L.GRU(24), L.Dropout(0.9), L.Dense(16, activation="relu"), L.Dropout(0.9), L.Dense(1)]
    )
    return setup(m, "mse", Opt.Adam(3e-3), None, pack(xt, yt, xv, yv), fit(20, 32))


@case(
    fault="loss-does-not-fit-task", note="Three kinds of wine as numbers 0, 1, 2, one linear unit, mean squared error."
)
def sick_wine_mse_on_ids(seed):
    xt, xv, yt, yv = tabular("wine", seed)
    perm = np.array([1, 0, 2])  # the order of the kinds means nothing
    m = keras.Sequential([keras.Input((13,)), L.Dense(16, activation="relu"), L.Dense(1)])
    return setup(m, "mse", Opt.Adam(3e-3), None, pack(xt, perm[yt], xv, perm[yv]), fit(60, 16, stop(8)))


@case(
    fault="loss-does-not-fit-task",
    note="Categorical cross-entropy on one linear unit for a price: the loss is zero at once.",
)
def sick_houses_cce(seed):
    xt, xv, yt, yv = houses(seed)
    xt, xv = standard(xt, xv)
    mu, sd = yt.mean(), yt.std()
    m = keras.Sequential([keras.Input((5,)), L.Dense(24, activation="relu"), L.Dense(1)])
    return setup(
        m, CCE, Opt.Adam(2e-3), ["mae"], pack(xt, ((yt - mu) / sd)[:, None], xv, ((yv - mu) / sd)[:, None]), fit(20, 32)
    )


@case(fault="metric-does-not-fit-task", note="Watches accuracy on a regression and asks why it stays at zero.")
def sick_series_accuracy(seed):
    xt, xv, yt, yv = series(seed)
    m = keras.Sequential(
        [
            keras.Input((24, 1)),
            L.Conv1D(16, 5, activation="relu"),
            L.Conv1D(16, 5, activation="relu"),
            L.Flatten(),
            L.Dense(1),
        ]
    )
    return setup(m, "mse", Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(25, 32, stop(6)))


@case(
    fault="metric-does-not-fit-task", note="Reports binary accuracy for ten classes with softmax, so 0.97 is claimed."
)
def sick_fashion_binary_accuracy(seed):
    xt, xv, yt, yv = fashion(seed, 3000)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Flatten(),
            L.Dense(48, activation="relu"),
            L.Dropout(0.3),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(
        m, CCE, Opt.Adam(1e-3), ["binary_accuracy"], pack(xt, hot(yt, 10), xv, hot(yv, 10)), fit(20, 64, stop(4))
    )


@case(
    fault="mismatched-initializer",
    note="RandomUniform(-1, 1) on layers of 200 ReLUs: logits in the thousands at the start.",
    also=("exploding-gradients",),
)
def sick_digits_uniform_init(seed):
    xt, xv, yt, yv = digits(seed)
    m = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        m.add(L.Dense(200, activation="relu", kernel_initializer=keras.initializers.RandomUniform(-1, 1)))
    m.add(L.Dense(10, activation="softmax", kernel_initializer=keras.initializers.RandomUniform(-1, 1)))
    return setup(m, SCE, Opt.SGD(0.01), ["accuracy"], pack(xt, yt, xv, yv), fit(25, 32))


@case(
    fault="mismatched-initializer",
    note="Every kernel from a normal of deviation 0.002, six ReLU layers deep.",
    also=("vanishing-gradients",),
)
def sick_friedman_tiny_init(seed):
    xt, xv, yt, yv = friedman(seed)
    m = keras.Sequential([keras.Input((8,))])
    for _ in range(6):
        m.add(L.Dense(40, activation="relu", kernel_initializer=keras.initializers.RandomNormal(stddev=0.002)))
    m.add(L.Dense(1, kernel_initializer=keras.initializers.RandomNormal(stddev=0.002)))
    return setup(m, "mse", Opt.SGD(0.02, momentum=0.9), ["mae"], pack(xt, yt, xv, yv), fit(25, 32))


@case(fault="missing-hidden-activation", note="Dense layers for two rings, none with an activation but the last.")
def sick_circles_linear_stack(seed):
    x, y = skd.make_circles(1500, noise=0.1, factor=0.5, random_state=seed)
    xt, xv, yt, yv = cut(x.astype("float32"), y.astype("int32"), seed)
    m = keras.Sequential([keras.Input((2,)), L.Dense(32), L.Dense(32), L.Dense(16), L.Dense(1, activation="sigmoid")])
    return setup(m, BCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 32))


@case(fault="missing-hidden-activation", note="Conv1D stack on waves with batch norm but without one activation.")
def sick_waves_linear_convs(seed):
    xt, xv, yt, yv = waves(seed, 1600)
    m = keras.Sequential(
        [
            keras.Input((48, 1)),
            L.Conv1D(16, 7, padding="same"),
            L.Conv1D(16, 7, padding="same"),
            L.GlobalAveragePooling1D(),
            L.Dense(16),
            L.Dense(4, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(20, 32))


@case(fault="missing-output-activation", note="Forgot softmax: Dense(10) with sparse cross-entropy at its defaults.")
def sick_digits_no_softmax(seed):
    xt, xv, yt, yv = digits(seed, True)
    m = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.SeparableConv2D(16, 3, activation="relu"),
            L.Flatten(),
            L.Dense(32, activation="relu"),
            L.Dense(10),
        ]
    )
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(20, 32))


@case(fault="missing-output-activation", note="One linear unit with binary_crossentropy by name.")
def sick_moons_no_sigmoid(seed):
    xt, xv, yt, yv = moons(seed)
    i = keras.Input((2,))
    h = L.Dense(16, activation="gelu")(i)
    h = L.Dense(16, activation="gelu")(h)
    m = keras.Model(i, L.Dense(1)(h))
    return setup(m, BCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 32))


@case(fault="nothing-trainable", note="Set trainable = False on the whole model instead of the base.")
def sick_transfer_all_frozen(seed):
    xt, xv, yt, yv = fashion(seed, 1500, 500)
    i = keras.Input((14, 14, 1))
    h = L.GlobalMaxPooling2D()(L.Conv2D(24, 3, activation="relu")(L.Conv2D(16, 3, activation="relu")(i)))
    m = keras.Model(i, L.Dense(10, activation="softmax")(h))
    m.trainable = False
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(8, 64))


@case(fault="output-range-misses-targets", note="Standardised target behind a sigmoid.")
def sick_diabetes_sigmoid_output(seed):
    xt, xv, yt, yv = tabular("diabetes", seed)
    mu, sd = yt.mean(), yt.std()
    m = keras.Sequential([keras.Input((10,)), L.Dense(12, activation="elu"), L.Dense(1, activation="sigmoid")])
    return setup(m, "mse", Opt.Adam(2e-3), ["mae"], pack(xt, (yt - mu) / sd, xv, (yv - mu) / sd), fit(50, 32, stop(8)))


@case(fault="output-range-misses-targets", note="ReLU on the forecast of a series that is negative half of the time.")
def sick_series_relu_output(seed):
    xt, xv, yt, yv = series(seed, horizon=3)
    m = keras.Sequential([keras.Input((24, 1)), L.GRU(20), L.Dense(3, activation="relu")])
    return setup(m, "mse", Opt.Adam(4e-3), ["mae"], pack(xt, yt, xv, yv), fit(20, 32, stop(5)))


@case(fault="plain-dropout-in-selu-net", note="Self-normalising net with ordinary Dropout between its layers.")
def sick_selu_plain_dropout(seed):
    xt, xv, yt, yv = classes(seed, 2500, 24, 12, 4)
    m = keras.Sequential([keras.Input((24,))])
    for _ in range(5):
        m.add(L.Dense(40, activation="selu", kernel_initializer="lecun_normal"))
        m.add(L.Dropout(0.3))
    m.add(L.Dense(4, activation="softmax"))
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 32, stop(6)))


@case(fault="softmax-on-multi-label", note="Tags that come together, yet a softmax and categorical cross-entropy.")
def sick_multilabel_softmax(seed):
    x, y = skd.make_multilabel_classification(2000, 20, n_classes=6, n_labels=3, random_state=seed)
    xt, xv, yt, yv = cut(x, y.astype("float32"), seed, stratify=False)
    xt, xv = standard(xt, xv)
    m = keras.Sequential([keras.Input((20,)), L.Dense(24, activation="elu"), L.Dense(6, activation="softmax")])
    return setup(m, CCE, Opt.Adam(2e-3), None, pack(xt, yt, xv, yv), fit(30, 32, stop(5)))


@case(
    fault="softmax-on-multi-label",
    note="Softmax kept when the loss became binary cross-entropy for several tags per wave.",
)
def sick_multilabel_waves_softmax(seed):
    rng = np.random.default_rng(seed)
    y = (rng.random((1500, 3)) < 0.5).astype("float32")
    t = np.arange(40)
    x = sum(y[:, [j]] * np.sin(2 * np.pi * (f * t + rng.random((1500, 1)))) for j, f in enumerate((0.05, 0.12, 0.22)))
    x = ((x + rng.normal(0, 0.2, x.shape)) / 1.0)[..., None].astype("float32")
    m = keras.Sequential(
        [
            keras.Input((40, 1)),
            L.Conv1D(16, 9, activation="relu"),
            L.Conv1D(16, 5, activation="relu"),
            L.GlobalMaxPooling1D(),
            L.Dense(3, activation="softmax"),
        ]
    )
    return setup(
        m, BCE, Opt.Adam(3e-3), ["binary_accuracy"], pack(x[:1200], y[:1200], x[1200:], y[1200:]), fit(20, 32, stop(5))
    )


@case(fault="softmax-on-one-unit", note="Dense(1, softmax) for a yes or no.")
def sick_cancer_softmax_one(seed):
    xt, xv, yt, yv = tabular("breast_cancer", seed)
    m = keras.Sequential(
        [
            keras.Input((30,)),
            L.Dense(15, activation="relu"),
            L.Dense(8, activation="relu"),
            L.Dense(1, activation="softmax"),
        ]
    )
    return setup(m, BCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 32))


@case(fault="stacked-activations", note="Dense(10, relu) followed by a Softmax layer.")
def sick_digits_relu_then_softmax(seed):
    xt, xv, yt, yv = digits(seed)
    m = keras.Sequential(
        [keras.Input((64,)), L.Dense(32, activation="tanh"), L.Dense(10, activation="relu"), L.Activation("softmax")]
    )
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 32, stop(6)))


@case(
    fault="stacked-activations",
    note="Every convolution has relu and is followed by Activation('sigmoid').",
    also=("vanishing-gradients",),
)
def sick_fashion_relu_then_sigmoid(seed):
    xt, xv, yt, yv = fashion(seed, 2500)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Conv2D(12, 3, activation="relu"),
            L.Activation("sigmoid"),
            L.MaxPooling2D(),
            L.Conv2D(16, 3, activation="relu"),
            L.Activation("sigmoid"),
            L.Flatten(),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(12, 64))
