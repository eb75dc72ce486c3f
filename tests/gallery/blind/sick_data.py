"""Faults of the data, blind."""

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
    standard,
    stop,
    tabular,
)
from gallery.blind.nets import BCE, CCE, SCE, Tower, setup
from gallery.case import case

L = keras.layers
Opt = keras.optimizers


@case(fault="class-imbalance", note="Fraud at three in a hundred, only accuracy watched, nothing weighted.")
def sick_fraud_imbalance(seed):
    xt, xv, yt, yv = classes(seed, 4000, 14, 6, 2, 0.6, 0.0, [0.97])
    m = keras.Sequential(
        [keras.Input((14,)), L.Dense(16, activation="relu"), L.Dropout(0.2), L.Dense(1, activation="sigmoid")]
    )
    return setup(m, BCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(20, 64, stop(5)))


@case(
    fault="class-imbalance",
    note="Five classes of faults, the last at one in a hundred; the rare ones are hardly ever predicted.",
)
def sick_faults_imbalance_five(seed):
    xt, xv, yt, yv = classes(seed, 4000, 16, 8, 5, 0.7, 0.0, [0.9, 0.04, 0.03, 0.02, 0.01])
    m = Tower(32, 5)
    m(np.zeros((1, 16), "float32"))
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(15, 64, stop(4)))


@case(fault="labels-out-of-range", note="Labels come from MATLAB and run from 1 to 10 with ten outputs.")
def sick_fashion_labels_from_one(seed):
    xt, xv, yt, yv = fashion(seed, 2500)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Conv2D(12, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dropout(0.3),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt + 1, xv, yv + 1), fit(12, 64, stop(4)))


@case(
    fault="labels-out-of-range",
    note="Benign is 2 and malignant is 4 in the Wisconsin file, used with sigmoid and binary cross-entropy.",
)
def sick_cancer_two_and_four(seed):
    xt, xv, yt, yv = tabular("breast_cancer", seed)
    m = keras.Sequential([keras.Input((30,)), L.Dense(16, activation="relu"), L.Dense(1, activation="sigmoid")])
    return setup(m, BCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, 4.0 - 2.0 * yt, xv, 4.0 - 2.0 * yv), fit(30, 32))


@case(fault="leaked-validation", note="Passed the first rows of the training set as validation data.")
def sick_diabetes_validation_from_training(seed):
    xt, _, yt, _ = tabular("diabetes", seed)
    mu, sd = yt.mean(), yt.std()
    yt = (yt - mu) / sd
    m = keras.Sequential([keras.Input((10,)), L.Dense(24, activation="relu"), L.Dropout(0.2), L.Dense(1)])
    return setup(m, "mse", Opt.Adam(2e-3), None, pack(xt, yt, xt[:100], yt[:100]), fit(30, 32))


