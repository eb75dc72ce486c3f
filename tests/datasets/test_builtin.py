from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets

from trainwell.datasets import fashion_mnist
from trainwell.datasets.builtin import builtin_names, load_builtin
from trainwell.errors import InputError

OFFLINE = ("digits", "breast-cancer", "wine", "diabetes")


def test_the_names():
    assert builtin_names() == ("fashion-mnist", "mnist", *OFFLINE)


@pytest.mark.parametrize(
    ("name", "rows", "task", "classes"),
    [
        ("digits", 1797, "multi-class", tuple("0123456789")),
        ("breast-cancer", 569, "binary", ("malignant", "benign")),
        ("wine", 178, "multi-class", ("class_0", "class_1", "class_2")),
        ("diabetes", 442, "regression", ()),
    ],
)
def test_the_sets_of_scikit_learn(name, rows, task, classes):
    dataset = load_builtin(name, seed=3)
    parts = (dataset.train, dataset.validation, dataset.test)
    assert np.array_equal(np.sort(np.concatenate([part.rows for part in parts])), np.arange(rows))
    assert (dataset.name, dataset.task, dataset.classes) == (name, task, classes)
    assert dataset.source == {"name": name, "kind": "built-in"}
    assert np.array_equal(load_builtin(name, seed=3).test.rows, dataset.test.rows)
    assert not np.array_equal(load_builtin(name, seed=4).test.rows, dataset.test.rows)
    bunch = getattr(sklearn.datasets, f"load_{name.replace('-', '_')}")()
    assert np.array_equal(dataset.test.y, bunch.target[dataset.test.rows])


def test_digits_keep_their_values():
    dataset = load_builtin("digits", validation_share=0.1, test_share=0.1)
    assert dataset.kind == "image"
    assert dataset.train.x.dtype == np.uint8
    assert (dataset.train.x.shape[1:], dataset.train.x.max()) == ((8, 8), 16)
    assert dataset.encoder.to_json()["white"] == 16
    assert abs(len(dataset.test) - 180) <= 1
    values = load_builtin("digits", task="regression")
    assert (values.task, set(values.test.y.tolist())) == ("regression", set(range(10)))


def test_tables_are_scikit_learns():
    bunch = sklearn.datasets.load_breast_cancer()
    dataset = load_builtin("breast-cancer", validation_share=0.1, test_share=0.4)
    assert dataset.kind == "table"
    assert dataset.encoder.feature_names == tuple(bunch.feature_names)
    assert np.array_equal(dataset.train.x["numeric"], bunch.data[dataset.train.rows].astype(np.float32))
    assert abs(len(dataset.test) - 228) <= 1
    assert load_builtin("diabetes").target == "progression"
    with pytest.raises(InputError, match="no numbers: class_0, class_1, class_2"):
        load_builtin("wine", task="regression")


@pytest.mark.skipif(not Path("/usr/share/datasets/fashion-mnist").is_dir(), reason="needs dataset-fashion-mnist")
@pytest.mark.heavy
def test_fashion_mnist_has_its_own_test_part(monkeypatch, tmp_path):
    monkeypatch.setenv("TRAINWELL_CACHE", str(tmp_path))
    dataset = load_builtin("fashion-mnist")
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [55_000, 5_000, 10_000]
    assert np.bincount(dataset.validation.y).tolist() == [500] * 10
    assert dataset.test.rows.tolist() == list(range(60_000, 70_000))
    assert (dataset.kind, dataset.train.x.shape[1:], dataset.train.x.dtype) == ("image", (28, 28), np.uint8)
    assert dataset.classes == fashion_mnist.CLASSES
    assert "Fashion-MNIST comes from" in dataset.notes[0]
    images = fashion_mnist.read_folder(fashion_mnist.DEBIAN_FOLDER)
    assert np.array_equal(dataset.validation.x, images["x_train"][dataset.validation.rows])


def test_mnist_is_like_it(monkeypatch):
    images = np.zeros((200, 4, 5), np.uint8)
    images[:, 0, 0] = np.arange(200) % 10
    labels = images[:, 0, 0]
    arrays = {"x_train": images, "y_train": labels, "x_test": images[:30], "y_test": labels[:30]}
    monkeypatch.setattr("trainwell.datasets.mnist.load_mnist", lambda: (arrays, ["MNIST comes from a test."]))
    dataset = load_builtin("mnist", validation_share=0.25)
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [150, 50, 30]
    assert np.array_equal(dataset.validation.y, dataset.validation.x[:, 0, 0])
    assert (dataset.classes, dataset.notes[0]) == (tuple("0123456789"), "MNIST comes from a test.")
    with pytest.raises(InputError, match="mnist has its own test part"):
        load_builtin("mnist", test_share=0.2)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("fashion_mnist", "fashion-mnist"), ("minst", "mnist"), ("Wine", "wine"), ("breast", "breast-cancer")],
)
def test_an_unknown_name_gets_the_closest(name, hint):
    with pytest.raises(InputError, match=f"no built-in data set '{name}'; expected one of fashion-mnist") as caught:
        load_builtin(name)
    assert caught.value.hint == f"Did you mean {hint}?"


def test_a_name_like_none_gets_no_guess():
    with pytest.raises(InputError) as caught:
        load_builtin("xyzzy")
    assert caught.value.hint.startswith("Choose one of these")
