import gzip
import hashlib
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from trainwell.datasets import debian_package, download, fashion_mnist
from trainwell.datasets.obtain import SourceFailedError
from trainwell.errors import InputError

REAL = Path("/usr/share/datasets/fashion-mnist")


def idx(array):
    """An array as an IDX file holds it."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A Fashion-MNIST of five images: its folder, with no source in reach but those that a test adds."""
    folder = tmp_path / "small"
    folder.mkdir()
    generator = np.random.default_rng(0)
    files = {}
    for array, shape in {"x_train": (3, 4, 5), "y_train": (3,), "x_test": (2, 4, 5), "y_test": (2,)}.items():
        content = idx(generator.integers(0, 256, shape, dtype=np.uint8))
        name = fashion_mnist.FILES[array][0]
        (folder / name).write_bytes(gzip.compress(content))
        files[array] = name, hashlib.sha256(content).hexdigest()
    monkeypatch.setattr(fashion_mnist, "FILES", files)
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "usr" / "share" / "fashion-mnist")
    monkeypatch.setenv("TRAINWELL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def offline(name, _folder):
        raise SourceFailedError(f"{name} is out of reach")

    def no_debian(package, _folder):
        raise SourceFailedError(f"no {package} here")

    monkeypatch.setattr(download, "download", offline)
    monkeypatch.setattr(debian_package, "unpack_debian_package", no_debian)
    return folder


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "fashion-mnist"


def damage(folder):
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"something else"))


def test_idx_files_are_read(small):
    arrays = fashion_mnist.read_folder(small)
    content = gzip.decompress((small / "train-images-idx3-ubyte.gz").read_bytes())
    assert arrays["x_train"].shape == (3, 4, 5)
    assert arrays["x_train"].dtype == np.uint8
    assert arrays["x_train"].tobytes() == content[16:]
    assert arrays["y_test"].shape == (2,)


def test_the_cache_comes_first(small, cache):
    shutil.copytree(small, cache)
    shutil.copytree(small, fashion_mnist.DEBIAN_FOLDER)
    _, notes = fashion_mnist.load_fashion_mnist()
    assert notes == [f"Fashion-MNIST comes from our cache ({cache})."]


def test_debian_folder_is_used_in_place(small, cache):
    shutil.copytree(small, fashion_mnist.DEBIAN_FOLDER)
    _, notes = fashion_mnist.load_fashion_mnist()
    assert notes == [f"Fashion-MNIST comes from the Debian package's folder ({fashion_mnist.DEBIAN_FOLDER})."]
    assert not cache.exists()


def test_what_keras_has_is_used_in_place(small, cache, tmp_path):
    shutil.copytree(small, tmp_path / "keras" / "datasets" / "fashion-mnist")
    _, notes = fashion_mnist.load_fashion_mnist()
    assert notes == ["Fashion-MNIST comes from Keras's download."]
    assert not cache.exists()


def fetch_from(folder):
    def fetch(name, into):
        (into / "download").mkdir(exist_ok=True)
        return Path(shutil.copy(folder / name, into / "download" / name))

    return fetch


def test_a_download_is_kept(small, cache, monkeypatch):
    monkeypatch.setattr(download, "download", fetch_from(small))
    arrays, notes = fashion_mnist.load_fashion_mnist()
    assert notes == ["Fashion-MNIST comes from Keras's download."]
    assert np.array_equal(fashion_mnist.read_folder(cache)["x_test"], arrays["x_test"])
    assert fashion_mnist.load_fashion_mnist()[1] == [f"Fashion-MNIST comes from our cache ({cache})."]


def test_a_damaged_download_is_not_kept(small, cache, monkeypatch):
    damage(small)
    monkeypatch.setattr(download, "download", fetch_from(small))
    with pytest.raises(InputError, match=r"t10k-labels-idx1-ubyte.gz is damaged \(its checksum is wrong\)"):
        fashion_mnist.load_fashion_mnist()
    assert not cache.exists()


