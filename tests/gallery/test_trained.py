"""What the rules say of cases of the gallery that are trained now, as a user's training is diagnosed.

The quick tests train a few, the heavy ones a tenth of what has no recording, the slow ones everything, and five seeds.
They must train: nothing else shows that recording still leads to the verdicts that the recorded Runs have.
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
from gallery.expected import HALVES, check_blind, check_forum, check_healthy, check_sick, named
from gallery.recording import Recordings
from trainwell.rules import all_rules

pytestmark = pytest.mark.filterwarnings("ignore")  # faults make NumPy, JAX and Keras say what they do
SEEDS = (0, 1, 2, 3, 4)
PARTS = 10
FEW = (  # one of each family, and a healthy one of each half: small ones
    "wine-raw-columns",
    "cancer-softmax-on-one-unit",
    "cancer-logarithm-inside",
    "digits-adam-millionth",
    "own-diabetes-by-heart",
    "digits-dense",
    "own-wine-hot",
)


@cache
def verdict(name, seed=0):
    return diagnosed(gallery.find(name), seed)


def test_the_few_are_of_every_family_and_healthy_of_both_halves():
    sick = {gallery.find(each).fault for each in FEW} - {None}
    families = {rule.family for rule in all_rules() if rule.name in sick}
    assert families == {rule.family for rule in all_rules()}
    assert {gallery.find(each).half for each in FEW if gallery.find(each).fault is None} == set(HALVES)


@pytest.mark.parametrize("name", FEW)
def test_a_few_cases(name):
    assert verdict(name).is_right


def part():
    """Return which part of the cases without a recording this commit trains; the first one outside a checkout."""
    if chosen := os.environ.get("TRAINWELL_GALLERY_PART"):
        return int(chosen) % PARTS
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return int(subprocess.run(git, capture_output=True, check=True, text=True).stdout, 16) % PARTS
    except (OSError, subprocess.CalledProcessError):
        return 0


def without_recording():
    """Return some of the cases of both halves whose Runs were never recorded, other ones with each commit."""
    cases = [*gallery.sick("frozen"), *gallery.sick("own"), *gallery.healthy("frozen"), *gallery.healthy("own")]
    return [each for each in cases if not Recordings().holds(each)][part() :: PARTS]


@pytest.mark.heavy
@pytest.mark.parametrize("case", **named(without_recording()))
def test_a_tenth_of_the_cases_without_a_recording(case):
    assert verdict(case.name).is_right


@pytest.mark.slow
@pytest.mark.parametrize("half", HALVES)
def test_every_sick_case(half):
    check_sick([verdict(each.name) for each in gallery.sick(half)])


@pytest.mark.slow
@pytest.mark.parametrize("half", HALVES)
def test_every_healthy_case(half):
    check_healthy([verdict(each.name) for each in gallery.healthy(half)])


@pytest.mark.slow
def test_the_blind_part():
    check_blind(verdict)


@pytest.mark.slow
def test_the_forum_part():
    check_forum(verdict)


@pytest.mark.slow
@pytest.mark.parametrize("half", HALVES)
def test_the_verdict_does_not_hang_on_the_seed(half):
    same = []
    for case in gallery.sick(half) + gallery.healthy(half):
        found = [verdict(case.name, seed).named[:1] for seed in SEEDS]
        usual = Counter(found).most_common(1)[0][0]
        same += [each == usual for each in found]
    assert np.mean(same) >= 0.95
