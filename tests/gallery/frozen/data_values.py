"""Faults of the data's values: scales, and what is no number."""

import numpy as np

from gallery.case import case
from gallery.data import (
    Rows,
    diabetes,
    friedman,
    wine,
)
from gallery.frozen.healthy.graphs import two_inputs, two_outputs
from gallery.frozen.healthy.images import patches_plain_conv
from gallery.frozen.healthy.sequences import waves_lstm
from gallery.frozen.healthy.tables import (
    diabetes_dense,
    friedman_dense,
    wine_dense,
)

DIVERGED = ("exploding-gradients", "non-finite-loss", "dying-relu", "constant-predictions")


# Scales.


@case(
    fault="unscaled-inputs",
    twin="wine-dense",
    also=DIVERGED,
    note="Fed the columns of the CSV as they are: alcohol is 13, proline is 1000.",
)
def wine_raw_columns(seed):
    return wine_dense(seed, rows=wine(seed))


@case(
    fault="unscaled-inputs",
    twin="patches-plain-conv",
    also=(*DIVERGED, "learning-rate-too-high"),
    note="Gave the pixels from 0 to 255 to the first convolution.",
)
def patches_raw_bytes(seed):
    return patches_plain_conv(seed, white=1.0)


@case(
    fault="unscaled-inputs",
    twin="two-inputs",
    also=DIVERGED,
    note="Scaled one input of two; the other is in thousands.",
)
def two_inputs_one_in_thousands(seed):
    return two_inputs(seed, right_scale=3000.0)


@case(
    fault="unscaled-target",
    twin="diabetes-dense",
    also=("learning-rate-too-low", "stopped-too-early"),
    note="Scaled the inputs but left the progression at 25 to 346.",
)
def diabetes_raw_target(seed):
    return diabetes_dense(seed, rows=diabetes(seed).standardized())


@case(
    fault="unscaled-target",
    twin="friedman-dense",
    also=("learning-rate-too-low", "stopped-too-early", "exploding-gradients"),
    note="Predicts prices in dollars, some 300,000 of them, with mse.",
)
def friedman_prices(seed):
    rows = friedman(seed).standardized()
    return friedman_dense(seed, rows=Rows(rows.x, rows.y * 20_000, rows.held_x, rows.held_y * 20_000))


# Missing values.


@case(
    fault="non-finite-inputs",
    twin="wine-dense",
    also=("non-finite-loss", "constant-predictions"),
    note="A few cells of the CSV were empty and became NaN.",
)
def wine_empty_cells(seed):
    setting = wine_dense(seed)
    x = setting.data["x"]
    x[np.random.default_rng(seed).random(x.shape) < 0.01] = np.nan
    return setting


@case(
    fault="non-finite-inputs",
    twin="waves-lstm",
    also=("non-finite-loss", "constant-predictions"),
    note="Divided each window by its last value; in one of them that was 0.",
)
def waves_divided_by_zero(seed):
    setting = waves_lstm(seed)
    setting.data["x"][17] = np.inf
    return setting


@case(
    fault="non-finite-targets",
    twin="diabetes-dense",
    also=("non-finite-loss", "constant-predictions"),
    note="Some patients had no measurement of the target yet.",
)
def diabetes_missing_targets(seed):
    setting = diabetes_dense(seed)
    setting.data["y"][::40] = np.nan
    return setting


@case(
    fault="non-finite-targets",
    twin="two-outputs",
    also=("non-finite-loss", "constant-predictions"),
    note="Took the logarithm of the second target, which is 0 in some rows.",
)
def two_outputs_log_of_zero(seed):
    setting = two_outputs(seed)
    setting.data["y"]["ink"][5] = -np.inf
    return setting
