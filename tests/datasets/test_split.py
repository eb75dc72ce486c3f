import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.datasets.split import PART_NAMES, cut_validation, split_by_column, split_rows
from trainwell.errors import InputError

counts_of_classes = st.lists(st.integers(3, 40), min_size=2, max_size=6)
shares = st.floats(0.05, 0.45)


def labels(counts, seed=0):
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int32)


@given(counts_of_classes, shares, shares, st.integers(0, 9))
def test_every_row_is_in_one_part_and_every_class_in_each(counts, validation_share, test_share, seed):
    y = labels(counts)
    parts = split_rows(y, task="multi-class", seed=seed, validation_share=validation_share, test_share=test_share)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(y)))
    for part in parts:
        assert np.array_equal(part, np.unique(part))
        assert set(y[part]) == set(y)


@given(st.integers(3, 200), shares, shares)
def test_regression_parts_have_their_shares(rows, validation_share, test_share):
    y = np.linspace(0, 1, rows, dtype=np.float32)
    train, validation, test = split_rows(
        y, task="regression", seed=1, validation_share=validation_share, test_share=test_share
    )
    assert len(train) + len(validation) + len(test) == rows
    assert len(test) == max(1, round(rows * test_share))
    assert abs(len(validation) - rows * validation_share) <= 1


def test_classes_keep_their_shares():
    y = labels([800, 200])
    train, validation, test = split_rows(y, task="binary", seed=3)
    assert (len(train), len(validation), len(test)) == (650, 150, 200)
    assert [int(y[part].sum()) for part in (train, validation, test)] == [130, 30, 40]


def test_three_rows_of_a_class_are_one_for_each_part():
    y = labels([3, 3])
    for part in split_rows(y, task="binary", seed=0, test_share=0.45):
        assert sorted(y[part]) == [0, 1]


def test_the_seed_decides_alone():
    y = labels([50, 50])
    first, again, other = (split_rows(y, task="binary", seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[2], other[2])


def test_a_small_class_goes_to_training_first_then_to_the_test():
    y = np.array([0] * 40 + [1] * 2 + [2])
    train, validation, test = split_rows(y, task="multi-class", seed=0)
    assert set(y[train]) == {0, 1, 2}
    assert 1 in y[test]
    assert set(y[validation]) == {0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test_share": 0.0}, "test share is 0; expected a share above 0 and below 1"),
        ({"validation_share": 1.0}, "validation share is 1; expected"),
        ({"validation_share": float("nan")}, "validation share is nan"),
        ({"validation_share": 0.5, "test_share": 0.5}, "leave nothing to train on"),
    ],
)
def test_shares_out_of_range(options, message):
    with pytest.raises(InputError, match=message):
        split_rows(labels([20, 20]), task="binary", seed=0, **options)


@pytest.mark.parametrize("y", [np.array([0, 0, 1, 1]), np.array([0, 1])])
def test_too_few_rows(y):
    with pytest.raises(InputError, match=f"{len(y)} rows are too few"):
        split_rows(y, task="binary", seed=0)


def test_values_have_no_classes_to_speak_of():
    with pytest.raises(InputError, match=r"^2 rows are too few") as error:
        split_rows(np.array([0.5, 1.5]), task="regression", seed=0)
    assert "class" not in error.value.hint
    with pytest.raises(InputError, match=r"^1 row is too few"):
        split_rows(np.array([0.5]), task="regression", seed=0)


def test_groups_are_passed_on():
    y = labels([60, 60])
    groups = np.arange(120) // 6
    parts = split_rows(y, task="binary", seed=0, groups=groups)
    sides = [set(groups[part]) for part in parts]
    assert sum(len(side) for side in sides) == len(set.union(*sides)) == 20


def test_validation_is_cut_in_rows_or_as_a_share():
    y = labels([300, 100])
    rows = np.arange(0, 400, 2)
    for asked, expected in ((50, 50), (0.1, 20)):
        train, validation = cut_validation(rows, y, task="binary", seed=0, validation_rows=asked)
        assert len(validation) == expected
        assert np.array_equal(np.sort(np.concatenate([train, validation])), rows)
        assert abs(y[validation].mean() - y[rows].mean()) < 0.05
    for asked, message in ((200, "too few"), (0.0, "share is 0"), (-0.5, "share is -0.5")):
        with pytest.raises(InputError, match=message):
            cut_validation(rows, y, task="binary", seed=0, validation_rows=asked)


def by_column(parts, y=None, **options):
    y = np.zeros(len(parts)) if y is None else np.asarray(y)
    arguments = {"column": "part", "y": y, "task": "regression", "seed": 0, "validation_share": 0.2, **options}
    return split_by_column(np.array(parts, dtype=object), **arguments)


@pytest.mark.parametrize("name", PART_NAMES)
def test_every_alias_of_a_part_is_known(name):
    usual = ["train", "validation", "test"]
    parts = by_column([*usual, f" {name.upper()} "])
    assert 3 in parts[PART_NAMES[name]]


def test_validation_is_cut_from_training_where_the_column_names_none():
    train, validation, test = by_column(["train"] * 10 + ["test"] * 3)
    assert (len(train), len(validation), test.tolist()) == (8, 2, [10, 11, 12])


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["train", "tset", "test"], "'part' has 'tset' in row 2 .*expected one of train, training, validation"),
        (["train", "test", None], "has no value in row 3"),
        (["test", "test"], "names no training rows among 2"),
        (["train", "val"], "names no test rows among 2"),
        (["train", "test"], "too few to cut a validation part"),
    ],
)
def test_bad_split_columns(parts, message):
    with pytest.raises(InputError, match=message):
        by_column(parts)


def test_a_class_that_training_lacks_is_named():
    with pytest.raises(InputError, match="no training row for these classes: 'rare'"):
        by_column(["train", "train", "val", "test"], [0, 1, 0, 2], task="multi-class", classes=("a", "b", "rare"))
