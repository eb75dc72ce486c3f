import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.datasets.array_encoder import ArrayEncoder
from trainwell.datasets.arrays import PARTS, dataset_from_arrays
from trainwell.errors import InputError


def numbered(start, count, classes=2):
    """Rows that hold their own number, and the class that it falls into."""
    numbers = np.arange(start, start + count)
    return numbers[:, np.newaxis].astype(np.float32), numbers % classes


def dataset(parts, **options):
    return dataset_from_arrays(parts, name="rows", kind="array", encoder=ArrayEncoder((1,)), source={}, **options)


@given(st.integers(20, 60), st.integers(0, 5), st.booleans(), st.booleans())
def test_every_row_is_in_one_part_with_its_own_target(count, seed, with_validation, with_test):
    parts = {"train": numbered(0, count)}
    if with_validation:
        parts["validation"] = numbered(count, 8)
    if with_test:
        parts["test"] = numbered(count + 8 * with_validation, 9)
    found = dataset(parts, seed=seed)
    rows = np.concatenate([getattr(found, part).rows for part in PARTS])
    assert np.array_equal(np.sort(rows), np.arange(sum(len(y) for _, y in parts.values())))
    for part in PARTS:
        cut = getattr(found, part)
        assert len(cut) > 0
        assert np.array_equal(cut.x[:, 0], cut.rows)
        assert np.array_equal(cut.y, cut.rows % 2)
    if with_test:
        assert np.array_equal(found.test.x, parts["test"][0])
    if with_validation:
        assert np.array_equal(found.validation.x, parts["validation"][0])


def test_the_shares_are_those_asked_for():
    found = dataset({"train": numbered(0, 100)}, validation_share=0.1, test_share=0.3)
    assert [len(found.train), len(found.validation), len(found.test)] == [60, 10, 30]
    found = dataset({"train": numbered(0, 100), "test": numbered(100, 10)}, validation_share=7)
    assert [len(found.train), len(found.validation), len(found.test)] == [93, 7, 10]


def test_names_notes_and_task():
    found = dataset({"train": numbered(0, 30)}, class_names=("even", "odd"), notes=("Noticed.",), target="parity")
    assert (found.task, found.classes, found.target) == ("binary", ("even", "odd"), "parity")
    assert found.notes[0] == "Noticed."
    assert found.notes[1].startswith("Task: binary on 'parity'")
    values = dataset({"train": numbered(0, 30)}, task="regression")
    assert (values.task, values.classes, values.train.y.dtype) == ("regression", (), np.float32)


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_share_of_a_part_that_is_given_is_refused(part):
    parts = {"train": numbered(0, 30), part: numbered(30, 10)}
    with pytest.raises(InputError, match=rf"A {part} share of 0\.2 was asked for, but rows has its own {part} part"):
        dataset(parts, **{f"{part}_share": 0.2})


def test_a_class_that_is_only_tested_is_refused():
    parts = {"train": numbered(0, 30), "test": numbered(30, 30, classes=3)}
    with pytest.raises(InputError, match="no training row of these classes: '2'"):
        dataset(parts)


def test_a_bad_target_is_placed_in_its_part():
    x, y = numbered(0, 30)
    bad = y.astype(float)
    bad[4] = np.nan
    with pytest.raises(InputError, match=r"row 4 \(counted from 0\)"):
        dataset({"train": (x, bad)})
    with pytest.raises(InputError, match=r"row 4 of the test part \(counted from 0\)"):
        dataset({"train": (x, y), "test": (x, bad)})
