"""Faults of the data: scales, missing values, labels, order, validation, amount."""

import numpy as np

from gallery.case import case
from gallery.data import (
    Rows,
    cancer,
    diabetes,
    digits,
    friedman,
    patches,
    series,
    texts,
    waves,
    wine,
)
from gallery.frozen.healthy.graphs import two_inputs, two_outputs
from gallery.frozen.healthy.images import digits_dense, patches_conv, patches_plain_conv
from gallery.frozen.healthy.sequences import texts_embedding, texts_masked_lstm, waves_lstm
from gallery.frozen.healthy.tables import (
    cancer_dense,
    diabetes_dense,
    friedman_dense,
    imbalanced_weighted,
    wine_dense,
)
from gallery.nets import BINARY, L, adam, dense, sequential, setup

DIVERGED = ("exploding-gradients", "non-finite-loss", "dying-relu", "constant-predictions")


# Scales.


@case(
    fault="unscaled-inputs",
    twin="wine-dense",
    also=DIVERGED,
    note="Fed the columns of the CSV as they are: alcohol is 13, proline is 1000.",
)
def wine_raw_columns(seed):
    return wine_dense(seed, rows=wine(seed))


@case(
    fault="unscaled-inputs",
    twin="patches-plain-conv",
    also=(*DIVERGED, "learning-rate-too-high"),
    note="Gave the pixels from 0 to 255 to the first convolution.",
)
def patches_raw_bytes(seed):
    return patches_plain_conv(seed, white=1.0)


@case(
    fault="unscaled-inputs",
    twin="two-inputs",
    also=DIVERGED,
    note="Scaled one input of two; the other is in thousands.",
)
def two_inputs_one_in_thousands(seed):
    return two_inputs(seed, right_scale=3000.0)


@case(
    fault="unscaled-target",
    twin="diabetes-dense",
    also=("learning-rate-too-low", "stopped-too-early"),
    note="Scaled the inputs but left the progression at 25 to 346.",
)
def diabetes_raw_target(seed):
    return diabetes_dense(seed, rows=diabetes(seed).standardized())


@case(
    fault="unscaled-target",
    twin="friedman-dense",
    also=("learning-rate-too-low", "stopped-too-early", "exploding-gradients"),
    note="Predicts prices in dollars, some 300,000 of them, with mse.",
)
def friedman_prices(seed):
    rows = friedman(seed).standardized()
    return friedman_dense(seed, rows=Rows(rows.x, rows.y * 20_000, rows.held_x, rows.held_y * 20_000))


# Missing values.


@case(
    fault="non-finite-inputs",
    twin="wine-dense",
    also=("non-finite-loss", "constant-predictions"),
    note="A few cells of the CSV were empty and became NaN.",
)
def wine_empty_cells(seed):
    setting = wine_dense(seed)
    x = setting.data["x"]
    x[np.random.default_rng(seed).random(x.shape) < 0.01] = np.nan
    return setting


@case(
    fault="non-finite-inputs",
    twin="waves-lstm",
    also=("non-finite-loss", "constant-predictions"),
    note="Divided each window by its last value; in one of them that was 0.",
)
def waves_divided_by_zero(seed):
    setting = waves_lstm(seed)
    setting.data["x"][17] = np.inf
    return setting


@case(
    fault="non-finite-targets",
    twin="diabetes-dense",
    also=("non-finite-loss", "constant-predictions"),
    note="Some patients had no measurement of the target yet.",
)
def diabetes_missing_targets(seed):
    setting = diabetes_dense(seed)
    setting.data["y"][::40] = np.nan
    return setting


@case(
    fault="non-finite-targets",
    twin="two-outputs",
    also=("non-finite-loss", "constant-predictions"),
    note="Took the logarithm of the second target, which is 0 in some rows.",
)
def two_outputs_log_of_zero(seed):
    setting = two_outputs(seed)
    setting.data["y"]["ink"][5] = -np.inf
    return setting


# Labels.


def relabelled(setting, change):
    """The setting with every label changed, in training and validation."""
    x, y = setting.data["validation_data"]
    setting.data["y"] = change(setting.data["y"])
    setting.data["validation_data"] = (x, change(y))
    return setting


@case(
    fault="labels-out-of-range",
    twin="wine-dense",
    judged_on="twin",
    also=("non-finite-loss",),
    note="The file numbers the three classes from 1 to 3.",
)
def wine_labels_from_one(seed):
    return relabelled(wine_dense(seed), lambda y: y + 1)


@case(
    fault="labels-out-of-range",
    twin="texts-embedding",
    judged_on="twin",
    also=("constant-predictions", "saturated-activations"),
    note="The two classes are 1 and 2, with a sigmoid and binary cross-entropy.",
)
def texts_labels_one_and_two(seed):
    return relabelled(texts_embedding(seed), lambda y: y + 1)


@case(
    fault="wrong-label-encoding",
    twin="digits-one-hot",
    judged_on="twin",
    also=("constant-predictions",),
    note="Kept a column of class numbers, with the focal loss that wants one-hot rows.",
)
def digits_numbers_with_focal_loss(seed):
    return relabelled(digits_dense(seed, loss="categorical_focal_crossentropy"), lambda y: y[:, None])


@case(
    fault="wrong-label-encoding",
    twin="waves-lstm",
    judged_on="twin",
    also=("constant-predictions",),
    note="Took the KL divergence for a loss of classes and gave it a column of class numbers.",
)
def waves_numbers_with_kl_divergence(seed):
    return relabelled(waves_lstm(seed, loss="kl_divergence"), lambda y: y[:, None])


@case(
    fault="signed-labels",
    twin="cancer-dense",
    judged_on="twin",
    also=("labels-out-of-range",),
    note="Brought the labels -1 and 1 from a support vector machine, with binary cross-entropy.",
)
def cancer_signed(seed):
    return relabelled(cancer_dense(seed), lambda y: 2 * y - 1)


@case(
    fault="signed-labels",
    twin="texts-masked-lstm",
    judged_on="twin",
    also=("labels-out-of-range",),
    note="Sentiment is -1 or 1 in the file.",
)
def texts_signed(seed):
    return relabelled(texts_masked_lstm(seed), lambda y: 2 * y - 1)


# Classes and order.


@case(
    fault="class-imbalance",
    twin="imbalanced-weighted",
    note="4 rows in 100 are positive; the accuracy was 96 % and I was happy.",
)
def imbalanced_ignored(seed):
    setting = imbalanced_weighted(seed)
    setting.fit["class_weight"] = None
    setting.compile["metrics"] = ["accuracy"]
    return setting


@case(
    fault="class-imbalance",
    twin="waves-lstm",
    note="One of the three frequencies is rare in the recordings.",
)
def waves_rare_class(seed):
    rows = waves(seed)
    kept = (rows.y != 1) | (np.random.default_rng(seed).random(len(rows.y)) < 0.03)
    return waves_lstm(seed, rows=Rows(rows.x[kept], rows.y[kept], rows.held_x, rows.held_y))


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
