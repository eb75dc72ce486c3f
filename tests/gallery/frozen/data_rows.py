"""Faults of the rows: their order, which of them validate, how many there are."""

import numpy as np

from gallery.case import case
from gallery.data import (
    Rows,
    cancer,
    digits,
    friedman,
    patches,
    series,
    texts,
    wine,
)
from gallery.frozen.healthy.images import digits_dense, patches_conv
from gallery.frozen.healthy.tables import (
    cancer_dense,
    friedman_dense,
)
from gallery.nets import BINARY, L, adam, dense, sequential, setup


def in_order(rows, key):
    """The training rows in the order of `key`."""
    order = np.argsort(key, kind="stable")
    return Rows(rows.x[order], rows.y[order], rows.held_x, rows.held_y)


@case(
    fault="unshuffled-data",
    twin="digits-dense",
    note="Read one folder of digits after the other, and fit with shuffle=False.",
)
def digits_by_folder(seed):
    rows = digits(seed).divided_by(16)
    return digits_dense(seed, rows=in_order(rows, rows.y), shuffle=False)


@case(
    fault="unshuffled-data",
    twin="patches-conv",
    note="First all squares of the one photograph, then all of the other, shuffle=False.",
)
def patches_by_photograph(seed):
    rows = patches(seed)
    return patches_conv(seed, rows=in_order(rows, rows.y), shuffle=False)


# Validation.


def with_validation_split(setting, share):
    del setting.data["validation_data"]
    setting.fit["validation_split"] = share
    return setting


@case(
    fault="unrepresentative-validation",
    twin="wine-normalization-layer",
    judged_on="twin",
    harm="claim",
    note="validation_split=0.3 of a file that is sorted by class: one class was never trained on.",
)
def wine_sorted_validation_split(seed):
    rows = wine(seed)
    scale = L.Normalization()
    scale.adapt(rows.x)
    model = sequential((13,), scale, dense(16), L.Dense(3, "softmax"))
    sorted_rows = in_order(rows, rows.y)
    setting = setup(model, sorted_rows, "sparse_categorical_crossentropy", adam(5e-3), epochs=25, batch_size=16)
    return with_validation_split(setting, 0.3)


@case(
    fault="unrepresentative-validation",
    twin="friedman-validation-split",
    judged_on="twin",
    harm="claim",
    note="validation_split=0.2 of rows that are sorted by price.",
)
def friedman_sorted_validation_split(seed):
    rows = friedman(seed).standardized().with_standardized_target()
    return with_validation_split(friedman_dense(seed, rows=in_order(rows, rows.y[:, 0])), 0.2)


@case(
    fault="leaked-validation",
    twin="texts-embedding",
    judged_on="twin",
    harm="claim",
    also=("overfitting",),
    note="Made each training text twice, then split: most of validation is in training too.",
)
def texts_doubled_before_split(seed):
    rows = texts(seed).first(400)
    leaked = Rows(rows.x, rows.y, rows.x[:200], rows.y[:200])
    model = sequential((20,), L.Embedding(200, 16), L.Flatten(), dense(32), L.Dense(1, "sigmoid"))
    return setup(model, leaked, BINARY, adam(5e-3), epochs=15)


@case(
    fault="leaked-validation",
    twin="cancer-dense",
    judged_on="twin",
    harm="none",
    note="validation_data=(x, y): validated on the rows trained on. The net is small, so it costs the warning only.",
)
def cancer_validated_on_training(seed):
    setting = cancer_dense(seed)
    setting.data["validation_data"] = (setting.data["x"].copy(), setting.data["y"].copy())
    return setting


@case(
    fault="validation-scaled-differently",
    twin="digits-dense",
    harm="loss",
    note="Divided the training pixels by 16 and forgot the validation pixels.",
)
def digits_validation_not_scaled(seed):
    rows = digits(seed)
    return digits_dense(seed, rows=Rows(rows.x / 16, rows.y, rows.held_x, rows.held_y))


@case(
    fault="validation-scaled-differently",
    twin="cancer-dense",
    judged_on="twin",
    harm="claim",
    note="StandardScaler for the training rows, MinMaxScaler for the validation rows.",
)
def cancer_two_scalers(seed):
    rows = cancer(seed).standardized()
    low, high = rows.held_x.min(axis=0), rows.held_x.max(axis=0)
    return cancer_dense(seed, rows=Rows(rows.x, rows.y, (rows.held_x - low) / (high - low), rows.held_y))


# Amount.


@case(
    fault="too-little-data",
    twin="digits-dense",
    also=("overfitting", "trained-past-best-epoch"),
    note="Thirty pictures of ten digits, a net of 5,000 weights.",
)
def digits_thirty_pictures(seed):
    return digits_dense(seed, rows=digits(seed).divided_by(16).first(30), epochs=150, batch_size=8)


@case(
    fault="too-little-data",
    twin="series-gru",
    also=("overfitting", "trained-past-best-epoch"),
    note="Twenty windows of history for a GRU.",
)
def series_twenty_windows(seed):
    rows = series(seed).first(20)
    model = sequential((24, 1), L.GRU(16), L.Dense(1))
    return setup(model, rows, "mse", adam(1e-2), metrics=["mae"], epochs=150, batch_size=8)
