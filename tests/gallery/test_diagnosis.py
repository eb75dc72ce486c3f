"""What the rules say of the recorded Runs of the gallery: the planted fault first, and nothing of the healthy.

Every case is judged, every time; `test_trained.py` trains some. The figures of all are printed by
`benchmarks/rules.py`.
"""

from __future__ import annotations

from functools import cache

import pytest

import gallery
from gallery.diagnosed import judged
from gallery.expected import HALVES, check_blind, check_forum, check_healthy, check_sick, forum, named
from gallery.recording import Recordings

recordings = Recordings()


@cache
def run_of(name):
    try:
        return recordings.run(gallery.find(name))
    except FileNotFoundError as error:
        pytest.fail(str(error), pytrace=False)


@cache
def verdict(name):
    return judged(gallery.find(name), run_of(name))


@pytest.mark.parametrize("case", **named([*gallery.sick("frozen"), *gallery.sick("own")]))
def test_the_planted_fault_is_named_first(case):
    assert verdict(case.name).named[:1] == (case.fault,)


@pytest.mark.parametrize("case", **named([*(each for half in (*HALVES, "blind") for each in gallery.healthy(half))]))
def test_a_healthy_case_has_no_fault(case):
    assert verdict(case.name).named == ()


@pytest.mark.parametrize("case", **named(forum()[1]))
def test_a_healthy_case_from_forums_has_no_fault(case):
    assert verdict(case.name).named == ()


@pytest.mark.parametrize("half", HALVES)
def test_few_faults_are_named_together(half):
    check_sick([verdict(each.name) for each in gallery.sick(half)])


@pytest.mark.parametrize("half", HALVES)
def test_little_advice_is_given_on_the_healthy(half):
    check_healthy([verdict(each.name) for each in gallery.healthy(half)])


def test_the_blind_part_is_told_as_well():
    check_blind(verdict)


def test_what_is_asked_in_forums_is_told():
    check_forum(verdict)


@pytest.mark.parametrize("case", **named(gallery.every()))
def test_every_case_is_recorded(case, record_property):
    """One that is stale is no failure; the terminal says how many there are."""
    if recordings.is_stale(case, run_of(case.name)):
        record_property("stale recording", case.name)
    assert verdict(case.name).case == case.name


def test_every_recording_is_of_a_case():
    found = {path.relative_to(recordings.folder) for path in recordings.folder.rglob("*.xz")}
    assert found <= {recordings.path(each).relative_to(recordings.folder) for each in gallery.every()}
    assert recordings.keys.keys() <= {each.name for each in gallery.every()}
