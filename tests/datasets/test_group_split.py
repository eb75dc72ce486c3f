import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.datasets.group_split import assign_groups
from trainwell.errors import InputError

SHARES = (0.65, 0.15, 0.2)


@given(st.integers(3, 30), st.integers(1, 4), st.integers(0, 9))
def test_no_group_is_in_two_parts_and_no_part_is_empty(groups, classes, seed):
    generator = np.random.default_rng(seed)
    group = np.concatenate([np.arange(groups), generator.integers(0, groups, size=4 * groups)])
    target = generator.integers(0, classes, size=len(group))
    try:
        part = assign_groups(target, group, SHARES, seed)
    except InputError:
        assert groups <= classes + 2  # so few that every class in training leaves a part empty
        return
    assert all(len(set(part[group == each])) == 1 for each in range(groups))
    assert set(part) == {0, 1, 2}
    assert set(target[part == 0]) == set(target)


def test_shares_and_classes_are_met_with_many_groups():
    generator = np.random.default_rng(0)
    group = np.repeat(np.arange(200), 5)
    target = np.repeat(generator.integers(0, 2, size=200), 5)
    part = assign_groups(target, group, SHARES, 0)
    assert np.bincount(part) / len(part) == pytest.approx(SHARES, abs=0.02)
    assert [target[part == each].mean() for each in range(3)] == pytest.approx([target.mean()] * 3, abs=0.05)


def test_the_only_group_with_a_class_is_learnt_from():
    group = np.repeat(np.arange(10), 4)
    target = (group == 7).astype(int)
    for seed in range(5):
        part = assign_groups(target, group, SHARES, seed)
        assert set(part[group == 7]) == {0}


def test_the_seed_decides_alone():
    group = np.repeat(np.arange(50), 2)
    target = np.zeros(100, dtype=int)
    first, again, other = (assign_groups(target, group, SHARES, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_labels_may_be_text():
    part = assign_groups(np.zeros(6, dtype=int), np.array(["a", "b", "c"] * 2, dtype=object), SHARES, 0)
    assert np.array_equal(part[:3], part[3:])
    assert set(part) == {0, 1, 2}


def test_too_few_groups():
    with pytest.raises(InputError, match="2 groups are too few for a training"):
        assign_groups(np.zeros(4, dtype=int), np.array([0, 0, 1, 1]), SHARES, 0)
    with pytest.raises(InputError, match="3 groups are too few: with every class in training"):
        assign_groups(np.array([0, 1, 2]), np.array([0, 1, 2]), SHARES, 0)
