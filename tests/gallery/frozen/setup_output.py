"""Faults of the head: its activation against the loss, its range, what stands behind it."""

import keras

from gallery.case import case
from gallery.frozen.healthy.images import (
    digits_autoencoder,
    digits_conv,
    digits_dense,
    digits_logits,
    digits_one_hot,
    patches_plain_conv,
)
from gallery.frozen.healthy.sequences import series_gru, waves_lstm
from gallery.frozen.healthy.tables import (
    cancer_dense,
    cancer_logits,
    diabetes_dense,
    friedman_dense,
    topics_dense,
)
from gallery.nets import L

# Activation of the head against the loss.


@case(
    fault="missing-output-activation",
    twin="digits-dense",
    also=("non-finite-loss", "constant-predictions"),
    note="Ended with Dense(10) and wrote loss='sparse_categorical_crossentropy'.",
)
def digits_linear_head(seed):
    return digits_dense(seed, head=None)


@case(
    fault="missing-output-activation",
    twin="patches-plain-conv",
    also=("constant-predictions",),
    note="Ended with Dense(1) and wrote loss='binary_crossentropy'.",
)
def patches_linear_head(seed):
    return patches_plain_conv(seed, head=None)


@case(
    fault="missing-output-activation",
    twin="waves-lstm",
    also=("non-finite-loss", "constant-predictions"),
    note="An LSTM, then Dense(3) without softmax, and a loss of probabilities.",
)
def waves_linear_head(seed):
    return waves_lstm(seed, head=None)


@case(
    fault="activated-logits",
    twin="digits-logits",
    note="Softmax in the last layer and from_logits=True in the loss.",
)
def digits_softmax_logits(seed):
    return digits_logits(seed, head="softmax")


@case(
    fault="activated-logits",
    twin="cancer-logits",
    harm="loss",
    note="A sigmoid in the last layer and from_logits=True in the loss.",
)
def cancer_sigmoid_logits(seed):
    setting = cancer_logits(seed, head="sigmoid")
    setting.compile["metrics"] = ["accuracy"]
    return setting


@case(
    fault="softmax-on-one-unit",
    twin="cancer-dense",
    also=("constant-predictions",),
    note="Dense(1, activation='softmax'): the accuracy never moves.",
)
def cancer_softmax_on_one_unit(seed):
    return cancer_dense(seed, head="softmax")


@case(
    fault="softmax-on-one-unit",
    twin="patches-plain-conv",
    also=("constant-predictions",),
    note="Cats against dogs with one softmax unit.",
)
def patches_softmax_on_one_unit(seed):
    return patches_plain_conv(seed, head="softmax")


@case(
    fault="binary-loss-on-exclusive-classes",
    twin="digits-one-hot",
    harm="none",
    note="Ten sigmoids and binary cross-entropy on ten exclusive digits. It learns; the accuracy it shows is not one.",
)
def digits_ten_sigmoids(seed):
    return digits_one_hot(seed, head="sigmoid", loss="binary_crossentropy")


@case(
    fault="binary-loss-on-exclusive-classes",
    twin="waves-lstm",
    harm="none",
    note="Softmax over three classes, then loss='binary_crossentropy'. It learns; the accuracy it shows is not one.",
)
def waves_binary_loss(seed):
    setting = waves_lstm(seed, loss="binary_crossentropy")
    x, y = setting.data["validation_data"]
    setting.data["y"] = keras.utils.to_categorical(setting.data["y"], 3)
    setting.data["validation_data"] = (x, keras.utils.to_categorical(y, 3))
    return setting


@case(
    fault="softmax-on-multi-label",
    twin="topics-dense",
    note="Texts with several topics each, softmax and categorical cross-entropy.",
)
def topics_softmax(seed):
    return topics_dense(seed, head="softmax", loss="categorical_crossentropy")


@case(
    fault="softmax-on-multi-label",
    twin="topics-dense",
    note="Texts with several topics each; the binary loss is right, the softmax is not.",
)
def topics_softmax_binary_loss(seed):
    return topics_dense(seed, head="softmax")


# Range of the head against the targets.


@case(
    fault="output-range-misses-targets",
    twin="diabetes-dense",
    also=("dying-relu", "constant-predictions"),
    note="Scaled the target to mean 0 and kept relu on the output, since progression is positive.",
)
def diabetes_relu_output(seed):
    return diabetes_dense(seed, head="relu")


@case(
    fault="output-range-misses-targets",
    twin="series-gru",
    also=("saturated-activations",),
    note="A sigmoid on the output of a forecast that goes below 0 and above 1.",
)
def series_sigmoid_output(seed):
    return series_gru(seed, head="sigmoid")


@case(
    fault="output-range-misses-targets",
    twin="digits-autoencoder-standardized",
    also=("saturated-activations",),
    note="Standardized the pixels and left the decoder's sigmoid from the tutorial.",
)
def autoencoder_sigmoid_output(seed):
    return digits_autoencoder(seed, head="sigmoid", standardize=True)


# Layers behind the head.


@case(
    fault="stacked-activations",
    twin="digits-dense",
    harm="loss",
    note="Dense(10, activation='softmax') and then Activation('softmax').",
)
def digits_softmax_twice(seed):
    setting = digits_dense(seed)
    model = keras.Sequential([keras.Input((64,)), *setting.model.layers, L.Activation("softmax")])
    setting.model = model
    return setting


@case(
    fault="dropout-on-output",
    twin="digits-conv",
    harm="loss",
    also=("non-finite-loss",),
    note="Dropout behind the softmax.",
)
def digits_dropout_behind_softmax(seed):
    return digits_conv(seed, head=[L.Dropout(0.4)])


@case(
    fault="dropout-on-output",
    twin="friedman-dense",
    note="Dropout behind the one linear output of a regression.",
)
def friedman_dropout_behind_output(seed):
    return friedman_dense(seed, head=[L.Dropout(0.4)])
