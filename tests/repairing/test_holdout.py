import keras
import numpy as np
import pytest

from trainwell.edits import DivideInputs, DropMissingRows, ReindexLabels, SplitAnew
from trainwell.repairing.holdout import Holdout, folds, hold_back, hold_back_from_all, with_validation
from trainwell.training_spec import TrainingSpec


def spec(rows=200, held=100, classes=4):
    x = np.arange(rows, dtype="float32")[:, None]
    data = {"x": x, "y": np.arange(rows) % classes}
    if held:
        data["validation_data"] = (1000 + np.arange(held, dtype="float32")[:, None], np.arange(held) % classes)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(classes, "softmax")])
    compiling = {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}
    return TrainingSpec(model, compiling, data, {"epochs": 1, "batch_size": 32})


def test_validation_rows_that_are_given_stay():
    given = spec()
    assert with_validation(given) == (given, ())


def test_without_validation_rows_some_are_split_off_in_each_class_alike():
    given = spec(held=0)
    split, edits = with_validation(given)
    assert [type(edit) for edit in edits] == [SplitAnew]
    x, y = split.data["validation_data"]
    assert len(x) == 60
    assert np.bincount(y).tolist() == [15] * 4
    assert set(x[:, 0]) | set(split.data["x"][:, 0]) == set(range(200))
    assert "validation_data" not in given.data


def test_a_class_of_one_row_does_not_stop_the_split():
    given = spec(held=0)
    given.data["y"][0] = 9
    split, _ = with_validation(given)
    assert len(split.data["validation_data"][0]) == 60


def test_half_of_the_validation_rows_are_held_back():
    left, held = hold_back(spec(), 0)
    x, _ = left.data["validation_data"]
    assert len(x) == held.rows == 50
    assert not set(x[:, 0]) & set(held.x[:, 0])
    assert np.bincount(held.y).tolist() in ([13, 12, 13, 12], [12, 13, 12, 13], [13, 13, 12, 12], [12, 12, 13, 13])


def test_the_seed_decides_which():
    draws = [hold_back(spec(), seed)[1].numbers.tolist() for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_rows_held_back_from_all_leave_the_training_with_their_doubles():
    given = spec()
    given.data["x"][100:] = given.data["x"][:100]  # each training row twice
    left, held = hold_back_from_all(given, 0, pooled=True)
    assert len(set(held.x[:, 0])) == held.rows
    assert not set(held.x[:, 0]) & set(left.data["x"][:, 0])
    assert not set(held.x[:, 0]) & set(left.data["validation_data"][0][:, 0])


def test_rows_held_back_from_the_training_leave_the_validation_as_it_is():
    left, held = hold_back_from_all(spec(), 0, pooled=False)
    assert len(left.data["validation_data"][0]) == 100
    assert held.x.max() < 200
    assert len(left.data["x"]) + held.rows == 200


def test_edits_change_rows_held_back_and_leave_their_numbers():
    given = spec()
    given.data["y"] += 1
    x = np.array([[1.0], [np.nan], [3.0]], "float32")
    held = Holdout(x, np.array([1, 2, 3]), np.array([7, 8, 9]))
    edits = (ReindexLabels((1, 2, 3, 4)), DropMissingRows(), SplitAnew(0.5), DivideInputs(2.0))
    after = held.after(edits, given)
    assert after.numbers.tolist() == [7, 9]
    assert after.y.tolist() == [0, 2]
    assert after.x[:, 0].tolist() == [0.5, 1.5]
    assert held.y.tolist() == [1, 2, 3]


def test_each_row_is_held_back_in_one_fold():
    parts = folds(spec(60, 30), 0, 3)
    numbers = np.concatenate([held.numbers for _, held in parts])
    assert sorted(numbers) == list(range(90))
    for one, held in parts:
        trained = set(one.data["x"][:, 0]) | set(one.data["validation_data"][0][:, 0])
        assert not trained & set(held.x[:, 0])
        assert len(trained) == 60


@pytest.mark.parametrize("shape", [(3,), (4, 2)])
def test_several_inputs_are_split_alike(shape):
    given = spec()
    given.data["x"] = {"a": given.data["x"], "b": np.zeros((200, *shape))}
    x, y = given.data["validation_data"]
    given.data["validation_data"] = ({"a": x, "b": np.zeros((100, *shape))}, y)
    left, held = hold_back(given, 0)
    assert held.x["b"].shape == (50, *shape)
    assert len(left.data["validation_data"][0]["a"]) == 50
