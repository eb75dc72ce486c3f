"""What `tw.diagnose` says of the gallery: the planted fault first, and nothing of the healthy.

The quick tests take a third of both halves at one seed, another one with each commit; `TRAINWELL_GALLERY_PART` chooses
one, from 0 to 2. The slow ones take everything, and five seeds. The figures of all are printed by
`benchmarks/rules.py`.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import gallery
from gallery.diagnosed import diagnosed

PARTS = 3
SEEDS = (0, 1, 2, 3, 4)
KERAS_SAYS = pytest.mark.filterwarnings("ignore")  # faults make NumPy, JAX and Keras say what they do
HALVES = pytest.mark.parametrize("half", ["frozen", "own"])


def part():
    """Which part of the gallery this commit takes; the first one outside a checkout."""
    if chosen := os.environ.get("TRAINWELL_GALLERY_PART"):
        return int(chosen) % PARTS
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return int(subprocess.run(git, capture_output=True, check=True, text=True).stdout, 16) % PARTS
    except (OSError, subprocess.CalledProcessError):
        return 0


@cache
def verdict(name, seed=0):
    return diagnosed(gallery.find(name), seed)


def verdicts(cases, seed=0):
    return [verdict(each.name, seed) for each in cases]


def some(cases):
    chosen = cases[part() :: PARTS]
    return {"argvalues": chosen, "ids": [each.name for each in chosen]}


@pytest.mark.parametrize("case", **some(gallery.sick("frozen") + gallery.sick("own")))
@KERAS_SAYS
def test_some_planted_faults_are_named_first(case):
    assert verdict(case.name).named[:1] == (case.fault,)


@pytest.mark.parametrize("case", **some(gallery.healthy("frozen") + gallery.healthy("own")))
@KERAS_SAYS
def test_some_healthy_cases_have_no_fault(case):
    assert verdict(case.name).named == ()


@pytest.mark.slow
@HALVES
@KERAS_SAYS
def test_the_planted_fault_is_named(half):
    found = verdicts(gallery.sick(half))
    assert np.mean([each.is_right for each in found]) >= 0.95
    assert [each.case for each in found if each.planted not in each.named] == []
    assert np.mean([len(each.named) for each in found]) <= 1.5


@pytest.mark.slow
@HALVES
@KERAS_SAYS
def test_nothing_is_named_on_the_healthy(half):
    found = verdicts(gallery.healthy(half))
    assert [(each.case, each.named) for each in found if each.named] == []
    assert np.mean([len(each.advice) for each in found]) <= 1


@pytest.mark.slow
@KERAS_SAYS
def test_the_blind_part_is_told_as_well():
    found = verdicts(gallery.sick("blind"))
    assert np.mean([each.is_right for each in found]) >= 0.95
    assert np.mean([len(each.named) for each in found]) <= 1.5
    assert [(each.case, each.named) for each in verdicts(gallery.healthy("blind")) if each.named] == []


@pytest.mark.slow
@KERAS_SAYS
def test_what_is_asked_in_forums_is_told():
    sick = gallery.sick("forum")
    twins = {each.twin for each in sick}
    healthy = [each for each in gallery.healthy("forum") if each.name not in twins]
    told = [verdict(each.name).named[:1] in {(name,) for name in (each.fault, *each.also)} for each in sick]
    assert np.mean(told) >= 0.9  # several have two defects, of which either may be named first
    assert [(each.case, each.named) for each in verdicts(healthy) if each.named] == []


@pytest.mark.slow
@HALVES
@KERAS_SAYS
def test_the_verdict_does_not_hang_on_the_seed(half):
    same = []
    for case in gallery.sick(half) + gallery.healthy(half):
        named = [verdict(case.name, seed).named[:1] for seed in SEEDS]
        usual = Counter(named).most_common(1)[0][0]
        same += [each == usual for each in named]
    assert np.mean(same) >= 0.95
