"""Setups whose gradients vanish, explode, die in ReLUs or tails, or are no numbers."""

from __future__ import annotations

import keras

from gallery.case import case
from gallery.own import healthy_gradients as right


@case(
    fault="vanishing-gradients",
    twin="own-deep-relu-digits",
    also=("constant-predictions", "cannot-fit-one-batch"),
    note="Nine dense layers of sigmoids.",
)
def own_deep_sigmoid(seed):
    return right.own_deep_relu_digits(seed, activation="sigmoid", initializer="glorot_uniform")


@case(
    fault="vanishing-gradients",
    twin="own-deep-conv",
    also=("constant-predictions", "cannot-fit-one-batch"),
    note="Seven convolutions of sigmoids.",
)
def own_deep_conv_sigmoid(seed):
    return right.own_deep_conv(seed, activation="sigmoid", initializer="glorot_uniform")


@case(
    fault="exploding-gradients",
    twin="own-residual-blocks",
    also=("non-finite-loss",),
    note="Thirty residual blocks without normalization.",
)
def own_residual_growth(seed):
    return right.own_residual_blocks(seed, normalized=False)


@case(
    fault="exploding-gradients",
    twin="own-simple-rnn-series",
    also=("non-finite-loss",),
    note="A recurrent layer of ReLUs whose recurrent weights are so large that states double at each step.",
)
def own_recurrent_growth(seed):
    return right.own_simple_rnn_series(
        seed, recurrent=keras.initializers.RandomNormal(stddev=0.5, seed=seed), activation="relu"
    )


@case(
    fault="dying-relu",
    twin="own-relu-friedman",
    also=("constant-predictions", "cannot-fit-one-batch"),
    note="A deep and narrow ReLU net, born dead.",
)
def own_born_dead(seed):
    return right.own_relu_friedman(seed, width=3, depth=14)


@case(
    fault="dying-relu",
    twin="own-relu-friedman",
    also=("constant-predictions", "cannot-fit-one-batch"),
    note="Biases that begin far below 0.",
)
def own_negative_biases(seed):
    return right.own_relu_friedman(seed, bias=keras.initializers.Constant(-6.0))


@case(fault="saturated-activations", twin="own-sure-tanh", note="A steep activation of the user's own.")
def own_steep_activation(seed):
    def steep(x):
        return keras.ops.tanh(200 * x)

    return right.own_sure_tanh(seed, activation=steep)


@case(
    fault="saturated-activations",
    twin="own-sure-tanh",
    also=("vanishing-gradients",),
    note="Biases that push every tanh into its tail.",
)
def own_biased_tanh(seed):
    return right.own_sure_tanh(seed, bias=keras.initializers.Constant(8.0))


@case(fault="non-finite-loss", twin="own-safe-loss", note="A relative error, of counts many of which are 0.")
def own_dividing_loss(seed):
    return right.own_safe_loss(seed, safe=False)


@case(fault="non-finite-loss", twin="own-log-layer", note="The logarithm of what may be negative.")
def own_log_of_negatives(seed):
    return right.own_log_layer(seed, safe=False)
