"""The worst errors come first, with what a reader needs to find them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trainwell.datasets import load
from trainwell.datasets.array_encoder import ArrayEncoder
from trainwell.datasets.column_encoders import CategoryColumn, NumericColumn, TimeColumn
from trainwell.datasets.dataset import Dataset, Part
from trainwell.datasets.table_encoder import TableEncoder
from trainwell.worst import MOST_SAMPLES, worst_samples

ORIGIN = "2024-01-01T10:00:00"
DAYS = {"elapsed days": 0.0}


def make_dataset(x, y, *, kind="array", classes=("cat", "dog", "eel"), encoder=None, first_row=100, train_x=None):
    task = {0: "regression", 2: "binary"}.get(len(classes), "multi-class")
    part = Part(x, np.asarray(y), np.arange(first_row, first_row + len(y)))
    train = part if train_x is None else Part(train_x, part.y, part.rows)
    return Dataset("toy", task, kind, train, part, part, "y", classes, encoder or ArrayEncoder((1,)))


def arrays(rows):
    return np.zeros((rows, 1), "float32")


def test_wrong_answers_by_confidence_and_right_ones_never():
    dataset = make_dataset(arrays(4), [0, 1, 2, 0])
    shares = np.array([[0.9, 0.1, 0.0], [0.55, 0.45, 0.0], [0.1, 0.8, 0.1], [0.2, 0.3, 0.5]])
    samples = worst_samples(dataset, shares)
    assert [sample.label for sample in samples] == ["row 103", "row 102", "row 104"]
    assert [sample.target for sample in samples] == ["eel", "dog", "cat"]
    assert [sample.prediction for sample in samples] == ["dog", "cat", "eel"]
    assert [sample.confidence for sample in samples] == [0.8, 0.55, 0.5]
    assert all(sample.error is None and sample.picture is None and sample.row is None for sample in samples)


def test_equal_confidence_keeps_the_order_of_the_rows():
    samples = worst_samples(make_dataset(arrays(5), [0] * 5), np.tile([[0.2, 0.6, 0.2]], (5, 1)))
    assert [sample.label for sample in samples] == [f"row {row}" for row in range(101, 106)]


def test_one_sigmoid_unit():
    dataset = make_dataset(arrays(3), [0, 1, 1], classes=("no", "yes"))
    samples = worst_samples(dataset, np.array([[0.75], [0.25], [0.9]]))
    assert [(sample.target, sample.prediction, sample.confidence) for sample in samples] == [
        ("no", "yes", 0.75),
        ("yes", "no", 0.75),
    ]


def test_no_errors_no_samples():
    assert worst_samples(make_dataset(arrays(3), [0, 1, 2]), np.eye(3)) == []


def test_largest_distances_first_with_their_sign():
    dataset = make_dataset(arrays(3), np.array([1.0, 2.0, 3.0], "float32"), classes=())
    samples = worst_samples(dataset, np.array([[1.5], [-8.0], [5.0]], "float32"))
    assert [sample.error for sample in samples] == [-10.0, 2.0, 0.5]
    assert [(sample.target, sample.prediction) for sample in samples] == [("2", "-8"), ("3", "5"), ("1", "1.5")]
    assert [sample.label for sample in samples] == ["row 102", "row 103", "row 101"]
    assert all(sample.confidence is None for sample in samples)


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (3, 3), (100, 40)])
def test_as_many_as_asked_for_at_most(count, expected):
    dataset = make_dataset(arrays(40), np.arange(40, dtype="float32"), classes=())
    assert len(worst_samples(dataset, arrays(40), count)) == expected
    classes = make_dataset(arrays(40), [0] * 40)
    assert len(worst_samples(classes, np.tile([[0.0, 1.0, 0.0]], (40, 1)), count)) == expected


def test_two_dozen_by_default():
    dataset = make_dataset(arrays(40), np.arange(40, dtype="float32"), classes=())
    assert len(worst_samples(dataset, arrays(40))) == MOST_SAMPLES == 24


def test_bright_images_are_shown_as_they_are():
    images = np.arange(2 * 4 * 4, dtype="uint8").reshape(2, 4, 4) * 8
    first, second = worst_samples(make_dataset(images, [1, 1], kind="image"), np.eye(3)[[0, 2]])
    np.testing.assert_array_equal(first.picture, images[0])
    np.testing.assert_array_equal(second.picture, images[1])
    assert first.label == "image 101"


def test_dark_images_are_lightened_by_the_training_parts_lightest_value():
    images = np.array([[[0, 8], [16, 4]]], "uint8")
    dataset = make_dataset(images, [1], kind="image", train_x=np.full((1, 2, 2), 16, "uint8"))
    picture = worst_samples(dataset, np.eye(3)[[0]])[0].picture
    assert picture.dtype == np.uint8
    assert picture.tolist() == [[0, 127], [255, 63]]


def test_a_test_image_lighter_than_the_training_part_stays_white():
    images = np.array([[[0, 200], [16, 4]]], "uint8")
    dataset = make_dataset(images, [1], kind="image", train_x=np.full((1, 2, 2), 16, "uint8"))
    assert worst_samples(dataset, np.eye(3)[[0]])[0].picture[0, 1] == 255


def test_black_images_divide_by_nothing():
    dataset = make_dataset(np.zeros((1, 2, 2), "uint8"), [1], kind="image")
    assert worst_samples(dataset, np.eye(3)[[0]])[0].picture.max() == 0


def number(name, *, missing=False, offset=0.0):
    return NumericColumn(name, 0.0, missing, offset)


def rows_of(columns, **x):
    """What is shown of each row of a table, in the table's order."""
    dataset = make_dataset(x, [1] * len(next(iter(x.values()))), kind="table", encoder=TableEncoder(columns))
    return [sample.row for sample in worst_samples(dataset, np.tile(np.eye(3)[[0]], (len(dataset.test), 1)))]


