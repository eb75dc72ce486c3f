"""Records of arrays: moments, what is no number, classes, order, and how validation rows differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from trainwell.recording.array_description import describe_input, describe_split, describe_target
from trainwell.run import NonFinite, TargetRecord

RANDOM = np.random.default_rng(0)


def test_moments_are_those_of_numpy():
    x = RANDOM.normal(3, 2, size=(500, 4))
    facts = describe_input(x)
    assert facts.mean == pytest.approx(x.mean())
    assert facts.deviation == pytest.approx(x.std())
    assert facts.feature_means == pytest.approx(x.mean(axis=0))
    assert facts.feature_deviations == pytest.approx(x.std(axis=0))
    assert (facts.minimum, facts.maximum) == (x.min(), x.max())


def test_what_is_no_number_is_found_in_any_row():
    x = np.ones((30_000, 3), "float32")
    x[29_999, 2] = np.nan
    x[7, 1] = np.inf
    found = describe_input(x).non_finite
    assert found == NonFinite(count=2, rows=2, row=7, column=[1], kind="infinity")


def test_constant_features_are_counted():
    x = np.stack([np.full(50, 1e6), RANDOM.normal(size=50), np.zeros(50)], axis=1)
    assert describe_input(x).constant_features == 2


def test_bytes_are_read_as_numbers():
    facts = describe_input(RANDOM.integers(0, 256, (20, 8, 8, 3)).astype("uint8"))
    assert facts.whole_numbers
    assert facts.maximum > 200
    assert len(facts.feature_means) == 3


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (np.array([0, 1, 1, 2]), {"class_counts": {"0": 1, "1": 2, "2": 1}, "binary": False, "one_hot": False}),
        (np.eye(3)[[0, 2, 2]], {"class_counts": {"0": 1, "1": 0, "2": 2}, "binary": True, "one_hot": True}),
        (np.array([[1, 0, 1], [0, 0, 0]]), {"binary": True, "one_hot": False, "ones_per_row": 1.0}),
        (np.array([-1.0, 1.0, 1.0]), {"signed": True, "binary": False, "negative_share": pytest.approx(1 / 3)}),
        (np.array([0.5, 1.5]), {"class_counts": None, "whole_numbers": False}),
    ],
)
def test_targets_are_recognised(y, expected):
    facts = describe_target(y)
    assert {name: getattr(facts, name) for name in expected} == expected


def test_order_shows_between_batches():
    sorted_classes = np.repeat(np.arange(4), 64)
    assert describe_target(sorted_classes, 32).between_batches == pytest.approx(1.0)
    assert describe_target(RANDOM.permutation(sorted_classes), 32).between_batches < 0.12
    wave = np.sin(np.arange(1024) / 2)
    assert describe_target(wave, 32).between_batches < 0.05


def split(x, y, held_x, held_y):
    return describe_split({"x": x}, {"": y}, {"x": held_x}, {"": held_y})


def test_rows_of_both_parts_are_found():
    x, y = RANDOM.normal(size=(100, 3)), np.arange(100) % 2
    assert split(x, y, x[:50], y[:50]).leaked == 1.0
    assert split(x[:50], y[:50], x[50:], y[50:]).leaked == 0.0
    assert split(np.repeat(x[:10], 2, axis=0), np.zeros(20), x[50:], y[50:]).repeated == 1.0


def test_another_scale_is_measured():
    x, y = RANDOM.normal(size=(400, 3)), np.zeros(400)
    found = split(x[:200], y[:200], x[200:] * 16 + 3, y[200:]).inputs["x"]
    assert found.scale == pytest.approx(16, rel=0.2)
    assert found.shift == pytest.approx(3, rel=0.2)


def test_distributions_of_targets_are_compared():
    x, y = np.zeros((200, 1)), np.repeat([0, 1], 100)
    found = split(x[:150], y[:150], x[150:], y[150:]).targets[""]
    assert found.distance == pytest.approx(2 / 3)
    assert split(x, y, x, y).targets[""].distance == 0
    assert split(x[:100], y[:100], x[100:], y[100:]).targets[""].unseen == ["1"]
    values = np.linspace(0, 1, 200)
    assert split(x[:100], values[:100], x[100:], values[100:]).targets[""].distance == 1.0


@given(
    arrays(
        st.sampled_from(["float32", "float64", "int64", "uint8", "bool"]),
        array_shapes(min_dims=1, max_dims=4, max_side=5),
        elements=None,
    )
)
def test_any_array_of_numbers_has_facts(array):
    with np.errstate(all="ignore"):
        facts = describe_target(array, batch_size=1)
    assert TargetRecord.from_plain(facts.to_plain()) == facts, "nothing is lost in a file"
    assert facts.rows == len(array)
    if array.dtype.kind == "f":
        assert facts.non_finite.count == int((~np.isfinite(array)).sum())


def test_texts_are_no_numbers():
    assert describe_input(np.array(["a", "b"])).kind == "other"
