"""Versions and the machine for a Run. Names of people and home folders are never recorded."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import keras

from trainwell.run import MachineRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGES = ("jax", "jaxlib", "numpy", "scikit-learn")


def versions() -> dict[str, str]:
    """Return the versions of Python, trainwell and the packages that results depend on, as far as they have one."""
    package = sys.modules["trainwell"]  # there before any of its modules, which do not import it: imports go down only
    # Keras may be installed as `keras` or as `keras-nightly`.
    found = {"python": platform.python_version(), "trainwell": package.__version__, "keras": keras.__version__}
    for name in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def machine() -> MachineRecord:
    """Return the record of the machine."""
    return MachineRecord(system=platform.system(), processor=platform.machine(), cores=os.cpu_count())


def public_path(path: str | Path) -> str:
    """Return a path relative to the working folder or the home folder, so that a report names nobody's home folder.

    Links are followed first, whatever spelling of a home folder they use. Other people's homes are recognised by their
    usual places, `/home/NAME` and `/Users/NAME`.
    """
    path = _followed(Path(path))
    bases = [(base, shown) for base, shown in _bases(path) if path.is_relative_to(base)]
    if not bases:
        return path.as_posix()
    base, shown = max(bases, key=lambda each: len(each[0].parts))  # of equals, the first
    below = path.relative_to(base).as_posix()
    return f"{shown}/{below}".removesuffix("/.") if shown else below


def _bases(path: Path) -> Iterator[tuple[Path, str]]:
    """Give folders that a path may be relative to, and what is shown in their place."""
    with contextlib.suppress(OSError):  # the working folder was removed
        yield Path.cwd().resolve(), ""
    with contextlib.suppress(RuntimeError):  # the account has no home
        home = _followed(Path.home())
        if home != Path(home.anchor):  # as for services: that names no one
            yield home, "~"
    if path.parts[1:2] in (("home",), ("Users",)):
        yield Path(*path.parts[:3]), "..."


def _followed(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links in a circle, or no working folder
        return Path(os.path.normpath(path))
