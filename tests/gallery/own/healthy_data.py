"""Healthy Setups whose data look unusual: twins of the sick ones, and neighbours of their faults."""

from __future__ import annotations

import keras
import numpy as np

from gallery import data
from gallery.case import case
from gallery.nets import BINARY, SPARSE, L, adam, conv, dense, sequential, setup, sgd
from trainwell.training_spec import TrainingSpec


@case(note="Standardized columns.")
def own_wine(seed):
    rows = data.wine(seed).standardized()
    return setup(sequential((13,), dense(30), L.Dense(3, "softmax")), rows, SPARSE, adam(0.003), epochs=20)


@case(note="Pixels in [0, 1].")
def own_patches(seed):
    model = sequential((16, 16, 3), conv(8), L.MaxPooling2D(4), L.Flatten(), L.Dense(1, "sigmoid"))
    return setup(model, data.patches(seed, 400).divided_by(255), BINARY, adam(0.003), epochs=15)


@case(note="A standardized target that the inputs tell half of.")
def own_diabetes(seed):
    rows = data.diabetes(seed).standardized().with_standardized_target()
    model = sequential((10,), dense(20, kernel_regularizer="l2"), L.Dense(1))
    return setup(model, rows, "mse", adam(0.003), metrics=(), epochs=20)


@case(note="Two classes in one unit.")
def own_moons(seed):
    return setup(
        sequential((2,), dense(20), dense(20), L.Dense(1, "sigmoid")), data.moons(seed), BINARY, adam(0.01), epochs=20
    )


@case(note="4 rows in 100 are positive, and the classes are weighted.")
def own_imbalanced_weighted(seed):
    model = sequential((6,), dense(16), L.Dense(1, "sigmoid"))
    return setup(model, data.imbalanced(seed), BINARY, adam(0.003), epochs=12, class_weight={0: 0.52, 1: 12.5})


@case(note="Bytes, with the scaling inside the model, and a normalization behind the first weights.")
def own_bytes_scaled_inside(seed):
    model = sequential(
        (16, 16, 3),
        L.Rescaling(1 / 127.5, offset=-1),
        L.Conv2D(8, 3, padding="same", use_bias=False),
        L.BatchNormalization(),
        L.ReLU(),
        L.MaxPooling2D(4),
        L.Flatten(),
        L.Dense(1, "sigmoid"),
    )
    return setup(model, data.patches(seed, 400), BINARY, adam(0.003), epochs=15)


@case(note="Raw columns, with a Normalization layer adapted to the training rows.")
def own_cancer_normalized_inside(seed):
    rows = data.cancer(seed)
    normalization = L.Normalization()
    normalization.adapt(rows.x)
    model = keras.Sequential([keras.Input((30,)), normalization, dense(16), L.Dense(1, "sigmoid")])
    return setup(model, rows, BINARY, adam(), epochs=15)


@case(note="A target in its own units that the model scales itself, behind its output.")
def own_friedman_scaled_inside(seed):
    rows = data.friedman(seed).standardized()
    model = sequential((10,), dense(30), dense(30), L.Dense(1), L.Rescaling(5.0, offset=14.4))
    return setup(model, rows, "mse", adam(0.003), metrics=(), epochs=20)


@case(note="Rows of three categories with five values each: validation rows repeat by nature.")
def own_categories(seed):
    generator = np.random.default_rng(seed)
    levels = generator.integers(0, 5, (1500, 3))
    x = np.eye(5)[levels].reshape(1500, 15)
    y = (levels.sum(axis=1) + generator.normal(0, 1, 1500) > 6).astype(int)
    return setup(
        sequential((15,), dense(8), L.Dense(1, "sigmoid")), data.split(x, y, seed), BINARY, adam(0.01), epochs=8
    )


@case(note="Rows not shuffled, because they lie in no order.")
def own_digits_in_no_order(seed):
    rows = data.digits(seed).divided_by(16)
    model = sequential((64,), dense(40), L.Dense(10, "softmax"))
    return setup(model, rows, SPARSE, sgd(), epochs=6, shuffle=False)


@case(note="A series split in time, with a slow drift.")
def own_drifting_series(seed):
    generator = np.random.default_rng(seed)
    time = np.arange(1224)
    values = np.sin(0.3 * time) + 0.3 * time / 1224 + generator.normal(0, 0.1, 1224)
    windows = np.lib.stride_tricks.sliding_window_view(values, 25).astype("float32")
    return TrainingSpec(
        keras.Sequential([keras.Input((24, 1)), L.GRU(12), L.Dense(1)]),
        {"optimizer": adam(0.01), "loss": "mse", "metrics": []},
        {"x": windows[:, :-1, None], "y": windows[:, -1:]},
        {"epochs": 8, "batch_size": 32, "validation_split": 0.2},
    )


@case(note="120 rows, and a small net that does well on them.")
def own_few_rows(seed):
    rows = data.wine(seed).standardized().first(60)
    model = sequential((13,), dense(16), L.Dropout(0.2), L.Dense(3, "softmax"))
    return setup(model, rows, SPARSE, adam(0.005), epochs=25, batch_size=16)


@case(note="One-hot labels of both parts, under a loss that reads them.")
def own_wine_one_hot(seed):
    rows = data.wine(seed).standardized()
    rows = data.Rows(rows.x, np.eye(3)[rows.y], rows.held_x, np.eye(3)[rows.held_y])
    model = sequential((13,), dense(30), L.Dense(3, "softmax"))
    return setup(model, rows, "categorical_crossentropy", adam(0.003), epochs=20)
