"""Sick Setups of the family overfitting."""

from __future__ import annotations

import keras

from gallery import data
from gallery.case import case
from gallery.nets import SPARSE, L, adam, dense, sequential, setup
from gallery.own import healthy_speed as healthy


@case(
    fault="overfitting",
    twin="own-noisy-digits-dropout",
    note="A large net and few noisy rows.",
    also=("too-little-data", "trained-past-best-epoch"),
    harm="loss",
)
def own_noisy_digits_by_heart(seed):
    return healthy.own_noisy_digits_dropout(seed, units=192, rate=0, epochs=60, rows=300)


@case(
    fault="overfitting",
    twin="own-diabetes-small",
    note="Three wide layers learn 331 noisy patients by heart.",
    also=("trained-past-best-epoch", "too-little-data"),
)
def own_diabetes_by_heart(seed):
    rows = data.diabetes(seed).standardized().with_standardized_target()
    net = sequential((10,), dense(128), dense(128), dense(128), L.Dense(1))
    return setup(net, rows, "mse", adam(2e-3), metrics=(), epochs=60)


@case(
    fault="trained-past-best-epoch",
    twin="own-texts-average",
    note="Texts, ten times as many epochs as were needed.",
    also=("overfitting",),
    harm="loss",
)
def own_texts_without_end(seed):
    return healthy.own_texts_average(seed, units=32, epochs=22)


@case(
    fault="trained-past-best-epoch",
    twin="own-diabetes-small",
    note="Patients; a small net goes on long after its best epoch.",
    also=("overfitting",),
    harm="loss",
)
def own_diabetes_without_end(seed):
    rows = data.diabetes(seed).standardized().with_standardized_target()
    net = sequential((10,), dense(16), L.Dense(1))
    return setup(net, rows, "mse", adam(1e-2), metrics=(), epochs=90)


@case(fault="over-regularized", twin="own-cancer-penalized", note="A penalty of 1.", also=("constant-predictions",))
def own_cancer_crushed(seed):
    return healthy.own_cancer_penalized(seed, strength=1.0)


@case(
    fault="over-regularized",
    twin="own-texts-average",
    note="A penalty of 0.3 on the sum of magnitudes.",
    also=("constant-predictions",),
)
def own_texts_crushed(seed):
    return healthy.own_texts_average(seed, penalty=keras.regularizers.L1(0.3))


@case(
    fault="over-regularized",
    twin="own-noisy-digits-dropout",
    note="A penalty of 0.1 on each of three layers.",
    also=("constant-predictions",),
)
def own_noisy_digits_crushed(seed):
    strong = keras.regularizers.L2(0.1)
    net = sequential(
        (64,),
        dense(64, kernel_regularizer=strong),
        dense(64, kernel_regularizer=strong),
        L.Dense(10, "softmax", kernel_regularizer=strong),
    )
    return setup(net, data.noisy_digits(seed), SPARSE, adam(1e-3), epochs=20)
