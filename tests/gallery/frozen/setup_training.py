"""Faults of what trains: batch normalization and its batches, what is frozen."""

import keras

from gallery.case import case
from gallery.frozen.healthy.graphs import transfer
from gallery.frozen.healthy.images import (
    digits_batch_norm,
    digits_dense,
    patches_conv,
)
from gallery.nets import L, adam

# Batch normalization.


@case(
    fault="batch-norm-on-tiny-batches",
    twin="digits-batch-norm",
    note="Two pictures a batch, for want of memory, and batch normalization in each layer.",
)
def digits_batches_of_two(seed):
    return digits_batch_norm(seed, batch_size=2, epochs=3)


@case(
    fault="batch-norm-on-tiny-batches",
    twin="patches-conv",
    harm="loss",
    note="Batches of two squares in a net with batch normalization.",
)
def patches_batches_of_two(seed):
    return patches_conv(seed, batch_size=2, epochs=3)


@case(
    fault="batch-norm-statistics-not-settled",
    twin="digits-batch-norm",
    also=("overfitting",),
    note="Momentum 0.999, from a large network: after 130 steps the averages still stand near their start.",
)
def digits_momentum_too_slow(seed):
    setting = digits_batch_norm(seed, momentum=0.999, batch_size=128)
    setting.compile["optimizer"] = adam(1e-2)
    return setting


@case(
    fault="batch-norm-statistics-not-settled",
    twin="patches-conv",
    also=("overfitting",),
    note="Momentum 0.999 in a convolutional net that trains for 150 steps.",
)
def patches_momentum_too_slow(seed):
    return patches_conv(seed, momentum=0.999)


# What may train.


def freeze_only_convolutions(model, base):
    """What people write to freeze 'the weights'."""
    del model
    for layer in base.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.trainable = False


@case(
    fault="frozen-base-batch-norm-training",
    twin="transfer",
    also=("batch-norm-on-tiny-batches",),
    harm="none",
    note="Froze the convolutions of the base, left its batch normalization training. On data so alike it costs little.",
)
def transfer_batch_norm_training(seed):
    return transfer(seed, freeze=freeze_only_convolutions, batch_size=4)


class Transferred(keras.Model):
    """A base and a head, subclassed."""

    def __init__(self, base):
        super().__init__()
        self.base = base
        self.head = L.Dense(5, "softmax")

    def call(self, inputs, training=None):
        return self.head(self.base(inputs, training=training))


@case(
    fault="frozen-base-batch-norm-training",
    twin="transfer",
    harm="none",
    note="Froze what has a kernel, called the base with training=training. On data so alike it costs little.",
)
def transfer_subclassed_batch_norm_training(seed):
    setting = transfer(seed, freeze=freeze_only_convolutions)
    setting.model = Transferred(setting.model.get_layer("base"))
    setting.model(setting.data["x"][:1])  # makes the weights
    return setting


def freeze_the_model(model, base):
    del base
    model.trainable = False


@case(
    fault="nothing-trainable",
    twin="transfer",
    also=("constant-predictions",),
    note="Wrote model.trainable = False where base.trainable = False was meant.",
)
def transfer_all_frozen(seed):
    return transfer(seed, freeze=freeze_the_model)


@case(
    fault="nothing-trainable",
    twin="digits-dense",
    note="Froze every layer in a loop, the head too.",
)
def digits_frozen_in_a_loop(seed):
    setting = digits_dense(seed)
    for layer in setting.model.layers:
        layer.trainable = False
    return setting
