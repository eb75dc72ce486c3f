"""Which remedies there are: every file of the families' folders, by name."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING

import trainwell.remedies as package
from trainwell.errors import InputError
from trainwell.rule import FAMILIES

if TYPE_CHECKING:
    from trainwell.remedies.remedy import Remedy


@functools.cache
def all_remedies() -> dict[str, Remedy]:
    """All remedies by name."""
    found: dict[str, Remedy] = {}
    for family in FAMILIES:
        home = importlib.import_module(f"{package.__name__}.{family}")
        for entry in pkgutil.iter_modules(home.__path__):
            module = importlib.import_module(f"{home.__name__}.{entry.name}")
            made = getattr(module, entry.name)
            found[made.name] = made
    return dict(sorted(found.items()))


def find_remedy(name: str) -> Remedy:
    """The remedy of that name.

    Raises:
        InputError: there is none.
    """
    found = all_remedies().get(name.strip().lower().replace("_", "-"))
    if found is None:
        raise InputError(f"There is no remedy {name!r}.", f"There are: {', '.join(all_remedies())}.")
    return found
