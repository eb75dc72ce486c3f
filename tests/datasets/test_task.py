import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.datasets.task import check_task, find_target
from trainwell.errors import InputError
from trainwell.targets import MOST_CLASSES_OF_A_COLUMN, ROWS_PER_CLASS


def test_text_is_classes_in_alphabetical_order():
    target = find_target(np.array(["b", "a", "b", "c", "a", "c"]), name="kind")
    assert (target.task, target.classes, target.y.tolist()) == ("multi-class", ("a", "b", "c"), [1, 0, 1, 2, 0, 2])
    assert target.y.dtype == np.int32
    assert target.note == "Task: multi-class on 'kind' (its values are text; 3 classes: a, b, c)."


def test_names_that_are_numbers_are_ordered_by_number():
    assert find_target(np.array(["10", "9", "9", "10"]), name="y").classes == ("9", "10")
    assert find_target(np.array([10.0, 9.0, -1.0] * 5), name="y").classes == ("-1", "9", "10")


def test_booleans_are_two_classes():
    target = find_target(pa.array([True, False, True, False]), name="y")
    assert (target.task, target.classes, target.y.tolist()) == ("binary", ("False", "True"), [1, 0, 1, 0])


def test_few_integers_are_classes_and_many_are_values():
    few = np.repeat(np.arange(MOST_CLASSES_OF_A_COLUMN), ROWS_PER_CLASS)
    assert find_target(few, name="y").task == "multi-class"
    assert "--task regression predicts the number itself" in find_target(few, name="y").note
    assert find_target(few.astype(np.float32), name="y").task == "multi-class"
    assert find_target(few[:-1], name="y").task == "regression"
    assert find_target(np.repeat(np.arange(MOST_CLASSES_OF_A_COLUMN + 1), 9), name="y").task == "regression"


def test_two_integers_are_classes_however_few_rows():
    assert find_target(np.array([5, 7, 5, 7]), name="y").classes == ("5", "7")


def test_fractions_are_values():
    target = find_target(np.array([0.5, 1.5, 0.5, 1.5]), name="price")
    assert (target.task, target.classes, target.y.dtype) == ("regression", (), np.float32)
    assert "not all whole numbers; from 0.5 to 1.5" in target.note


def test_the_task_overrides():
    assert find_target(np.array([1, 2, 1, 2]), name="y", task="regression").y.tolist() == [1.0, 2.0, 1.0, 2.0]
    assert find_target(np.array(["1", "2"]), name="y", task="regression").y.tolist() == [1.0, 2.0]
    assert find_target(np.array([True, False]), name="y", task="regression").y.tolist() == [1.0, 0.0]
    assert find_target(np.array([0.5, 1.5] * 2), name="y", task="multi-class").classes == ("0.5", "1.5")
    assert "as asked" in find_target(np.array([1, 2, 1, 2]), name="y", task="multi-class").note


def test_class_names_number_the_classes():
    by_number = find_target(np.array([1, 0, 1, 0]), name="y", class_names=["malignant", "benign"])
    by_name = find_target(np.array(["benign", "malignant"] * 2), name="y", class_names=["malignant", "benign"])
    assert by_number.classes == by_name.classes == ("malignant", "benign")
    assert by_number.y.tolist() == by_name.y.tolist() == [1, 0, 1, 0]
    with pytest.raises(InputError, match=r"is '2' in row 2 .* expected one of these 2 classes: 0, 1"):
        find_target(np.array([0, 2]), name="y", class_names=["a", "b"])
    with pytest.raises(InputError, match="is 'c' in row 1"):
        find_target(np.array(["c", "a"]), name="y", class_names=["a", "b"])
    with pytest.raises(InputError, match="fewer than two members, 1 of 3: c"):
        find_target(np.array([0, 1, 0, 1]), name="y", class_names=["a", "b", "c"])


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        (["a", "a"], None, "one class only: 'a' in all 2 rows"),
        ([3, 3, 3], None, "one class only: '3'"),
        (["a", "a", "b"], None, "fewer than two members, 1 of 2: b"),
        (["a", "b", "c"] * 2, "binary", r"3 classes \(a, b, c\); a binary task needs two"),
        ([1.5, 1.5], None, "is 1.5 in all 2 rows; there is nothing to predict"),
        ([1.5, "tall"], "regression", "text in row 2 .*'tall'"),
        ([1.5, np.nan], None, "has no value in 1 of 2 rows: row 2"),
        ([1.5, np.inf], None, "is infinite in 1 of 2 rows: row 2"),
        ([1e300, 1.5], None, "32-bit floats"),
        ([1e15 + 0.5, 1e15], None, "32-bit floats"),
    ],
)
def test_bad_targets_are_named(values, task, message):
    with pytest.raises(InputError, match=message) as error:
        find_target(np.array(values, dtype=object), name="the target", task=task)
    assert "'the target'" in error.value.message
    assert error.value.hint


@pytest.mark.parametrize(
    ("word", "meant"),
    [("clasification", "multi-class"), ("multiclass", "multi-class"), ("Regression", "regression"), ("bin", "binary")],
)
def test_a_word_that_is_no_task_is_answered_with_the_closest(word, meant):
    with pytest.raises(InputError, match=f"{word}'; expected one of binary, multi-class, regression") as error:
        find_target(np.array([0, 1] * 9), name="y", task=word)
    assert f"Did you mean {meant}?" in error.value.hint
    with pytest.raises(InputError) as error:
        check_task("xyzzy")
    assert "Did you mean" not in error.value.hint


def test_names_of_classes_are_values_only_where_they_are_numbers():
    target = find_target(np.array([0, 1, 1, 2]), name="grade", task="regression", class_names=["10", "2", "3.5"])
    assert (target.task, target.y.tolist()) == ("regression", [10, 2, 2, 3.5])
    with pytest.raises(InputError, match="names that are no numbers: cat, 'big dog'; regression needs numbers"):
        find_target(np.array([0, 1, 1, 0]), name="pet", task="regression", class_names=["cat", "big dog"])


@pytest.mark.parametrize(
    ("values", "task", "regression"),
    [
        (np.arange(214) / 7, "binary", True),
        (["a", "b", "c"] * 2, "binary", False),
        ([1, 2, 2, 1, 3] * 1 + [1] * 20, "multi-class", True),
        (["a", "a", "b"], None, False),
    ],
)
def test_hints_offer_regression_for_numbers_only(values, task, regression):
    with pytest.raises(InputError) as error:
        find_target(np.array(values), name="y", task=task)
    assert ("--task regression" in error.value.hint) == regression


def test_a_single_row_is_called_that():
    with pytest.raises(InputError, match="in the only row; expected at least two"):
        find_target(np.array(["a"]), name="y")


def test_names_of_classes_are_told_apart_and_printable():
    note = find_target(np.array(["red, blue", "green", "\x1b[31m"] * 2), name="y").note
    assert note.endswith(r"3 classes: '\x1b[31m', green, 'red, blue').")


def test_many_classes_are_counted_in_the_note():
    assert "12 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more" in find_target(np.arange(60) % 12, name="y").note


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=2, max_size=8, unique=True))
def test_class_numbers_give_the_names_back(names):
    values = np.array(names * 2, dtype=object)
    target = find_target(values, name="y")
    assert [target.classes[each] for each in target.y] == values.tolist()
