"""Sick Setups whose fault lies in the data."""

from __future__ import annotations

import keras
import numpy as np

from gallery import data
from gallery.case import case
from gallery.nets import BINARY, SPARSE, L, adam, conv, dense, sequential, setup, sgd
from trainwell.training_spec import TrainingSpec


def rows_of(x, y, held_x, held_y):
    return data.Rows(x, y, held_x, held_y)


@case(fault="unscaled-inputs", twin="own-wine", note="They gave the columns as the file held them.")
def own_wine_raw(seed):
    return setup(sequential((13,), dense(30), L.Dense(3, "softmax")), data.wine(seed), SPARSE, adam(), epochs=60)


@case(fault="unscaled-inputs", twin="own-patches", note="They forgot to divide the bytes by 255.")
def own_patches_of_bytes(seed):
    model = sequential((16, 16, 3), conv(8), L.MaxPooling2D(4), L.Flatten(), L.Dense(1, "sigmoid"))
    return setup(model, data.patches(seed, 400), BINARY, sgd(0.01), epochs=10)


@case(fault="unscaled-inputs", twin="own-patches", note="They divided by 255 twice, before and inside the model.")
def own_patches_divided_twice(seed):
    model = sequential(
        (16, 16, 3), L.Rescaling(1 / 255), conv(8), L.MaxPooling2D(4), L.Flatten(), L.Dense(1, "sigmoid")
    )
    return setup(model, data.patches(seed, 400).divided_by(255), BINARY, sgd(0.01), epochs=10)


@case(fault="unscaled-target", twin="own-diabetes", note="They left the target in its own units.")
def own_diabetes_raw_target(seed):
    rows = data.diabetes(seed).standardized()
    return setup(sequential((10,), dense(30), L.Dense(1)), rows, "mse", adam(), metrics=(), epochs=30)


@case(
    fault="unscaled-target",
    twin="own-diabetes",
    also=("exploding-gradients", "non-finite-loss", "learning-rate-too-high"),
    note="They left the target in its own units, and plain gradient descent diverged.",
)
def own_diabetes_raw_target_by_sgd(seed):
    rows = data.diabetes(seed).standardized()
    return setup(sequential((10,), dense(30), dense(30), L.Dense(1)), rows, "mse", sgd(0.01), metrics=(), epochs=20)


@case(
    fault="unscaled-target", twin="own-diabetes", note="They gave the target in millionths of what it was measured in."
)
def own_diabetes_tiny_target(seed):
    rows = data.diabetes(seed).standardized()
    rows = rows_of(rows.x, rows.y / np.float32(1e6), rows.held_x, rows.held_y / np.float32(1e6))
    return setup(sequential((10,), dense(30), L.Dense(1)), rows, "mse", adam(), metrics=(), epochs=20)


@case(fault="non-finite-inputs", twin="own-wine", note="Two cells of the file were empty.")
def own_wine_with_empty_cells(seed):
    rows = data.wine(seed).standardized()
    rows.x[[5, 17], [2, 7]] = np.nan
    return setup(sequential((13,), dense(30), L.Dense(3, "softmax")), rows, SPARSE, adam(), epochs=20)


@case(fault="non-finite-targets", twin="own-diabetes", note="They took the logarithm of a 0.")
def own_diabetes_with_a_missing_target(seed):
    rows = data.diabetes(seed).standardized().with_standardized_target()
    rows.y[11] = -np.inf
    return setup(sequential((10,), dense(30), L.Dense(1)), rows, "mse", adam(), metrics=(), epochs=10)


@case(fault="labels-out-of-range", twin="own-wine", note="They counted the classes from 1.")
def own_wine_counted_from_1(seed):
    rows = data.wine(seed).standardized()
    rows = rows_of(rows.x, rows.y + 1, rows.held_x, rows.held_y + 1)
    return setup(sequential((13,), dense(30), L.Dense(3, "softmax")), rows, SPARSE, adam(), epochs=20)


@case(fault="labels-out-of-range", twin="own-moons", note="They numbered the two classes 1 and 2.")
def own_moons_numbered_1_and_2(seed):
    rows = data.moons(seed)
    rows = rows_of(rows.x, rows.y + 1, rows.held_x, rows.held_y + 1)
    return setup(sequential((2,), dense(20), L.Dense(1, "sigmoid")), rows, BINARY, adam(0.01), epochs=10)


@case(fault="wrong-label-encoding", twin="own-wine", note="They gave class numbers to a loss of one-hot rows.")
def own_wine_numbers_for_kl(seed):
    rows = data.wine(seed).standardized()
    rows = rows_of(rows.x, rows.y[:, None], rows.held_x, rows.held_y[:, None])
    model = sequential((13,), dense(30), L.Dense(3, "softmax"))
    return setup(model, rows, "kl_divergence", adam(), metrics=(), epochs=20)


@case(
    fault="wrong-label-encoding", twin="own-digits-in-no-order", note="They divided the labels along with the pixels."
)
def own_digits_divided_with_their_labels(seed):
    rows = data.digits(seed).divided_by(16)
    rows = rows_of(rows.x, rows.y / np.float32(16), rows.held_x, rows.held_y / np.float32(16))
    return setup(sequential((64,), dense(30), L.Dense(10, "softmax")), rows, SPARSE, adam(0.01), epochs=10)


