import hashlib

import numpy as np
import pytest

from trainwell.datasets import download, mnist
from trainwell.datasets.obtain import SourceFailedError
from trainwell.errors import InputError


@pytest.fixture
def small(monkeypatch, tmp_path):
    """An MNIST of three images, with no source in reach but those that a test adds."""
    path = tmp_path / "small.npz"
    x, y = np.zeros((2, 4, 5), np.uint8), np.array([3, 7], np.uint8)
    np.savez(path, x_train=x, y_train=y, x_test=x[:1], y_test=y[:1])
    monkeypatch.setattr(mnist, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setenv("TRAINWELL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def offline(name, _folder):
        raise SourceFailedError(f"{name} is out of reach")

    monkeypatch.setattr(download, "download", offline)
    return path


def test_a_download_is_kept_and_used_again(small, monkeypatch, tmp_path):
    monkeypatch.setattr(download, "download", lambda _name, _folder: small)
    arrays, notes = mnist.load_mnist()
    assert arrays["y_train"].tolist() == [3, 7]
    assert notes == ["MNIST comes from Keras's download."]
    again, notes = mnist.load_mnist()
    assert np.array_equal(again["x_test"], arrays["x_test"])
    assert notes == [f"MNIST comes from our cache ({tmp_path / 'cache' / 'mnist' / 'mnist.npz'})."]


def test_what_keras_has_is_used_in_place(small, tmp_path):
    kept = tmp_path / "keras" / "datasets" / "mnist.npz"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(small.read_bytes())
    assert mnist.load_mnist()[1] == [f"MNIST comes from Keras's folder ({kept})."]
    assert not (tmp_path / "cache").exists()


def test_a_damaged_cache_is_replaced(small, monkeypatch, tmp_path):
    path = tmp_path / "cache" / "mnist" / "mnist.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"something else")
    monkeypatch.setattr(download, "download", lambda _name, _folder: small)
    _, notes = mnist.load_mnist()
    assert "mnist.npz is damaged (its checksum is wrong)" in notes[0]
    assert path.read_bytes() == small.read_bytes()


@pytest.mark.usefixtures("small")
def test_where_all_fail_one_error_names_each_source():
    with pytest.raises(InputError) as caught:
        mnist.load_mnist()
    assert [line.split(" (")[0].strip() for line in caught.value.message.splitlines()[1:3]] == [
        "- our cache",
        "- Keras's folder",
    ]
    assert "Keras's download: mnist.npz is out of reach" in caught.value.message
    assert "Connect to the network" in caught.value.hint
