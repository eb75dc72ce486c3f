"""Fashion-MNIST: 70,000 pictures of clothes, from whichever source this machine can reach.

In this order: our cache, Debian's folder, Keras's download, Debian's package unpacked without root. The first two are
used where they are. Whatever the source, what is inside each file must have the known checksum; the gzip wrapping
around it differs between mirrors and is not looked at.

Source: Xiao, Rasul and Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms,
2017.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np

from trainwell.datasets import debian_package, download
from trainwell.datasets.cache import cache_folder, make_cache_folder
from trainwell.datasets.obtain import Arrays, Source, SourceFailedError, obtain
from trainwell.storage import write_atomically

NAME = "fashion-mnist"
PACKAGE = "dataset-fashion-mnist"
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")

FILES = {
    "x_train": ("train-images-idx3-ubyte.gz", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
    "y_train": ("train-labels-idx1-ubyte.gz", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
    "x_test": ("t10k-images-idx3-ubyte.gz", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
    "y_test": ("t10k-labels-idx1-ubyte.gz", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
}
"""Array to file, and the SHA-256 of the file's decompressed content (of Debian's package 0.0~git20200523.55506a9-1)."""


def load_fashion_mnist() -> tuple[Arrays, list[str]]:
    """The arrays of Fashion-MNIST and one sentence or more on where they come from.

    Returns:
        `x_train` `(60000, 28, 28)`, `x_test` `(10000, 28, 28)`, `y_train`, `y_test`, all uint8, and the notes.

    Raises:
        InputError: no source has it; the message names each.
    """
    folder = cache_folder() / NAME
    sources = [
        Source(f"our cache ({folder})", lambda: from_cache(folder)),
        Source(f"the Debian package's folder ({DEBIAN_FOLDER})", lambda: read_folder(DEBIAN_FOLDER)),
        Source("Keras's download", from_keras),
        Source(f"the Debian package {PACKAGE}, fetched by apt-get", from_debian),
    ]
    return obtain(
        "Fashion-MNIST",
        sources,
        f"Connect to the network, or run `apt-get install {PACKAGE}` as root, or copy its four .gz files "
        f"({', '.join(file_name for file_name, _ in FILES.values())}) into {folder}.",
    )


def read_folder(folder: Path) -> Arrays:
    """The arrays in a folder with the four files, verified.

    Raises:
        SourceFailedError: a file is missing or damaged.
    """
    missing = [file_name for file_name, _ in FILES.values() if not (folder / file_name).exists()]
    if missing:
        gone = len(missing) == len(FILES)
        raise SourceFailedError("it is not there" if gone else f"{', '.join(missing)} missing", absent=gone)
    return {array: read_file(folder / file_name, sha256) for array, (file_name, sha256) in FILES.items()}


def read_file(path: Path, sha256: str) -> np.ndarray:
    """The array in a gzipped IDX file of unsigned bytes, after its checksum.

    Args:
        path: the file.
        sha256: what the decompressed content must have.

    Raises:
        SourceFailedError: it cannot be read, or holds something else.
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise SourceFailedError(f"{path.name} is damaged ({error})") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise SourceFailedError(f"{path.name} is damaged (its checksum is wrong)")
    rank = content[3]  # an IDX file opens with 0, 0, the type, the rank, and each dimension in four bytes
    shape = np.frombuffer(content, ">u4", rank, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)


def from_cache(folder: Path) -> Arrays:
    """The arrays in our cache. A damaged copy is deleted, so that the next source replaces it."""
    try:
        return read_folder(folder)
    except SourceFailedError as failure:
        if not failure.absent:
            with suppress(OSError):  # a cache that cannot be written to stays as it is; the note tells of it
                for file_name, _ in FILES.values():
                    (folder / file_name).unlink(missing_ok=True)
        raise


def from_keras() -> Arrays:
    """The arrays from where `keras.datasets.fashion_mnist` has them: its own folder, else the network."""
    with suppress(SourceFailedError):
        return read_folder(download.keras_datasets_folder() / NAME)
    with tempfile.TemporaryDirectory(prefix="trainwell-") as temporary:
        for file_name, _ in reversed(FILES.values()):  # the small files first: a network that fails does so at once
            path = download.download(file_name, Path(temporary))
        return _keep(path.parent)


def from_debian() -> Arrays:
    """The arrays from Debian's package, fetched and unpacked without installing it."""
    with tempfile.TemporaryDirectory(prefix="trainwell-") as temporary:
        root = debian_package.unpack_debian_package(PACKAGE, Path(temporary))
        return _keep(root / DEBIAN_FOLDER.relative_to(DEBIAN_FOLDER.anchor))


def _keep(fetched: Path) -> Arrays:
    """Verifies what was fetched and copies it into our cache; without room for that it is used all the same."""
    arrays = read_folder(fetched)
    with suppress(OSError):  # a full or read-only disk costs the next run a second fetch, not this run its data
        folder = make_cache_folder(NAME)
        for file_name, _ in FILES.values():
            with write_atomically(folder / file_name) as temporary:
                shutil.copyfile(fetched / file_name, temporary)
    return arrays
