"""One page that loads nothing, and the files beside it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from trainwell.report.palette import DARK, LIGHT
from trainwell.reproduce.comparison import compare
from trainwell.reproduce.figures import describe, plate
from trainwell.reproduce.page import render_page, verdict
from trainwell.reproduce.reproduce import Reproduction
from trainwell.reproduce.written import write_page


@pytest.fixture
def found(short, made):
    inside = compare(short, made((0.5, 0.55), (0.5, 0.65), (0.4, 0.6)))
    missed = compare(replace(short, name="batch-norm", differs=("Not <b>quite</b>.",)), made((0.4, 0.7)))
    return Reproduction((inside, missed), Path("out"), {"trainwell": "0.1.0", "keras": "3.15.1"}, 360)


def test_the_page_loads_nothing_and_escapes_what_it_is_given(found):
    page = render_page(found)
    assert "<script" not in page
    assert not re.search(r'(?:src|srcset|href)="(?!data:image/svg\+xml;base64,|#)', page)
    assert "default-src 'none'" in page
    assert "Not &lt;b&gt;quite&lt;/b&gt;." in page


@pytest.mark.heavy
def test_the_page_tells_verdict_values_and_misses(found):
    page = render_page(found)
    assert "1 of 2 last printed figures lies inside the range of the seeds; 1 is a miss." in page
    assert ".5500–.6500" in page
    assert "With so few seeds" in page
    assert "50% for 3 seeds" in page


@pytest.mark.parametrize(("number", "words"), [(1, "The last printed figure lies inside"), (2, "All 2 last printed")])
def test_the_verdict_where_all_is_well(found, number, words):
    assert verdict(found.comparisons[0].finals * number).startswith(words)


def test_the_verdict_where_nothing_is_printed():
    assert verdict([]).startswith("The notes print no figure")


def test_every_figure_has_both_styles_and_words(found):
    page = render_page(found)
    assert page.count("<picture>") == page.count('media="screen and (prefers-color-scheme: dark)"') == 2
    assert "Printed: .5000 in epoch 1, .6000 in epoch 2." in describe(found.comparisons[0])


@pytest.mark.parametrize("style", [LIGHT, DARK])
@pytest.mark.parametrize("curves", [((0.5, 0.6),), ((0.5, 0.5), (0.5, 0.5)), ((0.1,), (0.3,))])
def test_curves_are_drawn_for_one_seed_one_epoch_and_equal_values(short, made, style, curves):
    axes = plate(compare(replace(short, printed={}), made(*curves))).draw(style).axes[0]
    low, high = axes.get_ylim()
    assert low < min(map(min, curves)) <= max(map(max, curves)) < high


def test_with_transfer_the_two_stages_are_marked(short, made):
    drawn = plate(compare(replace(short, head_epochs=1), made((0.5, 0.6)))).draw(LIGHT)
    words = [text.get_text() for text in drawn.axes[0].texts]
    assert {"head alone", "all layers"} <= set(words)


def test_page_and_pictures_are_written(found, tmp_path):
    page = write_page(replace(found, folder=tmp_path))
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["batch_norm.png", "leaky_relu.png"]
