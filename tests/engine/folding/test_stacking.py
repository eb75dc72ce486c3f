"""Lists of arrays stacked and cut: values, order, buffers."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell.engine.folding.stacking import Stacking


def test_named_positions_are_stacked_in_order_and_others_handed_on():
    stacked = Stacking([1, (2, 0)]).stack([jnp.array([1.0, 2.0]), jnp.array(5), jnp.array([3.0, 4.0])])
    assert stacked[0] == 5
    assert stacked[1].tolist() == [[3.0, 4.0], [1.0, 2.0]]


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_unstack_is_the_inverse_bit_for_bit(data):
    order = data.draw(st.permutations(range(data.draw(st.integers(0, 9)))))
    cut = sorted(data.draw(st.sets(st.integers(0, len(order)))) | {0, len(order)})
    groups = [order[start:end] for start, end in itertools.pairwise(cut)]
    sources = [tuple(group) if len(group) > 1 else group[0] for group in groups]
    dtype = data.draw(st.sampled_from(["float32", "bfloat16", "int32", "bool"]))
    shapes = {at: (group[0] % 3, 2) for group in groups for at in group}
    generator = np.random.default_rng(0)
    arrays = [jnp.asarray(generator.normal(size=shapes[at]), dtype) for at in range(len(order))]
    stacking = Stacking(sources)
    back = stacking.unstack(stacking.stack(arrays))
    for one, other in zip(back, arrays, strict=True):
        assert (one.dtype, one.weak_type, one.committed) == (other.dtype, other.weak_type, other.committed)
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize("direction", ["stack", "unstack"])
def test_results_outlive_what_a_program_does_to_the_others(direction):
    stacking = Stacking([0, (1, 2)])
    before = [jnp.ones(64), jnp.full(64, 2.0), jnp.full(64, 3.0)]
    if direction == "unstack":
        before = stacking.stack(before)
    after = getattr(stacking, direction)(before)
    expected = jax.device_get(jax.tree.map(jnp.copy, after))
    consumed = jax.jit(lambda values: jax.tree.map(lambda value: value * 0 - 1, values), donate_argnums=0)(before)
    jax.block_until_ready(consumed)
    jax.tree.map(np.testing.assert_array_equal, jax.device_get(after), expected)


def test_arrays_stay_on_the_device_that_was_chosen():
    device = jax.devices()[0]
    arrays = jax.device_put([np.ones(2), np.ones(2)], device)
    assert Stacking([(0, 1)]).stack(arrays)[0].committed


@pytest.mark.parametrize("sources", [[0, 2], [(0, 1), 1]])
def test_each_position_occurs_once(sources):
    with pytest.raises(ValueError, match="each of 0 to"):
        Stacking(sources)


def test_a_list_of_another_length_is_rejected():
    stacking = Stacking([(0, 1)])
    with pytest.raises(ValueError, match="3 arrays were given, and 2 are expected"):
        stacking.stack([jnp.ones(1)] * 3)
    with pytest.raises(ValueError, match="2 arrays were given, and 1 are expected"):
        stacking.unstack([jnp.ones(1)] * 2)
