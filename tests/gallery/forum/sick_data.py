"""Faults of the data, from forums."""

import keras
import numpy as np
from keras.utils import to_categorical
from sklearn import datasets
from sklearn.model_selection import train_test_split

from gallery.forum.data import (
    attributes,
    augmented,
    fashion,
    flat_bytes,
    houses,
    pictures,
    sales,
    signals,
    standardized,
    standardized_target,
    targets,
    texts,
    titanic,
)
from gallery.forum.nets import BINARY, CATEGORICAL, SPARSE, setup
from gallery.forum.pairs import pair

L = keras.layers
Adam = keras.optimizers.Adam


# https://stackoverflow.com/questions/31627380 (in DeepLocalize)
@pair(
    fault="unscaled-inputs",
    note="They gave the numbers of tickets, names and cabins of the Titanic, and the fares, as the table held them.",
    repaired="Standardized columns.",
)
def forum_so31627380_titanic(seed, *, fix=False):
    x, y = titanic(1400, 2 + seed)
    x, y = x[:891], y[:891]
    if fix:
        x = standardized(x)
    model = keras.Sequential(
        [
            keras.Input((10,)),
            L.Dense(512),
            L.Activation("relu"),
            L.Dropout(0.5),
            L.Dense(2),
            L.Activation("softmax"),
        ]
    )
    rows = x, to_categorical(y)
    return setup(model, CATEGORICAL, "adam", rows, metrics=["accuracy"], epochs=10, batch_size=4, validation_split=0.2)


# https://stackoverflow.com/questions/46995209, Neural network toy model to fit sine function fails
@pair(
    fault="unscaled-inputs",
    also=("saturated-activations",),
    note="They fitted a sine from the number of the time step, 0 to 999, by a small net of tanh.",
    repaired="A standardized time.",
)
def forum_so46995209_sine(_seed, *, fix=False):
    x = np.arange(1000, dtype="float32").reshape(-1, 1)
    y = np.sin(2 * np.pi * x / 1000 * 1.5)
    if fix:
        x = (x - x.mean()) / x.std()
    hidden = [L.Dense(10, activation="tanh") for _ in range(3)]
    model = keras.Sequential([keras.Input((1,)), *hidden, L.Dense(1)])
    return setup(model, "mean_squared_error", "adam", (x, y), epochs=150, batch_size=32)


# GitHub: kaggle-melbourne_properties, price-keras.py (in DeepLocalize)
@pair(
    fault="unscaled-target",
    also=("learning-rate-too-low", "stopped-too-early"),
    note="They left prices of a million dollars as they were, and standardized the features alone.",
    repaired="A standardized target.",
)
def forum_melbourne_prices(seed, *, fix=False):
    x, price = houses(2200, 3 + seed)
    x, y = standardized(x[:1700]), price[:1700]
    if fix:
        y = standardized_target(y)
    model = keras.Sequential(
        [keras.Input((6,)), L.Dense(64, activation="relu"), L.Dense(32, activation="relu"), L.Dense(1)]
    )
    return setup(model, "mse", "adam", (x, y), metrics=["mae"], epochs=40, batch_size=32, validation_split=0.2)


