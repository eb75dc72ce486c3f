"""Faults of the labels: their range, their encoding, and how often each comes."""

import numpy as np

from gallery.case import case
from gallery.data import (
    Rows,
    waves,
)
from gallery.frozen.healthy.images import digits_dense
from gallery.frozen.healthy.sequences import texts_embedding, texts_masked_lstm, waves_lstm
from gallery.frozen.healthy.tables import (
    cancer_dense,
    imbalanced_weighted,
    wine_dense,
)

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
    harm="claim",
    also=("labels-out-of-range",),
    note="Brought the labels -1 and 1 from a support vector machine, with binary cross-entropy.",
)
def cancer_signed(seed):
    return relabelled(cancer_dense(seed), lambda y: 2 * y - 1)


@case(
    fault="signed-labels",
    twin="texts-masked-lstm",
    judged_on="twin",
    harm="claim",
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
