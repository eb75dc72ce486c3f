"""The catalogue of remedies: every file of the families' folders, and those that users registered."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING

import trainwell.remedies as package
from trainwell.errors import InputError
from trainwell.registry import REMEDIES
from trainwell.rule import FAMILIES

if TYPE_CHECKING:
    from trainwell.remedies.remedy import Remedy


@functools.cache
def own_remedies() -> dict[str, Remedy]:
    """Return the package's own remedies by name."""
    found: dict[str, Remedy] = {}
    for family in FAMILIES:
        home = importlib.import_module(f"{package.__name__}.{family}")
        for entry in pkgutil.iter_modules(home.__path__):
            module = importlib.import_module(f"{home.__name__}.{entry.name}")
            made = getattr(module, entry.name)
            found[made.name] = made
    return found


def all_remedies() -> dict[str, Remedy]:
    """Return all remedies by name: the package's own and the registered ones."""
    return dict(sorted((own_remedies() | {each.name: each for each in REMEDIES}).items()))


def find_remedy(name: str) -> Remedy:
    """Return the remedy of that name.

    Raises:
        InputError: there is none.
    """
    found = all_remedies().get(name.strip().lower().replace("_", "-"))
    if found is None:
        raise InputError(f"There is no remedy {name!r}.", f"There are: {', '.join(all_remedies())}.")
    return found