@case(fault="signed-labels", twin="own-moons", note="They took labels of -1 and 1 over from a support vector machine.")
def own_moons_signed(seed):
    rows = data.moons(seed)
    rows = rows_of(rows.x, 2 * rows.y - 1, rows.held_x, 2 * rows.held_y - 1)
    return setup(sequential((2,), dense(20), L.Dense(1, "sigmoid")), rows, BINARY, adam(0.01), epochs=10)


@case(fault="class-imbalance", twin="own-imbalanced-weighted", note="4 rows in 100 are positive, and no one said so.")
def own_imbalanced(seed):
    model = sequential((6,), dense(16), L.Dense(1, "sigmoid"))
    return setup(model, data.imbalanced(seed), BINARY, adam(), epochs=15)


@case(fault="unshuffled-data", twin="own-wine", note="The file is sorted by class, and they switched shuffling off.")
def own_digits_sorted(seed):
    rows = data.digits(seed).divided_by(16)
    order = np.argsort(rows.y, kind="stable")
    rows = rows_of(rows.x[order], rows.y[order], rows.held_x, rows.held_y)
    model = sequential((64,), dense(40), L.Dense(10, "softmax"))
    return setup(model, rows, SPARSE, sgd(), epochs=5, shuffle=False)


@case(
    fault="unrepresentative-validation",
    twin="own-wine",
    note="The file is sorted by class, and `validation_split` took its end.",
    harm="claim",
    judged_on="twin",
)
def own_wine_split_from_the_end(seed):
    rows = data.wine(seed).standardized()
    order = np.argsort(rows.y, kind="stable")
    return TrainingSpec(
        sequential((13,), dense(30), L.Dense(3, "softmax")),
        {"optimizer": adam(), "loss": SPARSE, "metrics": ["accuracy"]},
        {"x": rows.x[order], "y": rows.y[order]},
        {"epochs": 30, "batch_size": 32, "validation_split": 0.25},
    )


@case(
    fault="leaked-validation",
    twin="own-imbalanced-weighted",
    note="They copied the rare rows before they split.",
    harm="claim",
    judged_on="twin",
)
def own_copied_before_split(seed):
    rows = data.imbalanced(seed)
    rare = np.flatnonzero(rows.y == 1)
    chosen = np.concatenate([np.arange(len(rows.y)), np.repeat(rare, 20)])
    copied = data.split(rows.x[chosen], rows.y[chosen], seed)
    return setup(sequential((6,), dense(64), L.Dense(1, "sigmoid")), copied, BINARY, adam(), epochs=15)


@case(
    fault="leaked-validation",
    twin="own-diabetes",
    note="They gave the training rows as the validation rows.",
    harm="claim",
    judged_on="twin",
)
def own_diabetes_validated_on_itself(seed):
    rows = data.diabetes(seed).standardized().with_standardized_target()
    rows = rows_of(rows.x, rows.y, rows.x, rows.y)
    return setup(sequential((10,), dense(30), L.Dense(1)), rows, "mse", adam(), metrics=(), epochs=20)


@case(
    fault="validation-scaled-differently",
    twin="own-wine",
    note="They standardized the training rows alone.",
    harm="claim",
    judged_on="twin",
)
def own_wine_raw_validation(seed):
    raw, rows = data.wine(seed), data.wine(seed).standardized()
    rows = rows_of(rows.x, rows.y, raw.held_x, raw.held_y)
    return setup(sequential((13,), dense(30), L.Dense(3, "softmax")), rows, SPARSE, adam(), epochs=30)


@case(
    fault="validation-scaled-differently",
    twin="own-patches",
    note="They divided the training pictures by 255 and not the others.",
    harm="claim",
    judged_on="twin",
)
def own_patches_raw_validation(seed):
    raw, rows = data.patches(seed, 400), data.patches(seed, 400).divided_by(255)
    rows = rows_of(rows.x, rows.y, raw.held_x, raw.held_y)
    model = sequential((16, 16, 3), conv(8), L.MaxPooling2D(4), L.Flatten(), L.Dense(1, "sigmoid"))
    return setup(model, rows, BINARY, adam(), epochs=10)


@case(
    fault="too-little-data",
    also=("overfitting", "overfitting-from-the-start", "trained-too-long"),
    note="They had 40 noisy pictures of 10 digits for a net of 26,000 parameters.",
    harm="none",
)
def own_few_noisy_digits(seed):
    rows = data.noisy_digits(seed).first(40)
    model = sequential((64,), dense(150), dense(100), L.Dense(10, "softmax"))
    return setup(model, rows, SPARSE, adam(), epochs=30)


@case(
    fault="too-little-data",
    also=("overfitting", "overfitting-from-the-start", "trained-too-long"),
    note="They had 40 texts for an embedding of 200 words.",
    harm="none",
)
def own_few_texts(seed):
    model = keras.Sequential([keras.Input((20,)), L.Embedding(200, 16), L.LSTM(16), L.Dense(1, "sigmoid")])
    return setup(model, data.texts(seed).first(40), BINARY, adam(0.01), epochs=25)
