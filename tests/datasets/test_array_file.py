import numpy as np
import pytest

from trainwell.datasets.array_file import load_array_file
from trainwell.errors import InputError

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(40, 3))
Y = np.arange(40) % 2
IMAGES = GENERATOR.integers(0, 256, (40, 6, 5), dtype=np.uint8)


@pytest.fixture
def load(tmp_path):
    def save_and_load(options=None, **arrays):
        np.savez(tmp_path / "some.npz", allow_pickle=True, **arrays)
        return load_array_file(tmp_path / "some.npz", **(options or {}))

    return save_and_load


def test_inputs_and_targets(load):
    dataset = load(x=X, y=Y)
    assert (dataset.name, dataset.kind, dataset.task, dataset.target) == ("some", "array", "binary", "y")
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [26, 6, 8]
    assert dataset.train.x.dtype == np.float32
    assert np.array_equal(dataset.test.x, X[dataset.test.rows].astype(np.float32))
    assert dataset.encoder.to_json() == {"kind": "array", "shape": [3], "dtype": "float64"}
    assert (dataset.source["kind"], dataset.source["name"], len(dataset.source["sha256"])) == ("npz", "some.npz", 64)


def test_bytes_shaped_like_images_are_images(load):
    dataset = load(x=IMAGES, y=Y)
    assert dataset.kind == "image"
    assert dataset.train.x.dtype == np.uint8
    assert dataset.encoder.to_json() == {"kind": "image", "shape": [6, 5], "white": 255}
    assert load(x=IMAGES[..., np.newaxis], y=Y).train.x.shape[1:] == (6, 5)
    assert load(x=np.stack([IMAGES] * 3, axis=-1), y=Y).encoder.to_json()["shape"] == [6, 5, 3]


def test_dark_images_set_what_white_is(load):
    dataset = load(x=IMAGES // 16, y=Y)
    assert dataset.encoder.to_json()["white"] == 15
    assert any("go up to 15, which is taken as white" in note for note in dataset.notes)
    assert load(x=np.minimum(IMAGES, 200), y=Y).encoder.to_json()["white"] == 255


@pytest.mark.parametrize("x", [IMAGES / 255, IMAGES.astype(np.int32), IMAGES.reshape(40, 30), IMAGES > 100])
def test_all_else_is_an_array(load, x):
    dataset = load(x=x, y=Y)
    assert dataset.kind == "array"
    assert dataset.train.x.shape[1:] == x.shape[1:]
    assert np.allclose(dataset.train.x, x[dataset.train.rows])


def test_one_input_a_row_becomes_a_column(load):
    dataset = load(x=X[:, 0], y=Y)
    assert dataset.train.x.shape[1:] == (1,)
    assert "'x' has shape (40,); it was read as one input a row." in dataset.notes


@pytest.mark.parametrize("validation", ["validation", "val"])
def test_parts_are_used_as_they_are(load, validation):
    arrays = {"x_train": X[:20], "y_train": Y[:20], "x_test": X[30:], "y_test": Y[30:]}
    dataset = load(**arrays, **{f"x_{validation}": X[20:30], f"y_{validation}": Y[20:30]})
    assert dataset.train.rows.tolist() == list(range(20))
    assert dataset.validation.rows.tolist() == list(range(20, 30))
    assert dataset.test.rows.tolist() == list(range(30, 40))
    assert np.array_equal(dataset.test.x, X[30:].astype(np.float32))
    dataset = load(**{**arrays, "x_test": X[30:].astype(np.float32)})
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [17, 3, 10]


def test_targets_of_other_forms(load):
    plain = load(x=X, y=Y)
    column = load(x=X, y=Y[:, np.newaxis])
    one_hot = load(x=X, y=np.eye(2)[Y])
    soft = load(x=X, y=np.eye(2)[Y] * 0.6 + 0.2)
    for dataset in (column, one_hot, soft):
        assert np.array_equal(dataset.train.y, plain.train.y)
        assert np.array_equal(dataset.test.rows, plain.test.rows)
    assert "'y' of shape (40, 2) is one-hot: 2 classes, numbered from 0." in one_hot.notes
    assert any("holds probabilities; the likeliest class was taken" in note for note in soft.notes)


def test_text_targets_are_classes(load):
    assert load(x=X, y=np.array(["no", "yes"])[Y]).classes == ("no", "yes")


def test_values_are_regression(load):
    dataset = load(x=X, y=X @ [1.0, 2.0, 3.0])
    assert (dataset.task, dataset.classes) == ("regression", ())
    assert load({"task": "regression"}, x=X, y=Y).task == "regression"


def test_arrays_that_are_not_used_are_told(load):
    assert "Arrays that are not used: 'weights'." in load(x=X, y=Y, weights=np.ones(40)).notes


def changed(row, value):
    x = X.copy()
    x[row, 1] = value
    return x


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"data": X, "labels": Y}, r"no arrays 'x' and 'y' .*; it has 'data', 'labels'"),
        ({"x": X}, "no array 'y'; it has 'x'"),
        ({"y": Y}, "no array 'x'; it has 'y'"),
        ({"x": X, "y": Y, "x_test": X}, "no array 'y_test'"),
        ({"x": X, "y": Y, "x_train": X, "y_train": Y}, "may be the train part"),
        ({"x": X, "y": Y[:39]}, r"'x' has shape \(40, 3\) and 'y' has 39 rows"),
        ({"x": X[:0], "y": Y[:0]}, r"'x' has shape \(0, 3\), which holds nothing"),
        ({"x": np.float32(1), "y": Y}, r"'x' has shape \(\)"),
        ({"x": X, "y": X}, r"'y' has shape \(40, 3\); expected one target a row"),
        ({"x": X, "y": np.array(Y, dtype=object)}, "'y' of .* holds Python objects"),
        ({"x": np.array(X, dtype=object), "y": Y}, "'x' of .* holds Python objects"),
        ({"x": changed(7, np.nan), "y": Y}, r"'x' has the value nan in row 7 \(counted from 0\), at \[7, 1\]"),
        ({"x": changed(8, np.inf), "y": Y}, "'x' has the value inf in row 8"),
        ({"x": X.astype(str), "y": Y}, "'x' holds text; expected real numbers"),
        ({"x": X.astype(complex), "y": Y}, "'x' holds complex numbers"),
        ({"x": X, "y": np.where(Y, np.nan, 1.5)}, "'y' has no value in 20 of 40 rows"),
        ({"x": X, "y": Y * 0}, "'y' has one class only"),
        ({"x": np.zeros((40, 3, 8, 8), np.uint8), "y": Y}, "channels first"),
        (
            {"x_train": X, "y_train": Y, "x_test": X[:, :2], "y_test": Y},
            r"'x_train' has shape \(40, 3\) .* and 'x_test' has shape \(40, 2\)",
        ),
        ({"x_train": X, "y_train": Y, "x_test": X, "y_test": Y.astype(str)}, "'y_test' .* rows of one kind"),
        (
            {"x_train": IMAGES, "y_train": Y, "x_test": IMAGES / 255, "y_test": Y},
            "of uint8 and 'x_test' .* of float64; expected rows of one kind",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(load, arrays, complaint):
    with pytest.raises(InputError, match=complaint) as caught:
        load(**arrays)
    assert caught.value.hint
