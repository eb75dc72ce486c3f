"""Files and folders that are whole or absent: write beside the target, then rename.

What was there before survives a full disk and Ctrl-C. Not for appending, and not for what is larger than the free space
beside it. One rename is atomic on one file system; a folder that replaces another takes two or more, and a crash
between them leaves the earlier one beside it, under a name with `replaced` in it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def write_atomically(path: str | Path) -> Iterator[Path]:
    """Gives a temporary path to write to; on success it becomes `path`, on failure it is removed.

    The temporary name keeps the suffix of `path`, because writers such as `keras.Model.save` choose the format by it.

    Example:
    >>> from pathlib import Path
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with write_atomically(folder / "note.txt") as temporary:
    ...     _ = temporary.write_text("whole")
    >>> (folder / "note.txt").read_text()
    'whole'
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}-{secrets.token_hex(8)}{path.suffix}")
    temporary.touch(exist_ok=False)
    mode = stat.S_IMODE(temporary.stat().st_mode)  # that of any other new file
    temporary.chmod(0o600)  # private while it is half-written
    try:
        yield temporary
        temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def staging_folder(folder: Path) -> Path:
    """Makes an empty folder, private, in which to write what `replace_folder` then puts at `folder`.

    Args:
        folder: absolute, without links; its parent is there.

    Raises:
        OSError: nothing can be made there.
    """
    return Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder if _must_stay(folder) else folder.parent))


def replace_folder(temporary: Path, folder: Path) -> Path | None:
    """Puts what is in `temporary` at `folder`; where that fails, the earlier folder is as it was.

    Args:
        temporary: from `staging_folder(folder)`.
        folder: absolute, without links.

    Returns:
        Where the contents of the earlier folder now are, alone in a new folder that may be removed with them; None
        where there was no earlier folder.
    """
    if not folder.exists():
        temporary.replace(folder)
        return None
    home = Path(tempfile.mkdtemp(prefix=f"{_prefix(folder)}replaced-", dir=temporary.parent))
    earlier = home / "earlier"
    done: list[tuple[Path, Path]] = []
    if _must_stay(folder):
        earlier.mkdir()
        moves = [(each, earlier / each.name) for each in sorted(folder.iterdir()) if each not in (temporary, home)]
        moves += [(each, folder / each.name) for each in sorted(temporary.iterdir())]
    else:
        moves = [(folder, earlier), (temporary, folder)]
    try:
        for here, there in moves:
            here.replace(there)
            done.append((here, there))
    except BaseException:  # Ctrl-C too
        for here, there in reversed(done):
            there.replace(here)
        shutil.rmtree(home, ignore_errors=True)
        raise
    return earlier


def _prefix(folder: Path) -> str:
    return f".{folder.name[:40]}-"  # with what mkdtemp adds, no longer than a name may be


def _must_stay(folder: Path) -> bool:
    """Whether a folder is filled rather than replaced: a mount cannot be renamed, a shell would be left in nowhere."""
    return folder.is_dir() and (folder.is_mount() or folder.samefile(os.curdir))
