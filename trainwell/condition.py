"""Conditions as data: thresholds joined by "and" into conjunctions, and conjunctions joined by "or" into a condition.

A rule declares its condition once. The judge, the docs, `trainwell explain` and the JSON of a finding read it:

    fault_if=RISE & APART & FELL | GAP

Nothing here knows any rule or any Run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

Direction = Literal["above", "below"]

MOST = 10.0  # the largest margin: a thousand times the threshold is no worse than two thousand
_SIGNS: dict[Direction, str] = {"above": ">", "below": "<"}


class Term:
    """A part of a condition: `&` and `|` join it with others, as "and" and "or"."""

    def as_condition(self) -> Condition:
        """Return the condition that consists of this part alone."""
        raise NotImplementedError

    def __and__(self, other: Term) -> Condition:
        pairs = [(one, two) for one in self.as_condition().conjunctions for two in other.as_condition().conjunctions]
        return Condition(tuple(dict.fromkeys(one.joined(two) for one, two in pairs)))

    def __or__(self, other: Term) -> Condition:
        both = (*self.as_condition().conjunctions, *other.as_condition().conjunctions)
        return Condition(tuple(dict.fromkeys(both)))


@dataclass(frozen=True)
class Threshold(Term):
    """A number that separates a fault from a healthy training.

    Args:
        name: unique in its rule, such as `"units"`; `TW203.units` names it from outside.
        value: the number.
        unit: unit of the number, such as `"share of units"`; `""` for a ratio.
        direction: the side on which the fault lies: `"above"` (greater than the value) or `"below"` (less).
        source: a citation, or the benchmark that calibrated the value.
    """

    name: str
    value: float
    unit: str
    direction: Direction
    source: str

    def margin(self, measured: float, limit: float | None = None) -> float:
        """Return the distance to the threshold, from -10 to 10: positive on the side of the fault.

        The distance counts doublings where the limit is positive: 1 is twice the limit. Otherwise it is the difference.
        NaN counts as the worst.

        Args:
            measured: the measured value.
            limit: a limit to use in place of `value`.

        Example:
        >>> Threshold("share", 0.25, "share", "above", "").margin(0.5)
        1.0
        """
        limit = self.value if limit is None else limit
        if math.isnan(measured):
            return MOST
        if limit > 0:
            ratio = measured / limit
            distance = math.log2(ratio) if ratio > 0 else -MOST
        else:
            distance = measured - limit
        return max(-MOST, min(MOST, distance if self.direction == "above" else -distance))

    def as_condition(self) -> Condition:
        """Return the condition that consists of this threshold alone."""
        return Condition((Conjunction(thresholds=(self,)),))


@dataclass(frozen=True)
class Circumstance(Term):
    """A yes-or-no fact that decides which conjunction applies. It has no number and therefore no margin.

    Args:
        text: the fact as a clause, such as `"the training diverged"`.
    """

    text: str

    def as_condition(self) -> Condition:
        """Return the condition that consists of this circumstance alone."""
        return Condition((Conjunction(circumstances=(self,)),))


@dataclass(frozen=True)
class Conjunction:
    """Parts of a condition that must all hold.

    Args:
        thresholds: thresholds that are always measured.
        if_measured: thresholds that count only where the training gave a measurement for them.
        circumstances: facts that must be given.
    """

    thresholds: tuple[Threshold, ...] = ()
    if_measured: tuple[Threshold, ...] = ()
    circumstances: tuple[Circumstance, ...] = ()

    def joined(self, other: Conjunction) -> Conjunction:
        """Return the conjunction of both. A threshold that one of them always measures is always measured."""
        thresholds = tuple(dict.fromkeys((*self.thresholds, *other.thresholds)))
        optional = dict.fromkeys((*self.if_measured, *other.if_measured))
        return Conjunction(
            thresholds,
            tuple(each for each in optional if each not in thresholds),
            tuple(dict.fromkeys((*self.circumstances, *other.circumstances))),
        )

    def accepts(self, measured: AbstractSet[Threshold], circumstances: AbstractSet[Circumstance]) -> bool:
        """Return True if measurements of these thresholds, under these circumstances, belong to this conjunction."""
        required = set(self.thresholds)
        return required <= measured <= required.union(self.if_measured) and circumstances == set(self.circumstances)

    def overlaps(self, other: Conjunction) -> bool:
        """Return True if the same measurements could belong to both conjunctions."""
        one, two = set(self.thresholds), set(other.thresholds)
        fit = one <= two.union(other.if_measured) and two <= one.union(self.if_measured)
        return fit and set(self.circumstances) == set(other.circumstances)

    def margin(self, values: Mapping[str, float], limits: Mapping[str, float] | None = None) -> float:
        """Return the margin of the mildest measurement: a conjunction is as bad as its mildest part.

        Args:
            values: the measured values by the names of their thresholds.
            limits: limits to use in place of the thresholds' own, by name.

        Example:
        >>> high, low = (Threshold(side, 1.0, "", side, "") for side in ("above", "below"))
        >>> (high & low).conjunctions[0].margin({"above": 8.0, "below": 0.5})
        1.0
        """
        limits = limits or {}
        measured = (*self.thresholds, *(each for each in self.if_measured if each.name in values))
        return min(each.margin(values[each.name], limits.get(each.name)) for each in measured)

    def formula(self, limits: Mapping[str, float] | None = None) -> str:
        """Return the conjunction in one line, such as `"rise > 0.2 and fell > 0.02"`.

        Args:
            limits: limits to use in place of the thresholds' own, by name.
        """
        limits = limits or {}

        def compared(each: Threshold) -> str:
            return f"{each.name} {_SIGNS[each.direction]} {limits.get(each.name, each.value):g}"

        parts = [compared(each) for each in self.thresholds]
        parts += [f"{compared(each)} (if measured)" for each in self.if_measured]
        return " and ".join([*parts, *(each.text for each in self.circumstances)])


@dataclass(frozen=True)
class Condition(Term):
    """Conjunctions of which at least one must hold.

    Args:
        conjunctions: the alternatives, each once.
    """

    conjunctions: tuple[Conjunction, ...] = ()

    def as_condition(self) -> Condition:
        """Return the condition itself."""
        return self

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """Return all thresholds in the order in which the condition names them, each once."""
        return tuple(
            dict.fromkeys(
                threshold for each in self.conjunctions for threshold in (*each.thresholds, *each.if_measured)
            )
        )

    def to_json(self) -> list[dict[str, list[str]]]:
        """Return the conjunctions as plain data: names of thresholds, and circumstances in words."""
        return [
            {
                "thresholds": [one.name for one in each.thresholds],
                "if_measured": [one.name for one in each.if_measured],
                "circumstances": [one.text for one in each.circumstances],
            }
            for each in self.conjunctions
        ]


def if_measured(threshold: Threshold) -> Condition:
    """Return a part of a conjunction that counts only where the training gave a measurement for it.

    Args:
        threshold: the threshold that may lack a measurement.

    Example:
    >>> share, loss = (Threshold(name, 0.5, "", "above", "") for name in ("share", "loss"))
    >>> (share & if_measured(loss)).conjunctions[0].margin({"share": 1.0})
    1.0
    """
    return Condition((Conjunction(if_measured=(threshold,)),))
