from __future__ import annotations

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from rules.runs import finding, static

from trainwell.experiments.periodic_target import periodic_target

ROWS = 1000
RNG = np.random.default_rng(0)
ANGLE = RNG.uniform(0, 360, ROWS)
TURN = ANGLE / 360
LEVEL = RNG.uniform(0, 1, ROWS)


def noisy(x, size=0.1):
    x = np.asarray(x).reshape(ROWS, -1)
    return x + size * RNG.normal(size=x.shape)


CIRCLE = noisy(np.stack([np.cos(2 * np.pi * TURN), np.sin(2 * np.pi * TURN)], axis=1))


def judged(x, y, loss="mse"):
    y = np.asarray(y)
    model = keras.Sequential([keras.Input(np.shape(x)[1:]), keras.layers.Flatten(), keras.layers.Dense(1, name="head")])
    run = static(model, x, y, loss=loss)
    spec = SimpleNamespace(data={"x": x, "y": y}, rows=len(y))
    run.experiments.periodic_target = periodic_target(SimpleNamespace(spec=spec))
    return finding(run, "periodic-target")


def test_an_angle_in_degrees_is_named():
    found = judged(CIRCLE, ANGLE)
    assert found.outcome == "fault"
    assert found.message.startswith("The target of 'head' fills the range from 0 to 360, and 2")
    assert found.message.endswith("both ends are the same place, but the loss counts them 360 apart.")


@pytest.mark.parametrize(
    ("y", "x"),
    [
        (np.deg2rad(ANGLE) - np.pi, CIRCLE),
        (np.floor(24 * TURN), CIRCLE),  # hours
        (np.floor(12 * TURN) + 1, CIRCLE),  # months
        (np.floor(7 * TURN), CIRCLE),  # days of the week
        (TURN, CIRCLE),
        (ANGLE[:, None], np.concatenate([CIRCLE, RNG.normal(size=(ROWS, 4))], axis=1)),
        (ANGLE, np.where(np.arange(ROWS)[:, None] == 3, np.nan, CIRCLE)),
    ],
)
@pytest.mark.parametrize("loss", ["mse", "mae"])
def test_other_periodic_targets_are_named(x, y, loss):
    assert judged(x, y, loss).outcome == "fault"


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (noisy(LEVEL), LEVEL),
        (noisy(LEVEL, 1.0), LEVEL),
        (noisy(np.stack([LEVEL, LEVEL**2], axis=1)), 360 * LEVEL),
        (RNG.normal(size=(ROWS, 4)), ANGLE),  # pure noise
        (np.abs(LEVEL - 0.5)[:, None], LEVEL),  # the inputs tell only how far from the middle
        (LEVEL[:, None], 0.5 + 0.5 * LEVEL**0.3 * RNG.uniform(-1, 1, ROWS)),  # the inputs tell only the spread
        (noisy(np.cos(2 * np.pi * TURN)), ANGLE),  # the inputs do not tell the side
        (noisy(np.floor(24 * LEVEL), 0.5), np.floor(24 * LEVEL)),
        (noisy(np.floor(7 * LEVEL), 0.7), np.floor(7 * LEVEL) + 1),  # a rating
    ],
)
def test_targets_that_fill_a_range_and_are_not_periodic_are_in_order(x, y):
    assert judged(x, y).outcome in {"passed", "not applicable"}


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (CIRCLE, RNG.normal(size=ROWS)),
        (CIRCLE, np.where(TURN < 0.1, np.nan, ANGLE)),
        (np.zeros((ROWS, 3)), ANGLE),
        (CIRCLE, np.floor(4 * TURN)),
    ],
)
def test_other_data_are_not_looked_at(x, y):
    assert judged(x, y).outcome == "not applicable"


def test_a_few_rows_are_refused():
    with pytest.raises(ValueError, match="fewer than 100"):
        judged(CIRCLE[:50], ANGLE[:50])


def circular(y, outputs):
    return 1 - keras.ops.cos((y - outputs) * np.pi / 180)


def test_a_loss_that_knows_the_period_is_in_order():
    assert judged(CIRCLE, ANGLE, circular).outcome == "not applicable"
