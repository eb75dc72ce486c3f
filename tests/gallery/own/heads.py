"""Sick Setups whose output, loss or metric does not fit the others."""

from __future__ import annotations

import keras

from gallery import data
from gallery.case import case
from gallery.nets import BINARY, L, adam, dense, sequential, setup
from gallery.own import healthy_heads as right

CATEGORICAL = "categorical_crossentropy"


@case(
    fault="missing-output-activation",
    twin="own-head-digits-softmax",
    note="The softmax was forgotten; the loss expects one.",
    also=("metric-does-not-fit-task",),
)
def own_head_digits_no_softmax(seed):
    return right.own_head_digits_softmax(seed, last=None)


@case(
    fault="missing-output-activation",
    twin="own-head-cancer-logits",
    harm="none",
    note="A subclassed net gives logits, and the loss was not told; cut off at 0 and 1 it still learns an easy task.",
)
def own_head_cancer_logits_untold(seed):
    return right.own_head_cancer_logits(seed, logits=False)


@case(
    fault="missing-output-activation",
    twin="own-head-moons-sigmoid",
    note="A tanh in front of a binary loss.",
    harm="none",
)
def own_head_moons_tanh(seed):
    return right.own_head_moons_sigmoid(seed, last="tanh")


@case(fault="activated-logits", twin="own-head-moons-sigmoid", harm="loss", note="A sigmoid, and from_logits=True.")
def own_head_moons_sigmoid_logits(seed):
    return right.own_head_moons_sigmoid(seed, last="sigmoid", logits=True)


@case(
    fault="activated-logits",
    twin="own-head-waves-logits",
    harm="loss",
    note="A softmax in call(), told as logits.",
)
def own_head_waves_softmax_logits(seed):
    return right.own_head_waves_logits(seed, squeeze=keras.ops.softmax)


@case(fault="softmax-on-one-unit", twin="own-head-moons-sigmoid", note="A softmax for yes or no.")
def own_head_moons_softmax(seed):
    return right.own_head_moons_sigmoid(seed, last="softmax")


@case(
    fault="softmax-on-one-unit",
    twin="own-head-texts-attention",
    harm="none",
    note="Attention whose softmax runs over the one unit of each word, so that all words weigh the same.",
)
def own_head_texts_attention_over_units(seed):
    return right.own_head_texts_attention(seed, over=-1)


@case(
    fault="binary-loss-on-exclusive-classes",
    twin="own-head-wine-mixup",
    harm="none",
    note="One-hot wines, sigmoids and a binary loss: three easy classes are learned all the same.",
)
def own_head_wine_binary(seed):
    return right.own_head_wine_mixup(seed, loss=BINARY, mix=False, last="sigmoid")


@case(fault="softmax-on-multi-label", twin="own-head-topics-sigmoid", note="A softmax, and several topics are right.")
def own_head_topics_softmax(seed):
    return right.own_head_topics_sigmoid(seed, last="softmax")


@case(
    fault="softmax-on-multi-label",
    twin="own-head-topics-sigmoid",
    note="Sigmoids over topics of which several are right, and a categorical loss.",
)
def own_head_topics_categorical(seed):
    return right.own_head_topics_sigmoid(seed, loss=CATEGORICAL)


@case(fault="output-range-misses-targets", twin="own-head-friedman-linear", note="A ReLU, half of the target negative.")
def own_head_friedman_relu(seed):
    return right.own_head_friedman_linear(seed, last="relu")


@case(
    fault="output-range-misses-targets",
    twin="own-head-friedman-linear",
    note="A sigmoid in the model's own code, a standardized target and a loss function of one's own.",
)
def own_head_friedman_sigmoid_subclassed(seed):
    found = right.own_head_friedman_linear(seed, loss=lambda y, p: keras.ops.square(y - p))
    found.model = right.Logits(1, keras.ops.sigmoid)
    return found


@case(
    fault="output-range-misses-targets",
    twin="own-head-friedman-linear",
    note="A tanh output beside a target from 0 to 28.",
    also=("unscaled-target", "saturated-activations"),
)
def own_head_friedman_tanh_unscaled(seed):
    return right.own_head_friedman_linear(seed, last="tanh", scaled=False)


