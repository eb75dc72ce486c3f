"""Faults of generalization: learned by heart, trained too long, held back too much."""

import keras

from gallery.case import case
from gallery.data import texts
from gallery.frozen.healthy.images import digits_conv, digits_noisy, digits_regularized
from gallery.frozen.healthy.tables import cancer_dense, cancer_early_stopping, friedman_noisy
from gallery.nets import BINARY, L, adam, conv, dense, sequential, setup

L1 = keras.regularizers.L1


@case(
    fault="overfitting",
    twin="texts-embedding",
    harm="loss",
    also=("trained-past-best-epoch",),
    note="Flattened the word vectors into a large net and trained it for 30 epochs.",
)
def texts_by_heart(seed):
    model = sequential((20,), L.Embedding(200, 16), L.Flatten(), dense(64), dense(32), L.Dense(1, "sigmoid"))
    return setup(model, texts(seed), BINARY, adam(3e-3), epochs=30)


@case(
    fault="overfitting",
    twin="friedman-noisy",
    also=("trained-past-best-epoch",),
    note="Two layers of 128 units on values with much noise, 80 epochs.",
)
def friedman_noise_by_heart(seed):
    return friedman_noisy(seed, hidden=[dense(128), dense(128)], epochs=80)


@case(
    fault="overfitting",
    twin="digits-noisy",
    harm="loss",
    also=("trained-past-best-epoch",),
    note="Wide layers without any penalty on noisy pictures.",
)
def digits_noise_by_heart(seed):
    return digits_noisy(seed, hidden=[dense(128), dense(128)], epochs=40)


@case(
    fault="trained-past-best-epoch",
    twin="cancer-early-stopping",
    harm="loss",
    also=("overfitting",),
    note="300 epochs because that was in the tutorial; the best one was the tenth.",
)
def cancer_300_epochs(seed):
    setting = cancer_early_stopping(seed, callbacks=[], epochs=300)
    setting.compile["optimizer"] = adam(3e-3)
    return setting


@case(
    fault="trained-past-best-epoch",
    twin="texts-embedding",
    harm="loss",
    also=("overfitting",),
    note="Kept training long after the validation loss had turned.",
)
def texts_60_epochs(seed):
    model = sequential((20,), L.Embedding(200, 8), L.GlobalAveragePooling1D(), dense(16), L.Dense(1, "sigmoid"))
    return setup(model, texts(seed), BINARY, adam(3e-3), epochs=60)


@case(
    fault="over-regularized",
    twin="digits-regularized",
    also=("constant-predictions", "learning-rate-too-low", "cannot-fit-one-batch"),
    note="A penalty of 1 on every kernel.",
)
def digits_penalty_of_one(seed):
    return digits_regularized(seed, rate=0.0, penalty=1.0)


@case(
    fault="over-regularized",
    twin="cancer-dense",
    also=("constant-predictions", "cannot-fit-one-batch"),
    note="ℓ1 of 0.1 and ℓ2 of 0.1 on both layers.",
)
def cancer_l1_l2(seed):
    setting = cancer_dense(seed)
    both = keras.regularizers.L1L2(0.1, 0.1)
    layers = [dense(16, kernel_regularizer=both), L.Dense(1, "sigmoid", kernel_regularizer=both)]
    setting.model = sequential((30,), *layers)
    return setting


@case(
    fault="over-regularized",
    twin="digits-conv",
    also=("constant-predictions", "cannot-fit-one-batch"),
    note="ℓ1 of 0.05 on the filters of each convolution.",
)
def digits_conv_l1(seed):
    sparse = {"kernel_regularizer": L1(0.05)}
    return digits_conv(seed, body=[conv(12, **sparse), L.MaxPooling2D(), conv(24, **sparse), L.MaxPooling2D()])
