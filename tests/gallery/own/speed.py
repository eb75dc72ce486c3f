"""Sick Setups of the family speed: rates, durations, capacity and constant answers."""

from __future__ import annotations

import keras

from gallery import data
from gallery.case import case
from gallery.nets import BINARY, SPARSE, L, adam, conv, dense, sequential, setup, sgd
from gallery.own import healthy_speed as healthy


@case(
    fault="learning-rate-too-high",
    twin="own-wine-hot",
    note="Adam at a rate of 1.",
    also=("dying-relu", "constant-predictions"),
)
def own_wine_far_too_hot(seed):
    return healthy.own_wine_hot(seed, learning_rate=1.0)


@case(fault="learning-rate-too-high", twin="own-waves-recurrent", note="A GRU at a rate of 0.5.", harm="loss")
def own_waves_too_hot(seed):
    return healthy.own_waves_recurrent(seed, learning_rate=0.5)


@case(
    fault="learning-rate-too-high",
    twin="own-digits-slow-sgd",
    note="Plain SGD at a rate of 3.",
    also=("dying-relu", "constant-predictions", "exploding-gradients", "non-finite-loss"),
)
def own_digits_hot_sgd(seed):
    return healthy.own_digits_slow_sgd(seed, learning_rate=3.0)


@case(fault="learning-rate-too-low", twin="own-wine-hot", note="Adam at 1e-5.", also=("stopped-too-early",))
def own_wine_far_too_cold(seed):
    return healthy.own_wine_hot(seed, learning_rate=1e-5)


@case(fault="learning-rate-too-low", twin="own-waves-recurrent", note="A GRU at 2e-5.", also=("stopped-too-early",))
def own_waves_too_cold(seed):
    return healthy.own_waves_recurrent(seed, learning_rate=2e-5)


@case(
    fault="learning-rate-too-low",
    twin="own-digit-images-warmup",
    note="A schedule meant for steps was given epochs: the rate is gone within the first.",
    also=("stopped-too-early",),
)
def own_digit_images_rate_gone(seed):
    decay = keras.optimizers.schedules.ExponentialDecay(5e-3, decay_steps=5, decay_rate=0.5)
    return healthy.own_digit_images_warmup(seed, decay=decay)


@case(fault="stopped-too-early", twin="own-digits-slow-sgd", note="Two epochs.")
def own_digits_two_epochs(seed):
    return healthy.own_digits_slow_sgd(seed, epochs=2)


@case(fault="stopped-too-early", twin="own-waves-recurrent", note="One epoch of a recurrent net.")
def own_waves_one_epoch(seed):
    return healthy.own_waves_recurrent(seed, epochs=1)


@case(
    fault="stopped-too-early",
    twin="own-friedman-early-stopping",
    note="Early stopping that waits for a loss to rise.",
    harm="loss",
)
def own_friedman_stops_backwards(seed):
    stop = keras.callbacks.EarlyStopping("val_loss", mode="max", patience=1, restore_best_weights=True)
    return healthy.own_friedman_early_stopping(seed, monitor=stop)


@case(
    fault="cannot-fit-one-batch",
    twin="own-three-targets-normalized",
    note="A single unit between the input and three targets.",
)
def own_three_targets_through_one(seed):
    return healthy.own_three_targets_normalized(seed, hidden=1)


@case(fault="cannot-fit-one-batch", twin="own-digit-images-warmup", note="Ten classes behind one pooled channel.")
def own_digit_images_one_channel(seed):
    rows = data.digit_images(seed)
    net = sequential((8, 8, 1), conv(8), conv(1), L.GlobalAveragePooling2D(), L.Dense(10, "softmax"))
    return setup(net, rows, SPARSE, adam(1e-2), epochs=15)


@case(
    fault="constant-predictions",
    twin="own-cancer-penalized",
    note="A layer normalization over a single number gives 0 whatever comes in.",
    also=("cannot-fit-one-batch",),
)
def own_cancer_normalized_away(seed):
    rows = data.cancer(seed).standardized()
    net = sequential((30,), dense(16), L.Dense(1), L.LayerNormalization(), dense(16), L.Dense(1, "sigmoid"))
    return setup(net, rows, BINARY, adam(3e-3), epochs=15)


@case(
    fault="constant-predictions",
    twin="own-diabetes-small",
    note="The inputs were cut to whole numbers on the way, and all are 0.",
    also=("cannot-fit-one-batch",),
)
def own_diabetes_cut_to_nothing(seed):
    rows = data.diabetes(seed).with_standardized_target()
    rows = data.Rows(
        rows.x.astype("int32").astype("float32"), rows.y, rows.held_x.astype("int32").astype("float32"), rows.held_y
    )
    net = sequential((10,), dense(16), L.Dense(1))
    return setup(net, rows, "mse", adam(3e-3), metrics=(), epochs=25)


@case(
    fault="learning-rate-too-high",
    twin="own-three-targets-normalized",
    note="Momentum at a rate of 5.",
    also=("exploding-gradients", "non-finite-loss", "dying-relu", "constant-predictions"),
)
def own_three_targets_hot(seed):
    rows = data.three_targets(seed)
    return setup(sequential((8,), dense(48), dense(48), L.Dense(3)), rows, "mse", sgd(1.0), metrics=(), epochs=20)
