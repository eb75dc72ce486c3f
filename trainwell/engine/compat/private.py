"""Look up private names of Keras and JAX, and say which one is missing.

All other modules of `compat` reach private names through `imported` and `attribute`. A version that has moved a name
raises `MissingNameError`, which says what was looked for. Optional parts catch it with `attempt` and turn themselves
off.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import logging
from typing import TYPE_CHECKING, Any, TypeVar

from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_logger = logging.getLogger("trainwell")
_said: set[tuple[str, str]] = set()
_absent: set[str] = set()
"""Names that a test takes away: their lookup fails as if the installed version had moved them."""
_REQUIRED = object()


class MissingNameError(InputError):
    """A private name that the installed Keras or JAX does not have, and that this part of trainwell needs.

    Args:
        name: the name, with the module or class that should hold it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} is missing in {_versions()}", "Install versions in the ranges that trainwell names.")


def imported(module: str, name: str) -> Any:
    """Return a name from a private module.

    Args:
        module: the module's dotted path.
        name: a name in it.

    Raises:
        MissingNameError: the installed version has no such module, or no such name in it.
    """
    full = f"{module}.{name}"
    if full in _absent:
        raise MissingNameError(full)
    return _imported(module, name)


@functools.cache
def _imported(module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise MissingNameError(f"{module}.{name}") from error


def attribute(owner: Any, name: str, default: Any = _REQUIRED) -> Any:
    """Return a private attribute of an object.

    Args:
        owner: the object.
        name: the attribute.
        default: what to return where there is no such attribute.

    Raises:
        MissingNameError: there is no such attribute, and no default.
    """
    if name not in _absent:
        try:
            return getattr(owner, name)
        except AttributeError:
            pass  # answered below, as for a name that a test takes away
    if default is _REQUIRED:
        raise MissingNameError(f"{type(owner).__name__}.{name}")
    return default


def attempt(part: str, function: Callable[[], T], otherwise: T) -> T:
    """Return `function()`, or a substitute where the installed versions lack a private name that it needs.

    The first time that a part is turned off, one line on the logger `trainwell` says so.

    Args:
        part: what is turned off, as the subject of a sentence.
        function: the optional part.
        otherwise: the substitute.
    """
    try:
        return function()
    except MissingNameError as missing:
        if (part, missing.name) not in _said:
            _said.add((part, missing.name))
            _logger.warning("trainwell: %s is turned off, because %s.", part, missing.message)
        return otherwise


def _versions() -> str:
    found = []
    for distribution in ("keras", "keras-nightly", "jax"):
        try:
            found.append(f"{distribution} {importlib.metadata.version(distribution)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return " with ".join(found)
