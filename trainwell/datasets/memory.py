"""Whether data will fit: a refusal in words before the machine starts to swap or the process is killed.

It knows the free memory of Linux, and of the control group (container) that the process runs in. Elsewhere it knows
nothing and refuses nothing.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from trainwell.errors import InputError

LARGEST_SHARE = 1 / 3
"""Share of the free memory that inputs may take: they are held twice while they are split, and training needs room."""
MEBIBYTE = 1 << 20

MEMORY_INFORMATION = Path("/proc/meminfo")
CONTROL_GROUP = Path("/sys/fs/cgroup")


def free_memory() -> int | None:
    """Bytes that can still be used without swapping, or `None` where that is not known."""
    known = []
    with suppress(OSError, ValueError):
        lines = MEMORY_INFORMATION.read_text(encoding="ascii").splitlines()
        known.extend(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    with suppress(OSError, ValueError):  # ValueError: the limit reads "max", there is none
        limit = int((CONTROL_GROUP / "memory.max").read_text(encoding="ascii"))
        known.append(max(0, limit - int((CONTROL_GROUP / "memory.current").read_text(encoding="ascii"))))
    return min(known, default=None)


def require_memory(needed: int, what: str, hint: str) -> None:
    """Refuses inputs of `needed` bytes that would take more than a third of the free memory.

    Args:
        needed: bytes of the inputs once they are loaded.
        what: what they are, the subject of the message.
        hint: what to do about it.

    Raises:
        InputError: they would not fit.
    """
    free = free_memory()
    if free is not None and needed > free * LARGEST_SHARE:
        raise InputError(
            f"{what} would take {needed / MEBIBYTE:,.0f} MiB of memory; {free / MEBIBYTE:,.0f} MiB are free, and "
            "a third of that is the most that inputs may take.",
            hint,
        )
