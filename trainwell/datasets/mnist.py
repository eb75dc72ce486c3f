"""MNIST: 70,000 handwritten digits, from our cache, Keras's folder or Keras's download, its checksum verified.

No system package is known that carries it, so the first use needs the network.

Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from trainwell.datasets import download
from trainwell.datasets.cache import cache_folder, make_cache_folder
from trainwell.datasets.obtain import Arrays, Source, SourceFailedError, obtain
from trainwell.storage import write_atomically

NAME = "mnist"
FILE = "mnist.npz"
SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
"""Of the whole file, as `keras.datasets.mnist` has it."""
CLASSES = tuple(str(digit) for digit in range(10))


def load_mnist() -> tuple[Arrays, list[str]]:
    """The arrays of MNIST and one sentence or more on where they come from.

    Returns:
        `x_train` `(60000, 28, 28)`, `x_test` `(10000, 28, 28)`, `y_train`, `y_test`, all uint8, and the notes.

    Raises:
        InputError: no source has it; the message names each.
    """
    path = cache_folder() / NAME / FILE
    kept = download.keras_datasets_folder() / FILE
    sources = [
        Source(f"our cache ({path})", lambda: _from_cache(path)),
        Source(f"Keras's folder ({kept})", lambda: _read(kept)),
        Source("Keras's download", _from_network),
    ]
    return obtain(
        "MNIST",
        sources,
        f"Connect to the network, or copy {download.KERAS_ORIGIN}{FILE} to {path}. `digits` and `fashion-mnist` are "
        "like it.",
    )


def _read(path: Path) -> Arrays:
    if not path.exists():
        raise SourceFailedError("it is not there", absent=True)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceFailedError(f"{path.name} cannot be read ({error})") from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise SourceFailedError(f"{path.name} is damaged (its checksum is wrong)")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")}


def _from_cache(path: Path) -> Arrays:
    """The arrays in our cache. A damaged copy is deleted, so that the next source replaces it."""
    try:
        return _read(path)
    except SourceFailedError as failure:
        if not failure.absent:
            with suppress(OSError):  # a cache that cannot be written to stays as it is; the note tells of it
                path.unlink()
        raise


def _from_network() -> Arrays:
    with tempfile.TemporaryDirectory(prefix="trainwell-") as temporary:
        fetched = download.download(FILE, Path(temporary))
        arrays = _read(fetched)
        # a full or read-only disk costs the next run a second fetch, not this run its data
        with suppress(OSError), write_atomically(make_cache_folder(NAME) / FILE) as path:
            path.write_bytes(fetched.read_bytes())
        return arrays
