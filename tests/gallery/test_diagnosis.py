"""What the rules say of the recorded Runs of the gallery: the planted fault first, and nothing of the healthy.

Every recorded case is judged, every time; `test_trained.py` trains some, and a tenth of those without a recording. The
figures of all are printed by `benchmarks/rules.py`.
"""

from __future__ import annotations

from functools import cache

import pytest

import gallery
from gallery.diagnosed import judged
from gallery.expected import HALVES, check_healthy, check_sick, forum, named
from gallery.recording import Recordings

recordings = Recordings()


@cache
def verdict(name):
    return judged(gallery.find(name), recordings.run(gallery.find(name)))


def recorded(cases):
    """Arguments of `pytest.mark.parametrize` for those of some cases that are recorded."""
    return named(each for each in cases if recordings.holds(each))


def kept(cases):
    return [verdict(each.name) for each in cases if recordings.holds(each)]


@pytest.mark.parametrize("case", **recorded([*gallery.sick("frozen"), *gallery.sick("own")]))
def test_the_planted_fault_is_named_first(case):
    assert verdict(case.name).is_right, verdict(case.name).named


HEALTHY = [*(each for half in (*HALVES, "blind") for each in gallery.healthy(half)), *forum()[1]]


@pytest.mark.parametrize("case", **recorded(HEALTHY))
def test_a_healthy_case_has_no_fault(case):
    assert verdict(case.name).named == ()


@pytest.mark.parametrize("half", HALVES)
def test_few_faults_are_named_together(half):
    check_sick(kept(gallery.sick(half)))


@pytest.mark.parametrize("half", HALVES)
def test_little_advice_is_given_on_the_healthy(half):
    check_healthy(kept(gallery.healthy(half)))


@pytest.mark.parametrize("case", **named(gallery.every()))
def test_what_is_recorded_of_every_case(case, record_property):
    """One without a recording, or with a stale one, is no failure; the terminal says how many there are."""
    if not recordings.holds(case):
        record_property("missing recording", case.name)
        return
    if recordings.is_stale(case):
        record_property("stale recording", case.name)
    assert verdict(case.name).case == case.name


def test_every_recording_is_of_a_case():
    found = {path.relative_to(recordings.folder) for path in recordings.folder.rglob("*.xz")}
    assert len(found) > 40
    assert found <= {recordings.path(each).relative_to(recordings.folder) for each in gallery.every()}
    assert recordings.keys.keys() <= {each.name for each in gallery.every()}
