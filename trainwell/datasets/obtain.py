"""One thing from several sources: they are tried in order, and where all fail one error names each.

A source is a function that gives the thing or raises `SourceFailedError` with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

Arrays = dict[str, "np.ndarray"]
"""The arrays of a source by name: `x_train`, `y_train`, `x_test`, `y_test`."""


class SourceFailedError(Exception):
    """A source that could not give what was asked of it.

    Args:
        reason: why, half a sentence.
        absent: there was simply nothing there, so that the failure is not worth a note when another source works.
    """

    def __init__(self, reason: str, *, absent: bool = False) -> None:
        self.reason = reason
        self.absent = absent
        super().__init__(reason)


class Source(NamedTuple):
    """Where something may come from.

    Args:
        name: what it is called in notes and messages, such as `"our cache"`.
        give: gives the arrays, or raises `SourceFailedError`.
    """

    name: str
    give: Callable[[], Arrays]


def obtain(what: str, sources: Sequence[Source], hint: str) -> tuple[Arrays, list[str]]:
    """The arrays from the first source that has them, and what is to be said about it.

    Args:
        what: what is wanted, for notes and messages.
        sources: where it may come from, tried in this order.
        hint: what to do where none has it.

    Raises:
        InputError: no source has it; the message names each and why it failed.

    Example:
    >>> def nowhere():
    ...     raise SourceFailedError("it is not there", absent=True)
    >>> obtain("Bread", [Source("the shelf", nowhere), Source("the oven", dict)], "Bake.")
    ({}, ['Bread comes from the oven.'])
    """
    failures: list[str] = []
    notes: list[str] = []
    for source in sources:
        try:
            arrays = source.give()
        except (SourceFailedError, OSError) as failure:  # OSError: a full disk, or a folder that may not be read
            failures.append(f"  - {source.name}: {failure}")
            if not getattr(failure, "absent", False):
                notes.append(f"{what} could not be had from {source.name}: {failure}.")
        else:
            return arrays, [*notes, f"{what} comes from {source.name}."]
    raise InputError("\n".join([f"{what} was not found and could not be fetched:", *failures]), hint)
