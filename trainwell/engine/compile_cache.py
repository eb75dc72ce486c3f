"""Compiled programs kept on disk, so that a second process starts sooner.

JAX's persistent compilation cache, switched on with a store of ours behind it: JAX's own keeps a half-written entry for
good, warns about it in every process, and needs one more package to be bounded. On by default;
`TRAINWELL_COMPILE_CACHE=off` turns it off, and a path moves it. Whoever configured JAX's cache keeps it as it is.

It saves compiling only: tracing and lowering a program happen in every process. On macOS the folder's name tells
processors apart by their architecture alone.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import itertools
import logging
import os
import platform
import threading
from pathlib import Path
from typing import Any

import jax

from trainwell.datasets.cache import cache_folder
from trainwell.engine.compile_store import CompileStore
from trainwell.errors import InputError

VARIABLE = "TRAINWELL_COMPILE_CACHE"
FOLDER = "compiled"
_OFF = {"off", "0", "false", "no"}
_ON = {"", "on", "1", "true", "yes"}
# What distinguishes processors in /proc/cpuinfo, on x86 and on ARM.
_CPU_FIELDS = {"vendor_id", "cpu family", "model", "flags", "CPU implementer", "CPU part", "Features"}
_logger = logging.getLogger("trainwell")
_lock = threading.Lock()
_enabled: list[Path | None] = []  # one entry once it was decided


def enable() -> Path | None:
    """Keeps what JAX compiles from here on in this process, once; later calls change nothing.

    Returns:
        The folder of this machine's entries; `None` where it is off, where JAX's own cache is configured, or where the
        folder cannot be used (said on the logger `trainwell`).

    Raises:
        InputError: `TRAINWELL_COMPILE_CACHE` is neither `on`, `off` nor a path.
    """
    with _lock:
        if not _enabled:
            _enabled.append(_enable())
        return _enabled[0]


def folder_in_use() -> Path | None:
    """The folder that holds the entries of all machines and versions; `None` where the cache is turned off.

    Raises:
        InputError: `TRAINWELL_COMPILE_CACHE` is neither `on`, `off` nor a path.
    """
    chosen = os.environ.get(VARIABLE, "").strip()
    if chosen.lower() in _OFF:
        return None
    if chosen.lower() in _ON:
        return cache_folder() / FOLDER
    path = Path(chosen).expanduser()
    if not path.is_absolute():
        raise InputError(
            f"{VARIABLE}={chosen} is neither on, off nor an absolute path.",
            f"Set {VARIABLE}=off to turn the cache of compiled programs off, or to a path such as ~/compiled.",
        )
    return path


def configured_elsewhere() -> str | None:
    """Where JAX's own cache was configured to be, by the person or by another library."""
    folder = _setting("jax_compilation_cache_dir")
    return None if any(str(ours) == folder for ours in _enabled) else folder


def machine_name() -> str:
    """The name of the folder for this machine and these versions: the versions, and a digest of the processor.

    Programs for a CPU are machine code. A home folder that several machines share must not hand one of them the code
    of another.
    """
    versions = "-".join(importlib.metadata.version(name) for name in ("jax", "jaxlib"))
    processor = "\n".join([platform.system(), platform.machine(), *(_processor_lines() or [platform.processor()])])
    return f"jax-{versions}-{hashlib.sha256(processor.encode()).hexdigest()[:16]}"


def _enable() -> Path | None:
    root = folder_in_use()
    if root is None or configured_elsewhere() or not _setting("jax_enable_compilation_cache"):
        return None
    try:
        store = CompileStore(root, machine_name())
    except OSError as error:
        _logger.warning(
            "trainwell: compiled programs are not kept for the next process, because %s. Set %s to a folder of your "
            "own, or to off.",
            error,
            VARIABLE,
        )
        return None
    _stand_behind_jax(store)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)  # dozens of little programs add up
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    jax.config.update("jax_compilation_cache_dir", str(store.folder))
    return store.folder


def _setting(name: str) -> Any:
    """A setting of JAX, whose names type checkers do not know."""
    return getattr(jax.config, name)


def _stand_behind_jax(store: CompileStore) -> None:
    """Has JAX use `store` for its folder.

    JAX has no public way to exchange the store. Should a later JAX not look here, it keeps files of its own in the same
    folder, unbounded; a test holds that it does look.
    """
    from jax._src import compilation_cache  # noqa: PLC0415 -- private, and needed here alone

    original = compilation_cache.get_file_cache

    def get_file_cache(path: str) -> Any:
        return (store, path) if path == str(store.folder) else original(path)

    compilation_cache.get_file_cache = get_file_cache


def _processor_lines() -> list[str]:
    """Maker, model and instruction sets of the first processor; empty where Linux's list is missing."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            first = list(itertools.takewhile(str.strip, lines))
    except OSError:
        return []
    return [line for line in first if line.split(":")[0].strip() in _CPU_FIELDS]
