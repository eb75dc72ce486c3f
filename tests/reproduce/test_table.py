"""What stands on a terminal of 80 columns, and in JSON."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from trainwell.reproduce.comparison import compare
from trainwell.reproduce.experiments import EXPERIMENTS
from trainwell.reproduce.reproduce import Reproduction
from trainwell.reproduce.table import (
    accuracy,
    comparisons_json,
    experiments_json,
    misses,
    print_comparisons,
    print_list,
)


@pytest.fixture
def found(short, made):
    """One figure inside, one missed, one experiment without printed figures."""
    inside = compare(short, made((0.5, 0.55), (0.5, 0.65), (0.4, 0.6)))
    missed = compare(
        replace(short, name="batch-norm", explanation="The reason."), made((0.4, 0.7), (0.5, 0.65), (0.5, 0.61))
    )
    unprinted = compare(replace(short, name="elu-dropout", printed={}), made((0.4, 0.75)))
    return Reproduction((inside, missed, unprinted), Path("out"), {"keras": "3.15.1"}, 360)


def printed(found, **how):
    file = io.StringIO()
    print_comparisons(found, Console(file=file, width=80, highlight=False), **how)
    return file.getvalue()


def test_the_final_figures_stand_first_with_their_judgement(found):
    lines = printed(found).splitlines()
    assert lines[4].split() == ["leaky-relu", ".6000", ".6000", ".5500–.6500", "3", "inside"]
    assert lines[5].split() == ["batch-norm", ".6000", ".6500", ".6100–.7000", "3", "MISS:", "0.0100", "below"]
    assert lines[6].split() == ["elu-dropout", "–", ".7500", ".7500", "1", "none", "printed"]


def test_lines_fit_80_columns(found):
    assert max(map(len, printed(found, written="out/reproduction.html").splitlines())) <= 80


def test_a_miss_is_explained(found):
    (line,) = misses(found.comparisons)
    assert line == (
        "batch-norm, validation, epoch 2: .6000 is printed, 0.0100 below the range .6100–.7000 of 3 seeds. The reason."
    )
    assert "Misses" in printed(found)


def test_a_miss_without_an_explanation_says_so(short, made):
    missed = compare(short, made((0.4, 0.7), (0.5, 0.65), (0.5, 0.61)))
    assert misses([missed])[0].endswith("No explanation was found.")


def test_few_seeds_are_told_to_be_few(short, made):
    missed = compare(replace(short, explanation="The reason."), made((0.4, 0.7), (0.5, 0.65)))
    assert "lies outside in 67% of cases: 3 seeds tell more." in misses([missed])[0]


def test_json_is_plain_and_whole(found):
    document = json.loads(json.dumps(comparisons_json(found), allow_nan=False))
    assert (document["schema"], document["schema_version"]) == ("trainwell/reproduce", 1)
    first, second, third = document["experiments"]
    assert first["finals"][0]["inside"] is True
    assert second["epochs"][1]["values"] == [0.7, 0.65, 0.61]
    assert third["finals"][0]["printed"] is None


def test_the_list_names_every_experiment_and_its_printed_figures():
    file = io.StringIO()
    print_list(list(EXPERIMENTS.values()), Console(file=file, width=80, highlight=False))
    text = file.getvalue()
    assert all(name in text for name in EXPERIMENTS)
    assert "printed .9692, .9915, .7160" in " ".join(text.split())
    assert text.count("none printed") == 3
    listed = experiments_json(list(EXPERIMENTS.values()))
    assert [each["name"] for each in listed["experiments"]] == list(EXPERIMENTS)


@pytest.mark.parametrize(("value", "words"), [(0.828, ".8280"), (1.0, "1.0000"), (0.0, ".0000"), (None, "")])
def test_accuracies_are_written_as_in_the_notes(value, words):
    assert accuracy(value) == words
