"""The files of a Debian package without installing it: fetched by apt-get, unpacked by dpkg-deb, no root needed.

apt-get checks the package against Debian's signed lists. It works on Debian and its descendants only. The system's own
package lists and caches are left as they are: where they do not know the package, fresh ones are fetched into a private
folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from trainwell.datasets.obtain import SourceFailedError

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT = 300.0
"""Seconds that one command may take: a package of tens of megabytes over a slow line."""

SETTINGS = """\
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "0";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
"""
"""apt's settings for us: no hooks of the system, and no change of user, who could not write into our folder."""


def unpack_debian_package(package: str, folder: Path) -> Path:
    """Fetches a package and unpacks it below `folder`.

    Args:
        package: its name, such as `"dataset-fashion-mnist"`.
        folder: an empty folder; what is left in it belongs to the caller.

    Returns:
        The folder that stands for the package's root folder.

    Raises:
        SourceFailedError: no apt-get or dpkg-deb, no such package, or no network.
    """
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise SourceFailedError(f"{tool} is not on the PATH (this is no Debian system)", absent=True)
    sys.stderr.write(f"Fetching the Debian package {package} ...\n")
    archive = _fetch(package, folder)
    root = folder / "unpacked"
    _run(["dpkg-deb", "-x", str(archive), str(root)], folder)
    return root


def _fetch(package: str, folder: Path) -> Path:
    """The package's archive, by the system's package lists, else by fresh and private ones."""
    system = folder / "system.conf"
    system.write_text(SETTINGS, encoding="utf-8")
    try:
        _run(["apt-get", "-c", str(system), "download", package], folder)
    except SourceFailedError as first:
        try:
            private = _private_lists(folder)
            _run(["apt-get", "-c", str(private), "update"], folder)
            _run(["apt-get", "-c", str(private), "download", package], folder)
        except SourceFailedError as second:
            raise SourceFailedError(f"{first.reason}; with fresh package lists: {second.reason}") from second
    found = sorted(folder.glob(f"{package}_*.deb"))
    if not found:
        raise SourceFailedError(f"apt-get download {package} left no package behind")
    return found[-1]


def _private_lists(folder: Path) -> Path:
    """Settings by which apt keeps its lists and caches below `folder`."""
    for each in ("state/lists/partial", "cache/archives/partial"):
        (folder / each).mkdir(parents=True)
    settings = folder / "private.conf"
    places = f'Dir::State "{folder / "state"}";\nDir::Cache "{folder / "cache"}";\n'
    settings.write_text(SETTINGS + places, encoding="utf-8")
    return settings


def _run(command: list[str], folder: Path) -> None:
    """Runs a command in `folder`; its last line of complaint becomes the reason of the failure."""
    name = " ".join(each for each in command if each != "-c" and not each.startswith(str(folder)))
    try:
        done = subprocess.run(  # noqa: S603 -- fixed commands, no shell, and no text from outside
            command,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceFailedError(f"{name} took more than {TIMEOUT:g} seconds") from error
    except OSError as error:
        raise SourceFailedError(f"{name} could not be started ({error})") from error
    if done.returncode:
        complaints = done.stderr.strip().splitlines() or ["no message"]
        raise SourceFailedError(f"{name} failed ({complaints[-1].removeprefix('E: ')})")
