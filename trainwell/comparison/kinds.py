"""All that `--over` can name, and how a name is looked up."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from trainwell.comparison.layers import ACTIVATION, INITIALIZER, NORMALIZATION, RECIPE
from trainwell.comparison.optimizers import OPTIMIZER
from trainwell.comparison.regularizers import REGULARIZATION
from trainwell.comparison.schedules import SCHEDULE
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trainwell.comparison.choice import Choice, Kind

KINDS = {
    kind.name: kind for kind in (ACTIVATION, INITIALIZER, OPTIMIZER, SCHEDULE, NORMALIZATION, REGULARIZATION, RECIPE)
}
_FEWEST = 2


def find_kind(name: str) -> Kind:
    """What to vary, by its name.

    Raises:
        InputError: there is none of that name.
    """
    if name in KINDS:
        return KINDS[name]
    raise InputError(
        f"There is nothing called {name!r} to compare over.",
        f"{_close(name, KINDS)}--over takes one of: {', '.join(KINDS)}.",
    )


def find_choices(kind: Kind, names: Sequence[str] | None) -> list[Choice]:
    """The choices of those names, in their order; the usual ones where none are named.

    Raises:
        InputError: one is unknown or named twice, or there are fewer than two.
    """
    if names is None:
        names = kind.usual
    for name in names:
        if name not in kind.choices:
            raise InputError(
                f"There is no {kind.name} {name!r} to compare.",
                f"{_close(name, kind.choices)}--choices takes some of: {', '.join(kind.choices)}.",
            )
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise InputError(f"--choices names {twice!r} more than once.", "Name each choice once.")
    if len(names) < _FEWEST:
        raise InputError(
            f"--choices names {', '.join(names) or 'nothing'}, and a comparison needs at least two.",
            f"Name two or more of: {', '.join(kind.choices)}.",
        )
    return [kind.choices[name] for name in names]


def _close(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(name).lower().replace("-", "_"), list(names), n=1)
    return f"Did you mean {close[0]!r}? " if close else ""