def test_rows_of_a_table_show_a_dozen_columns_by_name():
    columns = tuple(number(f"column {place}") for place in range(20))
    rows = rows_of(columns, numeric=np.arange(40, dtype="float32").reshape(2, 20) / 3)
    assert list(rows[1]) == [f"column {place}" for place in range(12)]
    assert rows[1]["column 0"] == "6.66667"


def test_columns_stand_as_in_the_table_and_categories_by_name():
    columns = (CategoryColumn("colour", ("red", "blue")), number("size"), CategoryColumn("shape", ("round",)))
    rows = rows_of(
        columns,
        numeric=np.array([[0.1], [20566], [-3]], "float32"),
        codes=np.array([[2, 0], [3, 1], [1, 2]], "int32"),
    )
    assert list(rows[0]) == ["colour", "size", "shape"]
    assert [tuple(row.values()) for row in rows] == [
        ("red", "0.1", "(missing)"),
        ("blue", "20566", "(another value)"),
        ("(another value)", "-3", "round"),
    ]


def test_marks_of_gaps_are_no_columns_and_what_filled_them_is_not_shown():
    columns = (number("a", missing=True), number("b"), TimeColumn("c", "2024-01-01T00:00:00", DAYS, missing=True))
    rows = rows_of(columns, numeric=np.array([[5, 1, 6, 3, 1], [5, 0, 6, 3, 0]], "float32"))
    assert rows == [
        {"a": "(missing)", "b": "6", "c": "(missing)"},
        {"a": "5", "b": "6", "c": "2024-01-04"},
    ]


def test_dates_are_dates_again():
    parts = {"elapsed days": 0.0, "month": 1.0, "hour": 0.0}
    columns = (TimeColumn("day", "1969-12-30T00:00:00", DAYS, missing=False), TimeColumn("time", ORIGIN, parts, False))
    minutes = (np.datetime64("2031-02-28T23:59") - np.datetime64(ORIGIN)).astype("timedelta64[m]").astype(int)
    rows = rows_of(columns, numeric=np.array([[60, minutes / 1440, 2, 23.98]], "float32"))
    assert rows == [{"day": "1970-02-28", "time": "2031-02-28 23:59"}]


def test_numbers_that_32_bits_cannot_tell_apart_are_shown_apart():
    rows = rows_of((number("stamp", offset=1_700_000_000.0),), numeric=np.array([[2.5], [3]], "float32"))
    assert rows == [{"stamp": "1700000002.5"}, {"stamp": "1700000003"}]


@pytest.mark.parametrize(("kind", "label"), [("csv", "line 102"), ("tsv", "line 102"), ("parquet", "row 101")])
def test_rows_of_text_files_are_named_by_their_lines(kind, label):
    dataset = replace(make_dataset(arrays(1), [1]), source={"kind": kind})
    assert worst_samples(dataset, np.eye(3)[[0]])[0].label == label


def test_a_row_is_shown_as_it_stands_in_the_file(tmp_path):
    lines = [
        f"{place}.5,{'red' if place % 3 else 'blue'},2024-01-{1 + place % 28:02d},{place * 7}" for place in range(60)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["size,colour,day,y", *lines]), encoding="utf-8")
    dataset = load(tmp_path / "t.csv", target="y", task="regression")
    samples = worst_samples(dataset, np.zeros((len(dataset.test), 1), "float32"))
    assert len(samples) == 12
    for sample in samples:
        line = lines[int(sample.label.removeprefix("line ")) - 2]
        assert [*sample.row.values(), sample.target] == line.split(",")


def test_an_encoder_without_columns_shows_no_row():
    dataset = make_dataset({"numeric": np.zeros((1, 1), "float32")}, [1], kind="table")
    assert worst_samples(dataset, np.eye(3)[[0]])[0].row is None
