"""Each reduction against numbers worked out by hand, with and without padding."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell import signals
from trainwell.errors import InputError

BY_NAME = {signal.name: signal for signal in signals.SIGNALS}
BLOCK = np.array([[0.0, 3.0, -4.0], [0.0, 1.0, 0.0]], "float32")
EXPECTED = {
    "gradient_rms": np.sqrt(26 / 6),
    "gradient_zero_share": 3 / 6,
    "weight_rms": np.sqrt(26 / 6),
    "update_rms": np.sqrt(26 / 6),
    "output_mean": 0.0,
    "output_deviation": np.sqrt(26 / 6),
    "output_unit_deviation": np.sqrt(10 / 6),
    "output_largest": 4.0,
    "output_non_finite": 0.0,
    "output_zero_units": 1 / 3,
}


def reduce(name, block, padding=0, *more):
    block = np.asarray(block, "float32")
    real = np.r_[np.ones(block.shape[1]), np.zeros(padding)].astype("float32")
    return float(BY_NAME[name].reduce(np.pad(block, ((0, 0), (0, padding))), real, *more))


@pytest.mark.parametrize("padding", [0, 5])
@pytest.mark.parametrize("name", EXPECTED)
def test_reductions_give_the_values_worked_out_by_hand(name, padding):
    assert reduce(name, BLOCK, padding) == pytest.approx(EXPECTED[name], abs=1e-6)


def test_every_signal_of_one_block_is_worked_out_above():
    others = {"loss", "learning_rate", "gradient_norm", "output_tail_share"}
    assert EXPECTED.keys() | others == BY_NAME.keys()


def test_numbers_that_are_none_are_counted_and_not_hidden():
    block = [[np.nan, 1.0], [np.inf, 0.0]]
    assert reduce("output_non_finite", block) == 2
    assert reduce("output_zero_units", block) == 0
    assert np.isnan(reduce("output_mean", block, 3))
    assert np.isnan(reduce("output_largest", block, 3))


def test_gradient_norm_is_over_all_blocks():
    assert float(BY_NAME["gradient_norm"].reduce([np.array([3.0]), np.array([[0.0], [4.0]])])) == pytest.approx(5.0)


@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize(
    ("activation", "block", "expected"),
    [
        ("tanh", [[0.96, -0.96], [0.94, 0.0]], 2 / 4),
        ("sigmoid", [[0.98, 0.02], [0.97, 0.03]], 2 / 4),
        ("softmax", [[0.96, 0.04], [0.5, 0.5]], 1 / 2),
    ],
)
def test_tails_are_those_of_the_activation(activation, block, expected, padding):
    assert reduce("output_tail_share", block, padding, activation) == pytest.approx(expected)


def test_tails_may_be_wider():
    assert float(signals.tail_share(0.5).reduce(np.array([[0.8, 0.2]]), np.ones(2), "tanh")) == pytest.approx(0.5)


@pytest.mark.parametrize("near", [0, 1, -0.1, float("nan")])
def test_a_tail_must_be_a_part_of_the_range(near):
    with pytest.raises(InputError, match=r"near=.* was given, and a part .* in \(0, 1\) was expected"):
        signals.tail_share(near)


def test_signals_are_chosen_by_name_in_the_order_of_the_catalogue():
    assert [s.name for s in signals.named(["output_mean", "loss"])] == ["loss", "output_mean"]
    with pytest.raises(InputError, match="no signal 'los'; there are gradient_norm, "):
        signals.named(["los"])


def test_names_are_unique_and_documented():
    assert len(BY_NAME) == len(signals.SIGNALS)
    assert all(signal.doc.endswith(".") for signal in signals.SIGNALS)


@pytest.mark.heavy
@settings(deadline=None, max_examples=20)
@given(
    rows=st.sampled_from([1, 3]),
    units=st.sampled_from([1, 4]),
    padding=st.sampled_from([1, 2]),
    seed=st.integers(0, 10**6),
    name=st.sampled_from(sorted(EXPECTED)),
)
def test_padding_changes_nothing(rows, units, padding, seed, name):
    generator = np.random.default_rng(seed)
    block = generator.normal(size=(rows, units)) * generator.integers(0, 2, (rows, units))
    assert reduce(name, block, padding) == pytest.approx(reduce(name, block), rel=1e-5, abs=1e-6)


def test_reading_names_and_units_needs_neither_keras_nor_jax():
    code = (
        "import sys, trainwell.signals as s; s.SIGNALS[3].unit; sys.exit(bool({'keras', 'jax'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
