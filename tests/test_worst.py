"""The worst errors come first, with what a reader needs to find them."""

from __future__ import annotations

import numpy as np
import pytest

from trainwell.datasets.array_encoder import ArrayEncoder
from trainwell.datasets.dataset import Dataset, Part
from trainwell.worst import MOST_SAMPLES, worst_samples


class Named:
    """An encoder that knows its columns."""

    def __init__(self, *names):
        self.feature_names = names

    def to_json(self):
        return {}


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


def test_rows_of_a_table_show_a_dozen_numbers_by_name():
    x = {"numeric": np.arange(40, dtype="float32").reshape(2, 20) / 3, "codes": np.zeros((2, 1), "int32")}
    names = [f"column {number}" for number in range(20)]
    dataset = make_dataset(x, [1, 1], kind="table", encoder=Named(*names, "colour"))
    row = worst_samples(dataset, np.eye(3)[[0, 2]])[1].row
    assert list(row) == names[:12]
    assert row["column 0"] == "6.667"


def test_a_table_of_codes_alone_shows_no_row():
    dataset = make_dataset({"codes": np.zeros((1, 1), "int32")}, [1], kind="table", encoder=Named("colour"))
    assert worst_samples(dataset, np.eye(3)[[0]])[0].row is None
