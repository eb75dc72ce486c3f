"""Rules and remedies of users: each is registered where it is declared, or by an installed package's entry point.

The package's own rules and remedies are not in here: they are the files of `trainwell/rules` and `trainwell/remedies`.
"""

from __future__ import annotations

import logging
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

_logger = logging.getLogger("trainwell")


class Registry:
    """Objects that users declared, each with a name of its own.

    Entry points are loaded at the first look into the registry, not at import. One that cannot be loaded is reported
    once on the logger `trainwell` and left out.

    Args:
        kind: name of what is registered, `"rule"` or `"remedy"`.
        group: group of entry points to load.
        own: folder of the package's own files, which are named as what they hold.
    """

    def __init__(self, kind: str, group: str, own: Path) -> None:
        self.kind = kind
        self.group = group
        self._own = own
        self._declared: dict[str, Any] = {}
        self._are_loaded = False

    def __iter__(self) -> Iterator[Any]:
        self._load_entry_points()
        return iter(tuple(self._declared.values()))

    def add(self, made: Any, place: str) -> None:
        """Register an object under the place where it was declared.

        A second declaration in the same place replaces the first, as when a cell of a notebook runs again.

        Args:
            made: a Rule or a Remedy.
            place: module and name of the function that it was made of.

        Raises:
            InputError: its name or id is taken.
        """
        file = next(self._own.glob(f"*/{made.name.replace('-', '_')}.py"), None)
        if file is not None:
            raise InputError(
                f"{place} declares the {self.kind} {made.name!r}, and trainwell has one of that name in "
                f"trainwell/{file.relative_to(self._own.parent).as_posix()}.",
                "Give the function another name.",
            )
        for other_place, other in self._declared.items():
            if other_place == place:
                continue
            for key in ("id", "name"):
                value = getattr(made, key, None)
                if value is not None and value == getattr(other, key, None):
                    raise InputError(
                        f"{place} and {other_place} both declare a {self.kind} with the {key} {value!r}.",
                        "Give one of them another id." if key == "id" else "Give one of the functions another name.",
                    )
        self._declared[place] = made

    def _load_entry_points(self) -> None:
        if self._are_loaded:
            return
        self._are_loaded = True  # before loading: what is loaded may look in here
        from importlib.metadata import entry_points  # noqa: PLC0415 -- slow to import, and not needed before

        for point in entry_points(group=self.group):
            try:
                found = point.load()
            except Exception as error:  # noqa: BLE001 -- a package of somebody else's may raise anything
                self._report(point, f"raised {type(error).__name__}: {error}")
            else:
                if not isinstance(found, ModuleType) and found not in self._declared.values():
                    self._report(point, f"names neither a module nor a {self.kind} made by @{self.kind}")

    def _report(self, point: EntryPoint, what: str) -> None:
        package = point.dist.name if point.dist is not None else "an unknown package"
        _logger.warning(
            "The entry point %r of %s (group %s, %s) %s. It is left out.",
            point.name,
            package,
            point.group,
            point.value,
            what,
        )


_PACKAGE = Path(__file__).parent
RULES = Registry("rule", "trainwell.rules", _PACKAGE / "rules")
REMEDIES = Registry("remedy", "trainwell.remedies", _PACKAGE / "remedies")
