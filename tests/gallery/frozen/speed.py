"""Faults of speed: the rate, the time, and nets that cannot learn or do not look at their input."""

import keras
import numpy as np

from gallery.case import case
from gallery.data import patches
from gallery.frozen.healthy.images import digits_autoencoder, digits_conv, digits_dense, patches_plain_conv
from gallery.frozen.healthy.sequences import series_gru, texts_masked_lstm, waves_lstm
from gallery.frozen.healthy.tables import cancer_early_stopping, friedman_dense
from gallery.nets import L, adam, dense, sequential, sgd

DIVERGED = (
    "exploding-gradients",
    "non-finite-loss",
    "dying-relu",
    "saturated-activations",
    "constant-predictions",
    "vanishing-gradients",
)


@case(fault="learning-rate-too-high", twin="digits-dense", also=DIVERGED, note="Adam at a rate of 0.5.")
def digits_adam_half(seed):
    return digits_dense(seed, optimizer=adam(0.5))


@case(fault="learning-rate-too-high", twin="digits-conv", also=DIVERGED, note="SGD with momentum at a rate of 1.")
def digits_conv_sgd_one(seed):
    return digits_conv(seed, optimizer=sgd(1.0, 0.9))


@case(fault="learning-rate-too-high", twin="waves-lstm", also=DIVERGED, note="An LSTM under Adam at 1.")
def waves_adam_one(seed):
    return waves_lstm(seed, optimizer=adam(1.0))


@case(fault="learning-rate-too-high", twin="friedman-dense", also=DIVERGED, note="SGD at 2 on a regression.")
def friedman_sgd_two(seed):
    return friedman_dense(seed, optimizer=sgd(2.0, 0.0))


@case(
    fault="learning-rate-too-low",
    twin="digits-dense",
    also=("stopped-too-early",),
    note="Adam at 1e-6, the rate of a fine-tuning script.",
)
def digits_adam_millionth(seed):
    return digits_dense(seed, optimizer=adam(1e-6))


@case(
    fault="learning-rate-too-low",
    twin="friedman-dense",
    also=("stopped-too-early",),
    note="SGD at 1e-5 without momentum.",
)
def friedman_sgd_low(seed):
    return friedman_dense(seed, optimizer=sgd(1e-5, 0.0))


@case(
    fault="learning-rate-too-low",
    twin="patches-plain-conv",
    also=("stopped-too-early",),
    note="A schedule that halves the rate every ten steps.",
)
def patches_rate_decays_at_once(seed):
    rate = keras.optimizers.schedules.ExponentialDecay(2e-3, 10, 0.5)
    return patches_plain_conv(seed, optimizer=sgd(rate, 0.9))


@case(fault="stopped-too-early", twin="digits-conv", note="One epoch, to see whether it runs; then kept it.")
def digits_one_epoch(seed):
    return digits_conv(seed, optimizer=adam(1e-3), epochs=1)


@case(
    fault="stopped-too-early",
    twin="cancer-early-stopping",
    note="EarlyStopping on the validation loss with mode='max': it waits for the loss to rise.",
)
def cancer_stopping_upside_down(seed):
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", mode="max", patience=2, restore_best_weights=True)
    return cancer_early_stopping(seed, callbacks=[stopping])


@case(
    fault="stopped-too-early",
    twin="series-gru",
    note="Two epochs of a GRU whose loss was falling fast.",
)
def series_two_epochs(seed):
    setting = series_gru(seed)
    setting.compile["optimizer"] = adam(2e-3)
    setting.fit["epochs"] = 2
    return setting


@case(
    fault="cannot-fit-one-batch", twin="digits-dense", note="A layer of one unit in the middle of a net of ten classes."
)
def digits_bottleneck(seed):
    return digits_dense(seed, hidden=[dense(48), dense(1), dense(32)])


@case(
    fault="cannot-fit-one-batch",
    twin="friedman-dense",
    note="One hidden unit for a function of five features.",
)
def friedman_one_unit(seed):
    return friedman_dense(seed, hidden=[dense(1, "tanh")], epochs=40)


@case(
    fault="cannot-fit-one-batch",
    twin="digits-autoencoder",
    note="A code of one number for pictures of digits.",
)
def autoencoder_code_of_one(seed):
    return digits_autoencoder(seed, code=1)


@case(
    fault="constant-predictions",
    twin="patches-plain-conv",
    also=("dying-relu", "learning-rate-too-low", "cannot-fit-one-batch"),
    note="x // 255 in place of x / 255: every picture is black.",
)
def patches_integer_division(seed):
    setting = patches_plain_conv(seed)
    rows = patches(seed)
    x, held_x = (np.floor(each / 256).astype("float32") for each in (rows.x, rows.held_x))
    setting.data = {"x": x, "y": rows.y, "validation_data": (held_x, rows.held_y)}
    return setting


@case(
    fault="constant-predictions",
    twin="series-gru",
    also=("cannot-fit-one-batch",),
    note="LayerNormalization over the one feature of a series: (x - x) / 0.",
)
def series_normalized_away(seed):
    setting = series_gru(seed)
    setting.model = sequential((24, 1), L.LayerNormalization(), L.GRU(16), L.Dense(1))
    return setting


@case(
    fault="constant-predictions",
    twin="texts-masked-lstm",
    also=("cannot-fit-one-batch",),
    note="The tokenizer was never fitted: every word is number 1, the unknown one.",
)
def texts_all_unknown(seed):
    setting = texts_masked_lstm(seed)
    x, y = setting.data["validation_data"]
    setting.data["x"] = np.ones_like(setting.data["x"])
    setting.data["validation_data"] = (np.ones_like(x), y)
    return setting
