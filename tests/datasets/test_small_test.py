import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.datasets import load
from trainwell.datasets.array_encoder import ArrayEncoder
from trainwell.datasets.arrays import dataset_from_arrays
from trainwell.datasets.small_test import FEW_ROWS, small_test_notes


@pytest.mark.parametrize(("rows", "words"), [(1, "only 1 row:"), (FEW_ROWS - 1, "only 9 rows:"), (FEW_ROWS, None)])
def test_few_rows_are_said(rows, words):
    notes = small_test_notes(np.linspace(0, 1, rows), ())
    assert len(notes) == (words is not None)
    assert words is None or words in notes[0]


def test_classes_without_a_row_are_named():
    (note,) = small_test_notes(np.array([1] * 20), ("a", "b", "c d"))
    assert note == "The test part has no row of 2 classes: a, 'c d': the result says nothing about them."


@given(st.lists(st.integers(0, 3), min_size=FEW_ROWS, max_size=40))
def test_every_class_is_either_tested_or_named(y):
    words = " ".join(small_test_notes(np.array(y), ("p0", "p1", "p2", "p3")))
    assert [f"p{each}" in words for each in range(4)] == [each not in y for each in range(4)]


def test_tables_and_arrays_carry_the_note(tmp_path):
    rows = [f"{each * 1.5},{'a' if each < 24 else 'b'}" for each in range(26)]
    (tmp_path / "small.csv").write_text("\n".join(["x,kind", *rows]) + "\n", encoding="utf-8")
    table = load(tmp_path / "small.csv", target="kind")
    assert any("only 5 rows" in note for note in table.notes)
    x = np.arange(20, dtype=np.float32)[:, np.newaxis]
    parts = {"train": (x, np.arange(20) % 2), "test": (x[:12], np.zeros(12, int))}
    array = dataset_from_arrays(parts, name="n", kind="array", encoder=ArrayEncoder((1,)), source={})
    assert array.notes[-1].startswith("The test part has no row of the class 1:")


def test_large_test_parts_get_no_note():
    assert not [note for note in load("wine").notes if "test part" in note]
