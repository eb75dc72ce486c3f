"""Files that are whole or absent: write beside the target, then rename.

The earlier file survives a full disk, a crash and Ctrl-C. Not for appending, and not for files larger than the free
space beside them.
"""

from __future__ import annotations

import os
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
    descriptor, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp makes files private; a result is as readable as any other new file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