@case(
    fault="loss-does-not-fit-task",
    twin="own-head-wine-classes",
    note="Wines as the amounts 0, 1 and 2.",
    harm="none",
)
def own_head_wine_amounts(seed):
    return own_head_wine_classes(seed, units=1, last=None, loss="mse")


@case(note="Three wines as classes.")
def own_head_wine_classes(seed, *, units=3, last="softmax", loss="sparse_categorical_crossentropy"):
    model = sequential((13,), dense(16), L.Dense(units, last))
    return setup(model, data.wine(seed).standardized(), loss, adam(1e-2), epochs=20)


@case(fault="loss-does-not-fit-task", twin="own-head-friedman-linear", note="A binary loss on values.")
def own_head_friedman_binary(seed):
    return right.own_head_friedman_linear(seed, last="sigmoid", loss=BINARY)


@case(
    fault="loss-does-not-fit-task",
    twin="own-head-moons-sigmoid",
    note="A categorical loss over the single unit of a sigmoid.",
)
def own_head_moons_categorical(seed):
    found = right.own_head_moons_sigmoid(seed)
    (held_x, held_y), y = found.data["validation_data"], found.data["y"]
    found.data.update(y=y[:, None], validation_data=(held_x, held_y[:, None]))
    found.compile["loss"] = CATEGORICAL
    return found


@case(
    fault="metric-does-not-fit-task",
    twin="own-head-friedman-linear",
    harm="none",
    note="An accuracy of values: 0 whatever is learned.",
)
def own_head_friedman_accuracy(seed):
    return right.own_head_friedman_linear(seed, metrics=["accuracy"])


@case(
    fault="metric-does-not-fit-task",
    twin="own-head-moons-sigmoid",
    harm="none",
    note="keras.metrics.Accuracy() in place of the word: probabilities never equal a class.",
)
def own_head_moons_exact_accuracy(seed):
    found = right.own_head_moons_sigmoid(seed)
    found.compile["metrics"] = [keras.metrics.Accuracy()]
    return found


@case(
    fault="metric-does-not-fit-task",
    twin="own-head-two-outputs",
    harm="none",
    note="An accuracy of the output of values, among two outputs.",
)
def own_head_two_outputs_accuracy(seed):
    return right.own_head_two_outputs(seed, metric="accuracy")


@case(fault="broadcast-target", twin="own-head-friedman-linear", note="One target beside three outputs.", harm="none")
def own_head_friedman_three_units(seed):
    return right.own_head_friedman_linear(seed, units=3)


@case(
    fault="broadcast-target",
    twin="own-head-series-last",
    note="return_sequences=True: the value that comes next is asked of each step.",
    harm="loss",
)
def own_head_series_each_step(seed):
    return right.own_head_series_last(seed, sequences=True)


@case(
    fault="broadcast-target",
    twin="own-head-friedman-own-loss",
    note="A loss class of one's own gets a target (n,) beside outputs (n, 1): all rows against all.",
)
def own_head_friedman_own_loss_flat(seed):
    return right.own_head_friedman_own_loss(seed, flat=True)


@case(fault="dropout-on-output", twin="own-head-friedman-linear", note="Dropout behind the last layer.")
def own_head_friedman_dropout(seed):
    return right.own_head_friedman_linear(seed, behind=(L.Dropout(0.3),))


@case(fault="dropout-on-output", twin="own-head-digits-softmax", harm="loss", note="Dropout in front of the softmax.")
def own_head_digits_dropout(seed):
    rows = data.digit_images(seed)
    layers = [L.Flatten(), dense(32), L.Dense(10), L.Dropout(0.5), L.Softmax()]
    return setup(sequential((8, 8, 1), *layers), rows, "sparse_categorical_crossentropy", adam(3e-3), epochs=8)


@case(
    fault="metric-does-not-fit-task",
    twin="own-head-moons-hinge",
    harm="none",
    note="Signs for classes, and an accuracy that knows 0 and 1 alone.",
)
def own_head_moons_hinge_accuracy(seed):
    return right.own_head_moons_hinge(seed, metrics=["accuracy"])
