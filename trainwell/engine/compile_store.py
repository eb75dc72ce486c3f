"""Compiled programs as files: whole or absent, private, and bounded in size.

Knows nothing of JAX: a key and bytes come in, the same bytes or nothing come out. Each entry is written beside its
place and renamed, and carries a digest, so that a killed process, a full disk or a second process at the same moment
cost a compilation and nothing else; no file error leaves `get` and `put`. The least recently used entries go first. Not
for folders that others may write to: what stands in an entry is run as machine code.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from trainwell.datasets.cache import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_BYTES = 512 * 2**20
"""Of all entries together. A net's programs take some 20 to 300 KB, the many little ones 2 to 4 KB."""
SUFFIX = ".program"
_DIGEST_BYTES = 16
_WRITTEN_BETWEEN_LOOKS = 1 / 16  # share of the bound that is written before the folder is measured again
_LEFT_BEHIND_SECONDS = 3600.0  # a temporary file as old as this belongs to a process that was killed


class CompileStore:
    """The entries of one machine and version, in a folder below a root whose size is bounded.

    Args:
        root: folder that is bounded; made where it is missing, private to its owner.
        name: folder below it, for entries that only this machine and these versions can use.
        largest_bytes: of all entries below `root`.

    Raises:
        OSError: the folder cannot be made or written to.
        PermissionError: others may write to it, who could have their code run here.
    """

    def __init__(self, root: Path, name: str, largest_bytes: int = LARGEST_BYTES) -> None:
        root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        self.folder = root / name
        self.folder.mkdir(mode=PRIVATE, exist_ok=True)
        for each in (root, self.folder):
            _require_private(each)
        self._root = root
        self._largest = largest_bytes
        self._unlooked = float(largest_bytes)  # so that the first entry of a process measures the folder

    @property
    def _path(self) -> Path:
        """The folder, under the name by which JAX's log asks for it."""
        return self.folder

    def get(self, key: str) -> bytes | None:
        """The bytes kept under `key`; `None` where there are none, or where they are damaged."""
        path = self._file(key)
        try:
            content = path.read_bytes()
            value = content[_DIGEST_BYTES:]
            if content[:_DIGEST_BYTES] != _digest(value):
                path.unlink(missing_ok=True)
                return None
            os.utime(path)
        except OSError:
            return None
        return value

    def put(self, key: str, value: bytes) -> None:
        """Keeps `value` under `key`, or does without where the disk does not take it."""
        if len(value) > self._largest:
            return
        with suppress(OSError):
            _write_whole(self._file(key), _digest(value) + value)
            self._unlooked += len(value)
            if self._unlooked > self._largest * _WRITTEN_BETWEEN_LOOKS:
                self._unlooked = 0.0
                prune(self._root, self._largest)

    def _file(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()}{SUFFIX}"


def entries(root: Path) -> list[os.stat_result]:
    """Size and times of each entry below `root`."""
    return [status for _, status in _files(root)]


def prune(root: Path, largest_bytes: int) -> None:
    """Removes the least recently used entries until at most `largest_bytes` are left, and what killed processes left.

    Raises:
        OSError: an entry may not be removed.
    """
    found = sorted(_files(root), key=lambda each: each[1].st_mtime_ns)
    excess = sum(status.st_size for _, status in found) - largest_bytes
    for path, status in found:
        if excess <= 0:
            break
        path.unlink(missing_ok=True)
        excess -= status.st_size
    for path in root.glob(f"*/.*{SUFFIX}"):
        with suppress(FileNotFoundError):  # its process renamed it meanwhile
            if time.time() - path.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                path.unlink()


def clear(root: Path) -> None:
    """Removes every folder below `root` that holds entries, and `root` if it is empty then; other files stay.

    Raises:
        OSError: an entry may not be removed.
    """
    for folder in {path.parent for path in root.glob(f"*/*{SUFFIX}")}:
        shutil.rmtree(folder)
    with suppress(OSError):  # there is none, or something else is in it
        root.rmdir()


def _files(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in root.glob(f"*/[!.]*{SUFFIX}"):
        with suppress(FileNotFoundError):  # another process removed it meanwhile
            yield path, path.stat()


def _write_whole(path: Path, content: bytes) -> None:
    """Not `storage.write_atomically`, whose files are as readable as any other new one: these stay private."""
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _digest(value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=_DIGEST_BYTES).digest()


def _require_private(folder: Path) -> None:
    """Entries are machine code: whoever may write to the folder may run code as its user."""
    if not hasattr(os, "getuid"):  # Windows, where a home folder is private by its access list
        return
    status = folder.stat()
    if status.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"others may write to {folder}")
