from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from rules.runs import finding
from scipy.ndimage import gaussian_filter1d
from sklearn.datasets import load_digits, load_sample_images

from trainwell.experiments.position import position
from trainwell.run import Run

PHOTO = load_sample_images().images[1]
RNG = np.random.default_rng(0)


def judged(x):
    x = x if isinstance(x, dict) else {"": x}
    run = Run.from_plain({})
    spec = SimpleNamespace(data={"x": x if list(x) != [""] else x[""]}, rows=len(next(iter(x.values()))))
    run.experiments.position = position(SimpleNamespace(spec=spec))
    return finding(run, "scrambled-axes")


def patches(height=32, width=32, rows=200):
    tops = RNG.integers(0, PHOTO.shape[0] - height, rows)
    lefts = RNG.integers(0, PHOTO.shape[1] - width, rows)
    return np.stack([PHOTO[i : i + height, j : j + width] for i, j in zip(tops, lefts, strict=True)])


def sequences(rows=200, steps=100, features=6):
    return gaussian_filter1d(RNG.normal(size=(rows, features, steps)), 2, axis=2)


def literal(**layout):
    given = {
        "input": "",
        "shape": [28, 28, 3],
        "given": 0.21,
        "read_as": [3, 28, 28],
        "order": [1, 2, 0],
        "other": 0.93,
    }
    return finding(
        Run.from_plain({"experiments": {"position": {"rows": 64, "inputs": [given | layout]}}}), "scrambled-axes"
    )


def test_the_message_names_the_layout():
    found = literal()
    assert found.outcome == "fault"
    assert found.message == (
        "The inputs were probably reshaped to (rows, 28, 28, 3) where a transpose was needed: read as "
        "(rows, 3, 28, 28) and transposed with (0, 2, 3, 1), neighbouring pixels correlate 0.93; as given 0.21."
    )


@pytest.mark.parametrize("layout", [{"given": 0.9}, {"other": 0.4}, {"ends": 0.9}])
def test_what_is_smooth_as_given_rough_anyway_or_one_series_is_in_order(layout):
    assert literal(**layout).outcome == "passed"


@pytest.mark.parametrize(
    "x",
    [
        patches().transpose(0, 3, 1, 2).reshape(-1, 32, 32, 3),  # from channels first
        patches().reshape(-1, 3, 32, 32),  # to channels first
        patches(24, 40).transpose(0, 2, 1, 3).reshape(-1, 24, 40, 3),  # from the width first
        patches(24, 40)[..., :1].transpose(0, 2, 1, 3).reshape(-1, 24, 40, 1),
        sequences().reshape(-1, 100, 6),
        sequences(features=2).reshape(-1, 100, 2),
    ],
)
def test_a_reshape_in_place_of_a_transpose_is_named(x):
    assert judged(x).outcome == "fault"


@pytest.mark.parametrize(
    "x",
    [
        patches(),
        patches(24, 40),
        patches().transpose(0, 3, 1, 2),  # for a model with channels first
        patches(24, 40)[..., 0],
        RNG.normal(size=(100, 28, 28, 3)),
        sequences().transpose(0, 2, 1),
        RNG.normal(size=(100, 50, 6)),
        np.eye(30)[RNG.integers(0, 30, (100, 40))],  # one-hot text
        np.cumsum(RNG.normal(size=(100, 40, 64)), axis=2),  # spectra that do not depend on each other
        gaussian_filter1d(RNG.normal(size=(100, 7 * 24)), 3, axis=1).reshape(-1, 7, 24),  # days of hours
        gaussian_filter1d(RNG.normal(size=(100, 7 * 24)), 3, axis=1).reshape(-1, 7, 24, 1),
        np.zeros((100, 8, 8, 3)),
        np.full((100, 8, 8, 3), np.nan),
    ],
)
def test_healthy_and_odd_arrays_are_in_order(x):
    assert judged(x).outcome == "passed"


@pytest.mark.parametrize(
    "x",
    [
        load_digits().images[..., None],
        RNG.normal(size=(100, 13, 1)),  # a table for a Conv1D
        RNG.normal(size=(100, 13)),
        np.zeros((100, 0, 8, 3)),
        np.array([[["a", "b"]] * 3] * 20),
    ],
)
def test_what_can_stand_in_no_other_layout_is_not_looked_at(x):
    assert judged(x).outcome == "not applicable"


def test_the_input_is_named_among_several():
    found = judged(
        {"camera": patches().transpose(0, 3, 1, 2).reshape(-1, 32, 32, 3), "table": RNG.normal(size=(200, 4))}
    )
    assert found.outcome == "fault"
    assert found.message.startswith("The input 'camera' was probably reshaped to (rows, 32, 32, 3)")


def test_a_few_rows_are_refused():
    with pytest.raises(ValueError, match="fewer than 16"):
        position(SimpleNamespace(spec=SimpleNamespace(data={"x": patches(rows=8)}, rows=8)))
