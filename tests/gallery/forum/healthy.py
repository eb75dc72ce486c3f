"""Sound Setups of the forum part, near to what is asked about."""

import keras
import numpy as np
from keras.utils import to_categorical
from sklearn import datasets
from sklearn.model_selection import train_test_split

from gallery.case import case
from gallery.forum.data import (
    fashion,
    houses,
    pictures,
    series,
    standardized,
    standardized_target,
    texts,
    windows,
)
from gallery.forum.nets import BINARY, CATEGORICAL, SPARSE, Net, pretrained_base, setup

L = keras.layers
Opt = keras.optimizers
L2 = keras.regularizers.L2


def stop(patience):
    return [keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True)]


def digits(seed):
    """Seven tenths of the handwritten digits, in [0, 1]."""
    x, y = datasets.load_digits(return_X_y=True)
    x, _, y, _ = train_test_split(x / 16, y, test_size=0.3, random_state=seed)
    return x, y


@case(note="A convnet of leaky ReLUs that scales bytes itself.")
def forum_ok_leaky_cnn(seed):
    (x, y), (held_x, held_y) = fashion(seed, 3500), fashion(seed, 300, part="test")
    x, held_x = (each[..., None].astype("float32") for each in (x, held_x))
    model = keras.Sequential([keras.Input((28, 28, 1)), L.Rescaling(1 / 255)])
    for filters in (12, 24):
        model.add(L.Conv2D(filters, 3, padding="same"))
        model.add(L.LeakyReLU(negative_slope=0.1))
        model.add(L.MaxPooling2D())
    model.add(L.Flatten())
    model.add(L.Dense(48))
    model.add(L.LeakyReLU(negative_slope=0.1))
    model.add(L.Dense(10, activation="softmax"))
    rows, held = (x, y), (held_x, held_y)
    return setup(model, SPARSE, Opt.Adam(2e-3), rows, held, metrics=["accuracy"], epochs=7, batch_size=64)


@case(note="Counts of up to a few dozen, not scaled, an exponential output and the Poisson loss.")
def forum_ok_poisson_counts(seed):
    generator = np.random.default_rng(41 + seed)
    x = generator.normal(size=(2400, 5)).astype("float32")
    mean = np.exp(1.4 + 0.6 * x[:, 0] - 0.4 * x[:, 1] + 0.3 * x[:, 2] * x[:, 3])
    y = generator.poisson(mean).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((5,)),
            L.Dense(32, activation="elu"),
            L.Dense(16, activation="elu"),
            L.Dense(1, activation="exponential"),
        ]
    )
    rows = x[:1800], y[:1800]
    return setup(model, "poisson", Opt.Adam(2e-3), rows, epochs=15, batch_size=32, validation_split=0.2)


@case(note="A self-normalizing net: SELU, LeCun's initializer and AlphaDropout.")
def forum_ok_selu_alpha_dropout(seed):
    x, y = datasets.load_digits(return_X_y=True)
    x, _, y, _ = train_test_split(x, y, test_size=0.3, random_state=2 + seed)
    model = keras.Sequential([keras.Input((64,))])
    for _ in range(4):
        model.add(L.Dense(64, activation="selu", kernel_initializer="lecun_normal"))
        model.add(L.AlphaDropout(0.05))
    model.add(L.Dense(10, activation="softmax"))
    rows = standardized(x), y
    return setup(model, SPARSE, "adam", rows, metrics=["accuracy"], epochs=12, batch_size=32, validation_split=0.15)


