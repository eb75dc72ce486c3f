"""Files from the network, by Keras's own downloader: it gives up quickly, and reports on the standard error stream.

Keras's `get_file` waits without limit for a silent server; here a connection and each read have a time limit. A name
server that does not answer is waited for as long as the system is set to. There is no resuming and no second attempt.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from trainwell.datasets.obtain import SourceFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

KERAS_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
"""Where `keras.datasets` fetches its files."""
TIMEOUT = 10.0
"""Seconds to wait for a connection, and for each read from it."""


def keras_datasets_folder() -> Path:
    """Where `keras.datasets` keeps what it fetched: `$KERAS_HOME/datasets`, else `~/.keras/datasets`."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home).expanduser() if home else Path.home() / ".keras") / "datasets"


def download(file_name: str, folder: Path) -> Path:
    """Fetches one of Keras's data files into `folder`. What it holds is not verified here.

    Args:
        file_name: the file's name at `KERAS_ORIGIN`.
        folder: an existing folder without such a file.

    Raises:
        SourceFailedError: the network, the server or the disk failed.
    """
    import keras  # noqa: PLC0415 -- takes seconds, and most sources do not need it

    try:
        with _time_limit(TIMEOUT), redirect_stdout(sys.stderr):
            return Path(
                keras.utils.get_file(
                    file_name, origin=KERAS_ORIGIN + file_name, cache_dir=str(folder), cache_subdir="download"
                )
            )
    except Exception as error:  # Keras raises a bare Exception for a failed download
        raise SourceFailedError(f"{KERAS_ORIGIN + file_name} could not be fetched ({error})") from error


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Limits every new connection: `get_file` has no such argument, and the process-wide setting is put back."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
