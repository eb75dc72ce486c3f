"""The folder in which trainwell keeps what it fetched, so that it is fetched once.

Nothing here is precious: the whole folder may be deleted at any time. It is private to its owner (mode 0700). It is not
cleaned up by itself; `trainwell cache` shows and empties it. The customary places of macOS and Windows are untested.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

PRIVATE = 0o700
"""Mode of our folders: the owner alone reads and writes."""


def cache_folder() -> Path:
    """The cache folder, which need not exist.

    It is `$TRAINWELL_CACHE`, else `$XDG_CACHE_HOME/trainwell`, else what the system is used to: `~/.cache/trainwell`,
    `~/Library/Caches/trainwell` on macOS, `%LOCALAPPDATA%/trainwell/Cache` on Windows.
    """
    chosen = os.environ.get("TRAINWELL_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    shared = os.environ.get("XDG_CACHE_HOME")
    if shared and Path(shared).is_absolute():  # the XDG specification has relative paths ignored
        return Path(shared) / "trainwell"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "trainwell"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "trainwell" / "Cache"
    return Path.home() / ".cache" / "trainwell"


def make_cache_folder(name: str) -> Path:
    """Makes the folder `name` inside the cache folder, where it is missing.

    Raises:
        OSError: it cannot be made, because the disk is full or may not be written to.

    Example:
    >>> import os, tempfile
    >>> before = dict(os.environ)
    >>> os.environ["TRAINWELL_CACHE"] = tempfile.mkdtemp()
    >>> make_cache_folder("fashion-mnist").is_dir()
    True
    >>> os.environ.clear(); os.environ.update(before)
    """
    folder = cache_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    for each in (folder, folder / name):
        each.mkdir(mode=PRIVATE, exist_ok=True)
    return folder / name