@case(
    fault="leaked-validation", note="Oversampled the rare class by copying rows, then split; copies sit on both sides."
)
def sick_oversampled_then_split(seed):
    x, y = skd.make_classification(
        1500, 12, n_informative=6, weights=[0.88], class_sep=0.9, flip_y=0.05, random_state=seed
    )
    rare = np.flatnonzero(y == 1)
    index = np.r_[np.arange(1500), np.random.default_rng(seed).choice(rare, (y == 0).sum() - len(rare))]
    xt, xv, yt, yv = cut(x[index].astype("float32"), y[index].astype("int32"), seed)
    xt, xv = standard(xt, xv)
    m = keras.Sequential(
        [
            keras.Input((12,)),
            L.Dense(32, activation="relu"),
            L.Dropout(0.2),
            L.Dense(16, activation="relu"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    return setup(m, BCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 32, stop(6)))


@case(fault="non-finite-inputs", note="Missing readings left as NaN in a few dozen rows.", also=("non-finite-loss",))
def sick_houses_nan_rows(seed):
    xt, xv, yt, yv = houses(seed)
    xt, xv = standard(xt, xv)
    rng = np.random.default_rng(seed)
    xt[rng.choice(len(xt), 30, replace=False), 2] = np.nan
    mu, sd = yt.mean(), yt.std()
    m = keras.Sequential([keras.Input((5,)), L.Dense(24, activation="relu"), L.Dense(1)])
    return setup(m, "mse", Opt.Adam(2e-3), ["mae"], pack(xt, (yt - mu) / sd, xv, (yv - mu) / sd), fit(20, 32))


@case(
    fault="non-finite-inputs",
    note="A ratio feature divided by zero: a handful of infinities in one column.",
    also=("non-finite-loss",),
)
def sick_ratio_infinite(seed):
    xt, xv, yt, yv = classes(seed, 2000, 12, 6, 2)
    xt[np.random.default_rng(seed).choice(len(xt), 5, replace=False), 3] = np.inf
    m = Tower(24, 1, 0.1, "sigmoid")
    m(np.zeros((1, 12), "float32"))
    return setup(m, BCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(15, 32))


@case(
    fault="non-finite-targets",
    note="Log of a target with zeros in it: minus infinity in some rows.",
    also=("non-finite-loss",),
)
def sick_log_of_zero_target(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (1500, 5)).astype("float32")
    with np.errstate(divide="ignore"):
        y = np.log(rng.poisson(np.exp(1.2 + 0.5 * x[:, 0]))).astype("float32")
    m = keras.Sequential([keras.Input((5,)), L.Dense(16, activation="tanh"), L.Dense(1)])
    return setup(m, "mae", Opt.Adam(1e-3), None, pack(x[:1200], y[:1200], x[1200:], y[1200:]), fit(15, 32))


@case(fault="signed-labels", note="Labels of -1 and 1 with sigmoid and binary cross-entropy.")
def sick_moons_signed(seed):
    xt, xv, yt, yv = moons(seed)
    m = keras.Sequential(
        [
            keras.Input((2,)),
            L.Dense(20, activation="relu"),
            L.Dense(20, activation="relu"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    return setup(m, BCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, 2 * yt - 1, xv, 2 * yv - 1), fit(30, 32))


@case(
    fault="too-little-data", note="Sixty pictures for a convnet of a hundred thousand weights.", also=("overfitting",)
)
def sick_fashion_sixty_rows(seed):
    xt, xv, yt, yv = fashion(seed, 60, 400)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Conv2D(32, 3, activation="relu"),
            L.Conv2D(32, 3, activation="relu"),
            L.Flatten(),
            L.Dense(32, activation="relu"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(40, 16, stop(8)))


@case(
    fault="unrepresentative-validation",
    note="Rows sorted by label; the last fifth became validation, so its kinds are never trained.",
    also=("unshuffled-data",),
)
def sick_digits_tail_validation(seed):
    xt, xv, yt, yv = digits(seed)
    x, y = np.r_[xt, xv], np.r_[yt, yv]
    order = np.argsort(y, kind="stable")
    c = int(0.8 * len(y))
    head = np.random.default_rng(seed).permutation(order[:c])
    m = keras.Sequential(
        [keras.Input((64,)), L.Dense(48, activation="gelu"), L.Dropout(0.2), L.Dense(10, activation="softmax")]
    )
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(x[head], y[head], x[order[c:]], y[order[c:]]), fit(25, 32))


@case(
    fault="unrepresentative-validation",
    note="The table was sorted by price; the dearest houses became the validation set.",
    also=("unshuffled-data",),
)
def sick_houses_dearest_validation(seed):
    xt, xv, yt, yv = houses(seed)
    x, y = np.r_[xt, xv], np.r_[yt, yv]
    order = np.argsort(y)
    c = int(0.8 * len(y))
    head = np.random.default_rng(seed).permutation(order[:c])
    xt, xv = standard(x[head], x[order[c:]])
    mu, sd = y[head].mean(), y[head].std()
    m = keras.Sequential(
        [keras.Input((5,)), L.Dense(24, activation="relu"), L.Dense(12, activation="relu"), L.Dense(1)]
    )
    return setup(
        m, "mse", Opt.Adam(2e-3), ["mae"], pack(xt, (y[head] - mu) / sd, xv, (y[order[c:]] - mu) / sd), fit(30, 32)
    )


@case(fault="unscaled-inputs", note="Pixels of 0..255 straight into tanh layers.", also=("saturated-activations",))
def sick_fashion_raw_pixels(seed):
    xt, xv, yt, yv = fashion(seed, 2500, scale=False)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Flatten(),
            L.Dense(48, activation="tanh"),
            L.Dense(24, activation="tanh"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(15, 64, stop(5)))


@case(fault="unscaled-inputs", note="The wine table as it comes, proline in the hundreds beside hue near one.")
def sick_wine_raw(seed):
    xt, xv, yt, yv = tabular("wine", seed, scale=False)
    m = keras.Sequential([keras.Input((13,)), L.Dense(16, activation="relu"), L.Dense(3, activation="softmax")])
    return setup(m, SCE, Opt.SGD(0.01), ["accuracy"], pack(xt, yt, xv, yv), fit(60, 16))


@case(fault="unscaled-target", note="Prices in euros, around two hundred thousand, as the target.")
def sick_houses_price_in_euros(seed):
    xt, xv, yt, yv = houses(seed)
    xt, xv = standard(xt, xv)
    m = keras.Sequential(
        [keras.Input((5,)), L.Dense(32, activation="relu"), L.Dense(16, activation="relu"), L.Dense(1)]
    )
    return setup(m, "mse", Opt.Adam(1e-3), ["mae"], pack(xt, yt, xv, yv), fit(30, 32))


@case(
    fault="unscaled-target",
    note="Two outputs in their own units, one in thousands and one in hundredths; one loss over both.",
)
def sick_two_targets_own_units(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (1500, 6)).astype("float32")
    y = np.c_[
        5000 + 1500 * np.tanh(x[:, 0] + x[:, 1]) + rng.normal(0, 100, 1500),
        0.05 + 0.02 * np.sin(2 * x[:, 2]) + rng.normal(0, 0.002, 1500),
    ].astype("float32")
    m = keras.Sequential(
        [keras.Input((6,)), L.Dense(32, activation="swish"), L.Dense(32, activation="swish"), L.Dense(2)]
    )
    return setup(m, "mse", Opt.Adam(1e-3), ["mae"], pack(x[:1200], y[:1200], x[1200:], y[1200:]), fit(40, 32))


@case(fault="unshuffled-data", note="Folder after folder: rows sorted by class and shuffle=False.")
def sick_fashion_sorted(seed):
    xt, xv, yt, yv = fashion(seed, 2500)
    order = np.argsort(yt, kind="stable")
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Conv2D(12, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(32, activation="relu"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt[order], yt[order], xv, yv), fit(12, 32, shuffle=False))


@case(fault="unshuffled-data", note="A regression table sorted by its target, batches taken in order.")
def sick_friedman_sorted(seed):
    xt, xv, yt, yv = friedman(seed)
    order = np.argsort(yt)
    m = keras.Sequential(
        [keras.Input((8,)), L.Dense(32, activation="relu"), L.Dense(16, activation="relu"), L.Dense(1)]
    )
    return setup(m, "mse", Opt.Adam(2e-3), ["mae"], pack(xt[order], yt[order], xv, yv), fit(25, 32, shuffle=False))


@case(fault="validation-scaled-differently", note="Training pixels divided by 255, validation pixels forgotten.")
def sick_fashion_validation_raw(seed):
    xt, xv, yt, yv = fashion(seed, 2500)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Conv2D(12, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dropout(0.3),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv * 255, yv), fit(12, 64))


@case(fault="validation-scaled-differently", note="Training rows standardised, validation rows squeezed into 0..1.")
def sick_cancer_validation_minmax(seed):
    xt, xv, yt, yv = tabular("breast_cancer", seed, scale=False)
    low, high = xt.min(0), xt.max(0)
    v = (xv - low) / (high - low)
    xt, _ = standard(xt, xv)
    m = keras.Sequential([keras.Input((30,)), L.Dense(12, activation="relu"), L.Dense(1, activation="sigmoid")])
    return setup(m, BCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, v, yv), fit(30, 32))


@case(fault="wrong-label-encoding", note="One-hot labels with the sparse loss (raises in fit).")
def sick_wine_onehot_sparse(seed):
    xt, xv, yt, yv = tabular("wine", seed)
    m = keras.Sequential([keras.Input((13,)), L.Dense(16, activation="relu"), L.Dense(3, activation="softmax")])
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, hot(yt, 3), xv, hot(yv, 3)), fit(30, 16))


@case(fault="wrong-label-encoding", note="Integer labels with categorical cross-entropy (raises in fit).")
def sick_fashion_ids_categorical(seed):
    xt, xv, yt, yv = fashion(seed, 2000)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Conv2D(12, 3, activation="relu"),
            L.GlobalAveragePooling2D(),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, CCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(10, 64))