# https://stackoverflow.com/questions/59325381 (in DeepLocalize)
@pair(
    fault="wrong-label-encoding",
    note="They divided the labels by 255 along with the pixels.",
    repaired="Labels as they came.",
)
def forum_so59325381_labels_over_255(seed, *, fix=False):
    x, y = pictures(seed, 2500)
    if not fix:
        y = y / 255
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            L.Conv2D(16, 3, padding="same"),
            L.MaxPooling2D(),
            L.Conv2D(16, 3, padding="same"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(64, activation="relu"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(model, SPARSE, "adam", (x, y.reshape(-1, 1)), metrics=["accuracy"], epochs=3)


# https://datascience.stackexchange.com/questions/38604, Too low accuracy on MNIST dataset
@pair(
    fault="labels-out-of-range",
    also=("loss-does-not-fit-task", "wrong-label-encoding", "output-range-misses-targets", "unscaled-inputs"),
    note="They gave ten classes, 0 to 9, to one sigmoid unit under binary cross-entropy, from raw pixels.",
    repaired="Ten units of a softmax, and pixels in [0, 1].",
)
def forum_dse38604_one_sigmoid_for_ten(seed, *, fix=False):
    x, y = flat_bytes(seed, 3000)
    if fix:
        x = x / 255
    model = keras.Sequential(
        [
            keras.Input((784,)),
            L.Dense(64, activation="relu"),
            L.Dense(10, activation="softmax") if fix else L.Dense(1, activation="sigmoid"),
        ]
    )
    loss = SPARSE if fix else BINARY
    return setup(model, loss, "adam", (x, y), metrics=["accuracy"], epochs=8, validation_split=0.33)


# https://github.com/keras-team/keras/issues/11786, Why I'm getting nan loss in my model?
@pair(
    fault="labels-out-of-range",
    also=("wrong-label-encoding",),
    note="They numbered seven categories from 1 to 7, with seven outputs.",
    repaired="Categories from 0 to 6.",
)
def forum_keras11786_seven_from_one(seed, *, fix=False):
    kinds = [0, 1, 3, 5, 7, 8, 9]
    x, y = pictures(seed, 2500, kinds)
    held_x, held_y = pictures(seed, 800, kinds, "test")
    first = 0 if fix else 1
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            L.Conv2D(8, 3, activation="relu", padding="valid"),
            L.Conv2D(8, 3, activation="relu", padding="same"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dropout(0.6),
            L.Dense(100, activation="relu"),
            L.Dense(7, activation="softmax"),
        ]
    )
    return setup(
        model,
        keras.losses.sparse_categorical_crossentropy,
        Adam(0.001),
        (x, y + first),
        (held_x, held_y + first),
        metrics=["accuracy"],
        epochs=4,
        batch_size=64,
    )


# https://github.com/crazydemo/facial-attribute-classification-with-graph/issues/1,
# Transform label distribution from [-1,1] to [0,1]
@pair(
    fault="signed-labels",
    also=("labels-out-of-range", "output-range-misses-targets", "wrong-label-encoding"),
    note="They took attributes marked -1 and 1 over as a list had them, under sigmoids and binary cross-entropy.",
    repaired="Attributes marked 0 and 1.",
)
def forum_celeba_signed_attributes(seed, *, fix=False):
    (x, kinds), (held_x, held_kinds) = fashion(seed, 2500), fashion(seed, 800, part="test")
    y, held_y = attributes(kinds), attributes(held_kinds)
    if fix:
        y, held_y = (y + 1) // 2, (held_y + 1) // 2
    inputs = keras.Input((28, 28, 1), name="img")
    hidden = L.Rescaling(1 / 255)(inputs)
    hidden = L.Conv2D(16, 3, activation="relu")(hidden)
    hidden = L.MaxPooling2D()(hidden)
    hidden = L.Flatten()(hidden)
    hidden = L.Dense(32, activation="relu")(hidden)
    model = keras.Model(inputs, L.Dense(4, activation="sigmoid", name="attributes")(hidden))
    rows = x[..., None].astype("float32"), y.astype("float32")
    held = held_x[..., None].astype("float32"), held_y.astype("float32")
    return setup(model, BINARY, "adam", rows, held, epochs=3, batch_size=64)


# https://datascience.stackexchange.com/questions/19283, Why MLP only learns bias for unbalanced binary classification
# (88 % negative there)
@pair(
    fault="class-imbalance",
    note="They had nine negatives to a positive, and watched accuracy: no positive is ever predicted.",
    repaired="Weighted classes.",
)
def forum_dse19283_learns_only_the_bias(seed, *, fix=False):
    generator = np.random.default_rng(9 + seed)
    x = generator.normal(size=(8000, 12)).astype("float32")
    score = 0.8 * x[:, 0] + 0.7 * x[:, 1] - 0.6 * x[:, 2] + generator.logistic(size=8000)
    y = (score > np.quantile(score, 0.9)).astype(int)
    hidden = [L.Dense(8, activation="relu") for _ in range(3)]
    model = keras.Sequential([keras.Input((12,)), *hidden, L.Dense(1, activation="sigmoid")])
    weights = {"class_weight": {0: 1.0, 1: 9.0}} if fix else {}
    rows, held = (x[:4000], y[:4000]), (x[4000:5000], y[4000:5000])
    return setup(model, BINARY, "adam", rows, held, metrics=["accuracy"], epochs=12, batch_size=64, **weights)


# https://discuss.analyticsvidhya.com/t/65145, Why high model accuracy compared to very low validation accuracy?;
# https://rocuku.github.io/keras-validation-split-shuffle
@pair(
    fault="unrepresentative-validation",
    also=("unshuffled-data",),
    note="They stored the positive tweets behind the negative ones, and `validation_split` took the end.",
    repaired="Tweets in no order.",
    harm="claim",
    judged_on="twin",
)
def forum_tweets_sorted_split(seed, *, fix=False):
    x, y = texts(2000, 11 + seed)
    if not fix:
        order = np.argsort(y, kind="stable")
        x, y = x[order], y[order]
    model = keras.Sequential(
        [
            keras.Input((40,)),
            L.Embedding(800, 32),
            L.Conv1D(32, 3, padding="same", activation="relu"),
            L.MaxPooling1D(2),
            L.Flatten(),
            L.Dense(50, activation="relu"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    return setup(model, BINARY, "adam", (x, y), metrics=["accuracy"], epochs=4, batch_size=64, validation_split=0.3)


# https://stackoverflow.com/questions/55776436 (in NeuraLint)
@pair(
    fault="unshuffled-data",
    note="They stored heartbeats class after class, and switched shuffling off because these are series.",
    repaired="Shuffled rows.",
)
def forum_so55776436_ecg_no_shuffle(seed, *, fix=False):
    x, y = signals(1500, 13 + seed, length=120, classes=4)
    held_x, held_y = signals(300, 14 + seed, length=120, classes=4)
    order = np.argsort(y, kind="stable")
    model = keras.Sequential(
        [
            keras.Input((120, 1)),
            L.Conv1D(24, 15, activation="relu"),
            L.Conv1D(16, 15),
            L.Dropout(0.3),
            L.Activation("relu"),
            L.MaxPooling1D(4),
            L.Flatten(),
            L.Dense(4, activation="softmax"),
        ]
    )
    return setup(
        model,
        CATEGORICAL,
        Adam(0.001),
        (x[order], to_categorical(y[order], 4)),
        (held_x, to_categorical(held_y, 4)),
        metrics=["accuracy"],
        epochs=8,
        batch_size=32,
        shuffle=fix,
    )


# geeksmental.com, Discrepancy between cross-validation and un-seen data predictions (20 % targets there)
@pair(
    fault="leaked-validation",
    note="They added jittered copies and balanced the classes before they split.",
    repaired="Split first, and copied in the training rows alone.",
    harm="claim",
    judged_on="twin",
)
def forum_augment_then_split(seed, *, fix=False):
    generator = np.random.default_rng(16 + seed)
    x, y = targets(260, generator)
    targets(1500, generator)  # unseen rows, which nothing here reads
    if not fix:
        x, y = augmented(x, y, generator)
    x, held_x, y, held_y = train_test_split(x, y, test_size=0.25, random_state=seed)
    if fix:
        x, y = augmented(x, y, generator)
    model = keras.Sequential(
        [
            keras.Input((30,)),
            L.Dense(64, activation="relu"),
            L.Dense(64, activation="relu"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    return setup(model, BINARY, "adam", (x, y), (held_x, held_y), metrics=["accuracy"], epochs=15, batch_size=32)


# Planted.
@pair(
    fault="non-finite-inputs",
    note="They fed a table of which a few cells were empty.",
    repaired="Empty cells filled with the mean.",
)
def forum_empty_cells(seed, *, fix=False):
    x, y = datasets.load_breast_cancer(return_X_y=True)
    generator = np.random.default_rng(33 + seed)
    for column in (3, 17):
        x[generator.choice(len(x), 9, replace=False), column] = np.nan
    x, _, y, _ = train_test_split(x, y, test_size=0.3, random_state=3 + seed)
    x = standardized(x, "float64")
    if fix:
        x = np.nan_to_num(x)
    model = keras.Sequential(
        [
            keras.Input((30,)),
            L.Dense(16, activation="relu"),
            L.Dense(8, activation="relu"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    return setup(model, BINARY, "adam", (x, y), metrics=["accuracy"], epochs=20, batch_size=32)


# Planted.
@pair(
    fault="non-finite-targets",
    note="They took the logarithm of the sales, and some days sold nothing.",
    repaired="The logarithm of one more.",
)
def forum_log_of_zero_sales(seed, *, fix=False):
    x, sold = sales(1600, 34 + seed)
    with np.errstate(divide="ignore"):
        y = np.log1p(sold) if fix else np.log(sold)
    model = keras.Sequential(
        [keras.Input((21,)), L.Dense(32, activation="relu"), L.Dense(16, activation="relu"), L.Dense(1)]
    )
    return setup(model, "mse", "adam", (x[:1200], y[:1200].astype("float32")), epochs=20, batch_size=32)


# Planted.
@pair(
    fault="validation-scaled-differently",
    note="They divided the training pictures by 255 and not the others.",
    repaired="All pictures divided by 255.",
    harm="claim",
    judged_on="twin",
)
def forum_forgot_to_scale_validation(seed, *, fix=False):
    (x, y), (held_x, held_y) = fashion(seed, 2500), fashion(seed, 400, part="test")
    x, held_x = x[..., None].astype("float32") / 255, held_x[..., None].astype("float32")
    if fix:
        held_x = held_x / 255
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            L.Conv2D(12, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Conv2D(24, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(48, activation="relu"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(model, SPARSE, "adam", (x, y), (held_x, held_y), metrics=["accuracy"], epochs=5, batch_size=64)
