"""What is expected of the verdicts on each part of the gallery, whether its Runs are recorded or trained now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import gallery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gallery.case import Case
    from gallery.diagnosed import Verdict

HALVES = ("frozen", "own")


def named(cases: Iterable[Case]) -> dict:
    """Arguments of `pytest.mark.parametrize` for cases."""
    cases = list(cases)
    return {"argvalues": cases, "ids": [each.name for each in cases]}


def forum() -> tuple[list[Case], list[Case]]:
    """The sick of the forum part, and those of its healthy that are nobody's twin."""
    sick = gallery.sick("forum")
    twins = {each.twin for each in sick}
    return sick, [each for each in gallery.healthy("forum") if each.name not in twins]


def check_sick(found: list[Verdict]) -> None:
    """Assert what is expected of the sick cases of a half."""
    assert np.mean([each.is_right for each in found]) >= 0.95
    assert [each.case for each in found if not each.names_it] == []
    assert np.mean([len(each.named) for each in found]) <= 1.5


def check_healthy(found: list[Verdict]) -> None:
    """Assert what is expected of the healthy cases of a half."""
    check_sound(found)
    assert np.mean([len(each.advice) for each in found]) <= 1


def check_sound(found: list[Verdict]) -> None:
    """Assert that no fault is named."""
    assert [(each.case, each.named) for each in found if each.named] == []


def check_blind(verdict: Callable[[str], Verdict]) -> None:
    """Assert what is expected of the blind part.

    Args:
        verdict: on a case, by its name.
    """
    found = [verdict(each.name) for each in gallery.sick("blind")]
    assert np.mean([each.is_right for each in found]) >= 0.95
    assert np.mean([len(each.named) for each in found]) <= 1.5
    check_sound([verdict(each.name) for each in gallery.healthy("blind")])


def check_forum(verdict: Callable[[str], Verdict]) -> None:
    """Assert what is expected of the forum part, several of whose cases have two defects: either may be named first.

    Args:
        verdict: on a case, by its name.
    """
    sick, healthy = forum()
    told = [verdict(each.name).named[:1] in {(name,) for name in (each.fault, *each.also)} for each in sick]
    assert np.mean(told) >= 0.9
    check_sound([verdict(each.name) for each in healthy])
