"""The catalogue of rules: every file of the families' folders, and those that users registered."""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING

import trainwell.rules as package
from trainwell.errors import InputError
from trainwell.registry import RULES
from trainwell.rule import FAMILIES, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable


@functools.cache
def own_rules() -> tuple[Rule, ...]:
    """Return the package's own rules, sorted by id.

    Example:
    >>> [rule.name for rule in own_rules()][:2]
    ['unscaled-inputs', 'unscaled-target']
    """
    found: list[Rule] = []
    for family in FAMILIES:
        home = importlib.import_module(f"{package.__name__}.{family}")
        for entry in pkgutil.iter_modules(home.__path__):
            module = importlib.import_module(f"{home.__name__}.{entry.name}")
            found.append(getattr(module, entry.name))
    return tuple(sorted(found, key=lambda rule: rule.id))


def all_rules() -> tuple[Rule, ...]:
    """Return the package's own rules and the registered ones, sorted by id."""
    return tuple(sorted((*own_rules(), *RULES), key=lambda rule: rule.id))


def find_rule(name: str) -> Rule:
    """Return the rule of that id or name.

    Raises:
        InputError: there is none; the nearest ones are named.
    """
    wanted = name.strip()
    for rule in all_rules():
        if wanted.upper() == rule.id or wanted.lower().replace("_", "-") == rule.name:
            return rule
    raise _unknown(name)


def selected(selectors: Iterable[str] | str) -> tuple[Rule, ...]:
    """Return the rules that selectors mean: `"all"`, an id, the beginning of an id (`"TW2"`), a name or a family.

    Raises:
        InputError: a selector means no rule.

    Example:
    >>> {rule.family for rule in selected(["TW2"])}
    {'gradients'}
    """
    given = [selectors] if isinstance(selectors, str) else list(selectors)
    found: set[str] = set()
    for selector in given:
        meant = {
            rule.id
            for rule in all_rules()
            if selector in {"all", rule.family} or rule.is_named_by(selector.upper()) or rule.name == selector
        }
        if not meant:
            raise _unknown(selector)
        found |= meant
    return tuple(rule for rule in all_rules() if rule.id in found)


def _unknown(name: str) -> InputError:
    known = [*(rule.name for rule in all_rules()), *(rule.id for rule in all_rules())]
    near = difflib.get_close_matches(str(name), known, n=3)
    hint = f"Did you mean {', '.join(near)}?" if near else "`trainwell rules` lists them."
    return InputError(f"There is no rule {name!r}.", hint)
