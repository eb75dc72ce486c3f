"""How much memory the patches of one traced program may take, all convolutions together.

Patches live from the forward to the backward pass. Making them again for the gradient would save nothing: XLA finds the
two equal and keeps the first. So a program has a budget, first come first served, and the rest stays with XLA.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM_BYTES = 1024 * 2**20  # of all patches of a program; a function traced twice counts twice
LARGEST_BYTES = 512 * 2**20  # of one convolution's


class _Left(threading.local):
    """What is left in this thread; `None` outside a program."""

    bytes: int | None = None


_left = _Left()


@contextmanager
def program() -> Iterator[None]:
    """A program with a budget of its own; within another one, part of that."""
    before = _left.bytes
    if before is None:
        _left.bytes = PROGRAM_BYTES
    try:
        yield
    finally:
        if before is None:
            _left.bytes = None


def take(needed: int) -> bool:
    """Takes so many bytes for a convolution's patches; `False`, taking none, where they do not fit."""
    left = PROGRAM_BYTES if _left.bytes is None else _left.bytes
    if needed > min(left, LARGEST_BYTES):
        return False
    _left.bytes = None if _left.bytes is None else left - needed
    return True