@case(note="5 rows in 100 are positive; the classes are weighted, and recall is watched.")
def forum_ok_imbalance_weighted(seed):
    generator = np.random.default_rng(42 + seed)
    x = generator.normal(size=(10000, 12)).astype("float32")
    score = 1.3 * x[:, 0] + 1.0 * x[:, 1] - 0.9 * x[:, 2] + 0.7 * x[:, 3] * x[:, 4]
    score = score + 0.8 * generator.logistic(size=10000)
    y = (score > np.quantile(score, 0.95)).astype(int)
    model = keras.Sequential(
        [
            keras.Input((12,)),
            L.Dense(16, activation="relu"),
            L.Dense(8, activation="relu"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    return setup(
        model,
        BINARY,
        "adam",
        (x[:6000], y[:6000]),
        (x[6000:7500], y[6000:7500]),
        metrics=[keras.metrics.AUC(name="auc"), keras.metrics.Recall(name="recall")],
        epochs=8,
        batch_size=64,
        class_weight={0: 1.0, 1: 15.0},
    )


@case(note="120 rows, a strong penalty and early stopping.")
def forum_ok_small_data_strong_l2(seed):
    x, y = datasets.load_breast_cancer(return_X_y=True)
    x, _, y, _ = train_test_split(x, y, train_size=160, random_state=6 + seed, stratify=y)
    x = standardized(x)
    penalty = L2(0.02)
    model = keras.Sequential(
        [
            keras.Input((30,)),
            L.Dense(16, activation="relu", kernel_regularizer=penalty),
            L.Dense(1, activation="sigmoid", kernel_regularizer=penalty),
        ]
    )
    return setup(
        model,
        BINARY,
        Opt.Adam(3e-3),
        (x[:120], y[:120]),
        (x[120:], y[120:]),
        metrics=["accuracy"],
        epochs=80,
        batch_size=16,
        callbacks=stop(10),
    )


@case(note="Ten layers with batch normalization on the digits.")
def forum_ok_deep_batch_norm(seed):
    model = keras.Sequential([keras.Input((64,))])
    for _ in range(10):
        model.add(L.Dense(48, use_bias=False))
        model.add(L.BatchNormalization(momentum=0.9))
        model.add(L.Activation("relu"))
    model.add(L.Dense(10, activation="softmax"))
    return setup(
        model,
        SPARSE,
        Opt.Adam(2e-3),
        digits(7 + seed),
        metrics=["accuracy"],
        epochs=20,
        batch_size=32,
        validation_split=0.15,
    )


@case(note="A frozen base, called with training=False, under a small head for four new classes.")
def forum_ok_transfer_frozen_base(seed):
    base = pretrained_base(seed, 2500, epochs=3, name="backbone")
    base.trainable = False
    kinds = [5, 7, 8, 9]
    rows, held = pictures(seed, 1000, kinds), pictures(seed, 300, kinds, "test")
    inputs = keras.Input((28, 28, 1))
    hidden = base(inputs, training=False)
    hidden = L.Flatten()(hidden)
    hidden = L.Dropout(0.3)(hidden)
    model = keras.Model(inputs, L.Dense(4, activation="softmax")(hidden))
    return setup(model, SPARSE, Opt.Adam(2e-3), rows, held, metrics=["accuracy"], epochs=8, batch_size=32)


@case(note="No softmax on the last layer, and from_logits=True in the loss.")
def forum_ok_from_logits(seed):
    (x, y), (held_x, held_y) = fashion(seed, 4000), fashion(seed, 300, part="test")
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            L.Flatten(),
            L.Dense(64, activation="relu"),
            L.Dense(32, activation="relu"),
            L.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rows, held = (x / 255, y), (held_x / 255, held_y)
    return setup(model, loss, "adam", rows, held, metrics=["accuracy"], epochs=7, batch_size=64)


@case(note="A fill level between 0 and 1, a sigmoid and the squared error.")
def forum_ok_sigmoid_on_unit_targets(seed):
    generator = np.random.default_rng(43 + seed)
    x = generator.normal(size=(2200, 6)).astype("float32")
    level = x[:, 0] - x[:, 1] + 0.8 * x[:, 2] * x[:, 3] + 0.2 * generator.normal(size=2200)
    y = (1 / (1 + np.exp(-level))).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((6,)),
            L.Dense(32, activation="relu"),
            L.Dense(32, activation="relu"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    rows = x[:1600], y[:1600]
    return setup(model, "mse", Opt.Adam(2e-3), rows, metrics=["mae"], epochs=20, batch_size=32, validation_split=0.2)


@case(note="An autoencoder under binary cross-entropy, which grey pixels keep from 0.")
def forum_ok_autoencoder(seed):
    x = (datasets.load_digits().data / 16).astype("float32")
    x, held = train_test_split(x, test_size=0.3, random_state=8 + seed)
    held = held[:200]
    inputs = keras.Input((64,))
    code = L.Dense(16, activation="relu", name="code")(L.Dense(48, activation="relu")(inputs))
    outputs = L.Dense(64, activation="sigmoid")(L.Dense(48, activation="relu")(code))
    model = keras.Model(inputs, outputs, name="autoencoder")
    return setup(model, BINARY, Opt.Adam(3e-3), (x, x), (held, held), epochs=50, batch_size=32)


@case(note="A forecast of one step by an LSTM, validated on what comes later.")
def forum_ok_lstm_forecast(seed):
    x, y = windows(series(2000, 44 + seed), 36)
    model = keras.Sequential([keras.Input((36, 1)), L.LSTM(32), L.Dense(16, activation="relu"), L.Dense(1)])
    rows, held = (x[:1500], y[:1500]), (x[1500:1700], y[1500:1700])
    return setup(model, "mse", Opt.Adam(3e-3), rows, held, metrics=["mae"], epochs=12, batch_size=32)


@case(note="Four labels that may hold at once: sigmoids, binary cross-entropy and binary accuracy.")
def forum_ok_multilabel(seed):
    x, y = datasets.make_multilabel_classification(2600, 20, n_classes=4, random_state=3 + seed)
    model = keras.Sequential(
        [keras.Input((20,)), L.Dense(48, activation="relu"), L.Dropout(0.2), L.Dense(4, activation="sigmoid")]
    )
    return setup(
        model,
        BINARY,
        "adam",
        (standardized(x[:1900]), y[:1900]),
        metrics=["binary_accuracy"],
        epochs=20,
        batch_size=32,
        validation_split=0.2,
    )


@case(note="A rate of 5e-4 that falls along a cosine: small, but over enough epochs.")
def forum_ok_small_rate_with_schedule(seed):
    x, y = digits(9 + seed)
    steps = 30 * int(np.ceil(len(x) * 0.85 / 32))
    model = keras.Sequential(
        [
            keras.Input((64,)),
            L.Dense(96, activation="relu"),
            L.Dense(48, activation="relu"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(
        model,
        SPARSE,
        Opt.Adam(Opt.schedules.CosineDecay(5e-4, steps, alpha=0.05)),
        (x, y),
        metrics=["accuracy"],
        epochs=30,
        batch_size=32,
        validation_split=0.15,
    )


@case(note="A standardized target of which the inputs tell half, and early stopping.")
def forum_ok_diabetes_early_stopping(seed):
    x, y = datasets.load_diabetes(return_X_y=True)
    x, _, y, _ = train_test_split(x, y, test_size=0.25, random_state=4 + seed)
    model = keras.Sequential(
        [keras.Input((10,)), L.Dense(24, activation="elu", kernel_regularizer=L2(0.01)), L.Dense(1)]
    )
    return setup(
        model,
        "mse",
        Opt.Adam(2e-3),
        (standardized(x), standardized_target(y)),
        metrics=["mae"],
        epochs=100,
        batch_size=32,
        validation_split=0.2,
        callbacks=stop(12),
    )


@case(note="Half of the units dropped behind both hidden layers, so that it does better in validation.")
def forum_ok_dropout_half(seed):
    x, y = digits(12 + seed)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            L.Dense(128, activation="relu"),
            L.Dropout(0.5),
            L.Dense(64, activation="relu"),
            L.Dropout(0.5),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(
        model,
        CATEGORICAL,
        Opt.Adam(2e-3),
        (x, to_categorical(y, 10)),
        metrics=["accuracy"],
        epochs=35,
        batch_size=32,
        validation_split=0.15,
    )


@case(note="124 wines in one-hot classes, and a penalty on every layer.")
def forum_ok_wine_l2(seed):
    x, y = datasets.load_wine(return_X_y=True)
    x, _, y, _ = train_test_split(x, y, test_size=0.3, random_state=10 + seed, stratify=y)
    penalty = L2(1e-3)
    model = keras.Sequential(
        [
            keras.Input((13,)),
            L.Dense(16, activation="relu", kernel_regularizer=penalty),
            L.Dense(3, activation="softmax", kernel_regularizer=penalty),
        ]
    )
    return setup(
        model,
        CATEGORICAL,
        Opt.Adam(5e-3),
        (standardized(x), to_categorical(y, 3)),
        metrics=["accuracy"],
        epochs=40,
        batch_size=16,
        validation_split=0.2,
    )


@case(note="Padded texts, an embedding that masks them, a GRU and early stopping.")
def forum_ok_embedding_gru(seed):
    model = keras.Sequential(
        [
            keras.Input((40,)),
            L.Embedding(800, 24, mask_zero=True),
            L.GRU(24),
            L.Dropout(0.3),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    return setup(
        model,
        BINARY,
        Opt.Adam(3e-3),
        texts(3000, 45 + seed),
        metrics=["accuracy"],
        epochs=8,
        batch_size=64,
        validation_split=0.2,
        callbacks=stop(2),
    )


@case(note="A price and a kind of dwelling, each with a loss and a weight of its own.")
def forum_ok_two_outputs(seed):
    x, price = houses(2400, 47 + seed)
    kind = x[:, 5].astype(int)
    hints = np.random.default_rng(48 + seed).normal(size=(2400, 3)) + 1.6 * np.eye(3)[kind]
    x = standardized(np.column_stack([x[:, :5], hints])[:1800])
    y = {"price": standardized_target(np.log(price)[:1800]), "kind": kind[:1800]}
    inputs = keras.Input((8,))
    hidden = L.Dense(48, activation="relu")(inputs)
    hidden = L.Dense(24, activation="relu")(hidden)
    outputs = {
        "price": L.Dense(1, name="price")(hidden),
        "kind": L.Dense(3, activation="softmax", name="kind")(hidden),
    }
    return setup(
        keras.Model(inputs, outputs),
        {"price": "mse", "kind": SPARSE},
        "adam",
        (x, y),
        metrics={"kind": "accuracy"},
        loss_weights={"price": 1.0, "kind": 0.5},
        epochs=14,
        batch_size=32,
        validation_split=0.2,
    )


@case(note="A subclassed net of one logit, whose metric has its threshold at 0.")
def forum_ok_subclassed_binary_logit(seed):
    x, y = datasets.load_breast_cancer(return_X_y=True)
    x, _, y, _ = train_test_split(x, y, test_size=0.3, random_state=11 + seed)
    x, y = standardized(x), y.astype("float32")
    model = Net()
    model(x[:1])
    return setup(
        model,
        keras.losses.BinaryCrossentropy(from_logits=True),
        "adam",
        (x, y),
        metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)],
        epochs=20,
        batch_size=32,
        validation_split=0.15,
    )


@case(note="Raw columns, with a Normalization layer adapted to them, under SGD with momentum.")
def forum_ok_normalization_inside(seed):
    x, price = houses(2200, 49 + seed)
    x, y = x[:1700], standardized_target(np.log(price)[:1700])
    normalization = L.Normalization()
    normalization.adapt(x)
    model = keras.Sequential(
        [keras.Input((6,)), normalization, L.Dense(32, activation="relu"), L.Dense(32, activation="relu"), L.Dense(1)]
    )
    return setup(
        model,
        "mse",
        Opt.SGD(0.02, momentum=0.9),
        (x, y),
        metrics=["mae"],
        epochs=20,
        batch_size=32,
        validation_split=0.2,
    )
