"""Faults of loss and metric: they do not fit the task, or the shapes of targets and outputs."""

import keras

from gallery.case import case
from gallery.data import three_targets
from gallery.frozen.healthy.images import (
    digits_dense,
)
from gallery.frozen.healthy.sequences import series_gru
from gallery.frozen.healthy.tables import (
    diabetes_dense,
    friedman_dense,
    three_targets_dense,
    wine_dense,
)
from gallery.nets import L

# Loss and metric against the task.


@case(
    fault="loss-does-not-fit-task",
    twin="digits-dense",
    note="Which digit it is, as a number from 0 to 9, from one linear unit and mse.",
)
def digits_mse_on_numbers(seed):
    setting = digits_dense(seed, units=1, head=None, loss="mse")
    setting.compile["metrics"] = ["mae"]
    return setting


@case(
    fault="loss-does-not-fit-task",
    twin="friedman-dense",
    also=("constant-predictions", "non-finite-loss", "exploding-gradients"),
    note="Binary cross-entropy for a value with mean 0 and deviation 1.",
)
def friedman_cross_entropy(seed):
    return friedman_dense(seed, head=[L.Activation("sigmoid")], loss="binary_crossentropy")


@case(
    fault="metric-does-not-fit-task",
    twin="diabetes-dense",
    harm="none",
    note="Accuracy of a regression: it stays at 0. The net itself is as good as its twin.",
)
def diabetes_accuracy(seed):
    return diabetes_dense(seed, metrics=["accuracy"])


@case(
    fault="metric-does-not-fit-task",
    twin="series-gru",
    harm="none",
    note="Accuracy of a forecast. The net itself is as good as its twin.",
)
def series_accuracy(seed):
    return series_gru(seed, metrics=["mae", "accuracy"])


@case(
    fault="metric-does-not-fit-task",
    twin="wine-dense",
    harm="none",
    note="Mean squared error between class numbers and probabilities, watched as the metric.",
)
def wine_error_of_numbers(seed):
    setting = wine_dense(seed, metrics=["mse"])
    x, y = setting.data["validation_data"]
    setting.data["y"] = setting.data["y"][:, None]
    setting.data["validation_data"] = (x, y[:, None])
    return setting


# Shapes that differ and still pass.


@case(
    fault="broadcast-target",
    twin="series-gru",
    note="return_sequences=True on the last GRU: 24 answers against one target.",
)
def series_return_sequences(seed):
    return series_gru(seed, return_sequences=True)


@case(
    fault="broadcast-target",
    twin="three-targets-dense",
    judged_on="twin",
    note="Gave y[:, :1], one column, to a net with three outputs.",
)
def three_outputs_one_column(seed):
    rows = three_targets(seed)
    setting = three_targets_dense(seed)
    setting.data["y"] = rows.y[:, :1]
    setting.data["validation_data"] = (rows.held_x, rows.held_y[:, :1])
    return setting


class SquaredError(keras.losses.Loss):
    """The same as the healthy twin's; it takes whatever shapes come."""

    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_pred - y_true), axis=-1)


@case(
    fault="broadcast-target",
    twin="friedman-loss-class",
    judged_on="twin",
    also=("constant-predictions",),
    note="Targets (n,), outputs (n, 1), a loss class of my own: the difference is (n, n) and it predicts the mean.",
)
def friedman_loss_class_flat_target(seed):
    setting = friedman_dense(seed, loss=SquaredError(), metrics=[])
    x, y = setting.data["validation_data"]
    setting.data["y"] = setting.data["y"][:, 0]
    setting.data["validation_data"] = (x, y[:, 0])
    return setting
