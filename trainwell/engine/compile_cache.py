"""Compiled programs on disk, so that a second process starts sooner.

Only what trainwell compiles is kept: each of its compilations runs inside `kept`, and other JAX programs of the process
never see this cache. The store is trainwell's own, because JAX's keeps half-written entries and needs one more package
to be bounded. `TRAINWELL_COMPILE_CACHE=off` turns it off, and a path moves it. Where JAX's own cache is configured,
trainwell's programs go there.

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
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from trainwell.datasets.cache import cache_folder
from trainwell.engine.compat import attempt, compiling_into, is_configured
from trainwell.engine.compile_store import CompileStore
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "TRAINWELL_COMPILE_CACHE"
FOLDER = "compiled"
_OFF = {"off", "0", "false", "no"}
_ON = {"", "on", "1", "true", "yes"}
# What distinguishes processors in /proc/cpuinfo, on x86 and on ARM.
_CPU_FIELDS = {"vendor_id", "cpu family", "model", "flags", "CPU implementer", "CPU part", "Features"}
_logger = logging.getLogger("trainwell")
_lock = threading.Lock()
_chosen: list[CompileStore | None] = []  # one entry once it was decided


@contextmanager
def kept() -> Iterator[None]:
    """Keep on disk what this thread compiles within the context, and take from there what an earlier one compiled.

    Nothing is kept where the cache is off, where JAX's own cache is configured, or where the folder cannot be used
    (said once on the logger `trainwell`).

    Raises:
        InputError: `TRAINWELL_COMPILE_CACHE` is neither `on`, `off` nor a path.
    """
    with ExitStack() as stack:
        store = None if is_configured() else store_in_use()
        if store is not None:
            attempt("the cache of compiled programs", lambda: stack.enter_context(compiling_into(store)), None)
        yield


def store_in_use() -> CompileStore | None:
    """Return the store of this machine's programs, decided once in a process; `None` where there is none.

    Raises:
        InputError: `TRAINWELL_COMPILE_CACHE` is neither `on`, `off` nor a path.
    """
    with _lock:
        if not _chosen:
            _chosen.append(_choose())
        return _chosen[0]


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


def machine_name() -> str:
    """The name of the folder for this machine and these versions: the versions, and a digest of the processor.

    Programs for a CPU are machine code. A home folder that several machines share must not hand one of them the code
    of another.
    """
    versions = "-".join(importlib.metadata.version(name) for name in ("jax", "jaxlib"))
    processor = "\n".join([platform.system(), platform.machine(), *(_processor_lines() or [platform.processor()])])
    return f"jax-{versions}-{hashlib.sha256(processor.encode()).hexdigest()[:16]}"


def _choose() -> CompileStore | None:
    root = folder_in_use()
    if root is None:
        return None
    try:
        return CompileStore(root, machine_name())
    except OSError as error:
        _logger.warning(
            "trainwell: compiled programs are not kept for the next process, because %s. Set %s to a folder of your "
            "own, or to off.",
            error,
            VARIABLE,
        )
        return None


def _processor_lines() -> list[str]:
    """Maker, model and instruction sets of the first processor; empty where Linux's list is missing."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            first = list(itertools.takewhile(str.strip, lines))
    except OSError:
        return []
    return [line for line in first if line.split(":")[0].strip() in _CPU_FIELDS]