def test_the_debian_package_comes_last_and_is_kept(small, cache, monkeypatch):
    def unpack(_package, folder):
        inside = folder / fashion_mnist.DEBIAN_FOLDER.relative_to("/")
        shutil.copytree(small, inside)
        return folder

    monkeypatch.setattr(debian_package, "unpack_debian_package", unpack)
    _, notes = fashion_mnist.load_fashion_mnist()
    assert notes[-1] == "Fashion-MNIST comes from the Debian package dataset-fashion-mnist, fetched by apt-get."
    assert len(list(cache.iterdir())) == 4


def test_a_damaged_cache_is_replaced(small, cache, monkeypatch):
    shutil.copytree(small, cache)
    damage(cache)
    monkeypatch.setattr(download, "download", fetch_from(small))
    arrays, notes = fashion_mnist.load_fashion_mnist()
    assert arrays["y_test"].shape == (2,)
    assert "our cache" in notes[0]
    assert "t10k-labels-idx1-ubyte.gz is damaged" in notes[0]
    assert fashion_mnist.load_fashion_mnist()[1] == [f"Fashion-MNIST comes from our cache ({cache})."]


@pytest.mark.parametrize("content", [b"", b"no gzip", gzip.compress(b"a" * 1000)[:-9]], ids=["empty", "no gzip", "cut"])
def test_a_broken_wrapper_is_damage(small, content):
    (small / "t10k-labels-idx1-ubyte.gz").write_bytes(content)
    with pytest.raises(SourceFailedError, match=r"t10k-labels-idx1-ubyte\.gz is damaged"):
        fashion_mnist.read_folder(small)


def test_a_missing_file_is_named(small):
    (small / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(SourceFailedError, match=r"^t10k-labels-idx1-ubyte\.gz missing$") as caught:
        fashion_mnist.read_folder(small)
    assert not caught.value.absent


def test_without_room_for_a_copy_the_data_is_used_all_the_same(small, cache, monkeypatch):
    def full(_name):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fashion_mnist, "make_cache_folder", full)
    monkeypatch.setattr(download, "download", fetch_from(small))
    assert fashion_mnist.load_fashion_mnist()[0]["x_train"].shape == (3, 4, 5)
    assert not cache.exists()


@pytest.mark.usefixtures("small")
def test_where_all_fail_one_error_names_each_source(cache):
    with pytest.raises(InputError) as caught:
        fashion_mnist.load_fashion_mnist()
    lines = caught.value.message.splitlines()
    assert lines == [
        "Fashion-MNIST was not found and could not be fetched:",
        f"  - our cache ({cache}): it is not there",
        f"  - the Debian package's folder ({fashion_mnist.DEBIAN_FOLDER}): it is not there",
        "  - Keras's download: t10k-labels-idx1-ubyte.gz is out of reach",
        "  - the Debian package dataset-fashion-mnist, fetched by apt-get: no dataset-fashion-mnist here",
    ]
    assert "apt-get install dataset-fashion-mnist" in caught.value.hint
    assert str(cache) in caught.value.hint


@pytest.mark.skipif(not REAL.is_dir(), reason="needs the Debian package dataset-fashion-mnist")
def test_the_real_files_have_the_checksums_written_down():
    arrays = fashion_mnist.read_folder(REAL)
    assert {name: array.shape for name, array in arrays.items()} == {
        "x_train": (60000, 28, 28),
        "y_train": (60000,),
        "x_test": (10000, 28, 28),
        "y_test": (10000,),
    }
    assert np.bincount(arrays["y_train"]).tolist() == [6000] * 10


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("apt-get") is None, reason="needs apt-get")
def test_the_real_package_is_fetched_and_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("TRAINWELL_CACHE", str(tmp_path))
    try:
        arrays = fashion_mnist.from_debian()
    except SourceFailedError as failure:
        pytest.skip(f"Debian's archive is out of reach: {failure}")
    assert arrays["x_train"].shape == (60000, 28, 28)
    assert len(list((tmp_path / "fashion-mnist").iterdir())) == 4
