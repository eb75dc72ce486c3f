from __future__ import annotations

import numpy as np
import pytest

from trainwell.recording.array_description import describe_split
from trainwell.run import NonFinite


def split(x, held_x):
    y, held_y = np.zeros(len(x)), np.zeros(len(held_x))
    return describe_split({"x": x}, {"": y}, {"x": held_x}, {"": held_y})


def test_what_is_not_finite_in_validation_rows_is_told_and_left_out_of_the_moments():
    x = np.random.default_rng(0).normal(size=(400, 2))
    held = x[::2].copy()
    held[3, 1] = np.nan
    moved = split(x, held).inputs["x"]
    assert moved.non_finite == NonFinite(count=1, rows=1, row=3, column=[1], kind="NaN")
    assert moved.scale == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(("scale", "share"), [(1, 0), (3, 0), (100, 1), (0.01, 1)])
def test_features_of_another_size_lie_elsewhere(scale, share):
    x = np.random.default_rng(0).normal(size=(400, 3))
    assert split(x, scale * x[::2]).inputs["x"].elsewhere == share


def test_the_tail_of_sorted_rows_does_not_lie_elsewhere():
    x = np.linspace(0, 1, 500)[:, None]
    assert split(x[:400], x[400:]).inputs["x"].elsewhere == 0


def test_inputs_without_a_varying_feature_have_not_moved():
    assert split(np.ones((10, 2)), np.ones((5, 2))).inputs["x"].elsewhere is None


def test_the_same_row_in_another_width_is_a_leaked_one():
    x = np.random.default_rng(0).normal(size=(40, 3))
    assert split(x, x[:10].astype("float32")).leaked == 1
