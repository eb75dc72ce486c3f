"""A comparison on a terminal, as a page, as figures and as JSON."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console

from trainwell.errors import InputError
from trainwell.report.comparison.page import render_page
from trainwell.report.comparison.terminal import print_comparison
from trainwell.report.comparison.wording import done, names, rule, score, standing, verdict
from trainwell.report.figures.comparison import plates
from trainwell.report.figures.comparison.curves import _spaced, _stretching, curves
from trainwell.report.figures.comparison.scores import _frame
from trainwell.report.figures.saving import encode
from trainwell.report.palette import DARK

VOID = {"meta", "img", "source", "br"}


class Page(HTMLParser):
    """Reads a page as a browser would: tags in balance, text apart."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.images, self.text = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.images.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


def printed(comparison, width=80, encoding="utf-8"):
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_comparison(comparison, Console(file=file, width=width, highlight=False), "runs/digits-optimizer")
    file.seek(0)
    return file.read()


def test_the_verdict_names_every_standing(comparison):
    words = verdict(comparison())
    assert words.startswith("nadam came out best: validation accuracy 8")
    assert words.endswith("Within the noise is adam. Beyond it, and worse, is sgd. lion diverged.")


def test_a_comparison_that_only_diverged_says_so(comparison, outcome):
    lost = comparison([outcome("sgd", 0.5, "diverged"), outcome("lion", 0.5, "diverged")])
    assert verdict(lost) == "All optimizers diverged."
    Page(render_page(lost))
    assert plates(lost) == []
    assert "diverged" in printed(lost)


def test_the_table_holds_the_numbers_within_80_columns(comparison):
    found = comparison()
    text = printed(found)
    assert max(map(len, text.splitlines())) <= 80
    row = next(line for line in text.splitlines() if line.startswith("sgd"))
    best, worse = found.outcomes[0], found.outcomes[2]
    assert f"{100 * worse.mean:.2f}%" in row
    assert row.endswith("4.00  worse")
    assert f"{100 * np.median(worse.curves[:, 0]):.2f}%" in row
    assert next(line for line in text.splitlines() if line.startswith("nadam  ")).endswith("best")
    assert f"{100 * np.std(best.scores, ddof=1):.2f}" in text
    assert "0.0021*" in next(line for line in text.splitlines() if line.startswith("lion"))


def test_the_longest_names_still_fit(comparison, outcome):
    seconds = {"seconds": 599.0}
    rows = [
        outcome("hard_sigmoid_of_a_longer_name", 0.89, "best"),
        outcome("self-normalizing", 0.1, "worse", behind=0.79),
    ]
    rows = [replace(row, **seconds) for row in rows]
    lines = printed(comparison(rows)).splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.endswith("worse") and line.startswith("self-normalizing") for line in lines), "on one line"
    errors = [outcome("he_normal", 12_345.0, "best", spread=10), outcome("elu", 54_321.0, "worse", behind=41_976.0)]
    assert max(map(len, printed(comparison(errors, metric="mae")).splitlines())) <= 80


def test_a_terminal_without_these_characters_gets_plainer_ones(comparison):
    assert "accuracy   +/-  epoch 1" in printed(comparison(), encoding="ascii")


def test_what_is_not_covered_is_said(comparison):
    text = " ".join(printed(comparison(left_out=("muon",))).split())
    assert "seeds vary the first weights and the order of the rows, not the data" in text
    assert "test part was not looked at" in text
    assert "at 5% / 2" in text, "three were tested, one of them the best"
    assert "Stopped by Ctrl-C before: muon." in text
    assert rule(comparison()) in text


def test_scores_by_kind_and_decimals_by_rows(comparison):
    many = comparison()
    few = comparison()
    few.rows["validation"] = 300
    assert (score(0.88914, many), score(0.88914, few)) == ("88.91%", "88.9%")
    assert score(float("nan"), many) == "–"


@pytest.mark.parametrize(
    ("best", "value", "words"),
    [(46.762, 53.8, "53.80"), (4.6, 5.12345, "5.123"), (12_345.6, 123_456.7, "123,457"), (1.2e-9, 3.4e-9, "3.4e-9")],
)
def test_errors_have_four_digits_of_the_best_ones(comparison, outcome, best, value, words):
    found = comparison([outcome("one", best, "best", spread=0.0)], metric="mae")
    assert score(value, found) == words


def test_standing_in_words(comparison, outcome):
    partly = outcome("lion", 0.5, "diverged")
    partly.scores[0] = 0.4
    assert standing(partly, comparison()) == "diverged from 2 seeds"
    assert standing(outcome("sgd", 0.8, "worse", behind=0.04), comparison()) == "worse, by 2.00 or more"
    assert done(partly, "accuracy").startswith("lion: diverged from 2 of 3 seeds")
    assert re.match(
        r"nadam: accuracy 0\.8\d+ ± 0\.\d+ at a rate of 0\.0021, in 12 s",
        done(outcome("nadam", 0.89, "best"), "accuracy"),
    )


def test_many_names_are_cut_short(outcome):
    assert names([outcome(letter, 0.5, "worse") for letter in "abcdefgh"]) == "a, b, c, d, e, f and 2 more"
    assert names([outcome("a", 0.5, "worse"), outcome("b", 0.5, "worse")]) == "a and b"


def test_the_page_is_whole_loads_nothing_and_escapes_names(comparison):
    html = render_page(comparison(source="<script>alert(1)</script>"))
    page = Page(html)
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert "http:" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", html)
    assert [image["src"].startswith("data:image/svg+xml") for image in page.images] == [True, True]
    assert all(len(image["alt"]) > 20 for image in page.images), "what is seen is told, too"
    text = " ".join(page.text)
    for words in ("nadam in words", "worse, by 2.00 or more", "A note.", "3.15.1", "diverged"):
        assert words in text


def test_schedules_get_a_figure_of_their_rates(comparison, outcome):
    made = [outcome("constant", 0.89, "best", rates=5), outcome("1cycle", 0.88, "within the noise", rates=300)]
    found = comparison(made, over="schedule")
    assert [plate.name for plate in plates(found)] == ["scores", "curves", "rates"]
    assert len(Page(render_page(found)).images) == 3


def test_one_epoch_has_no_curve(comparison, outcome):
    found = comparison(
        [outcome("a", 0.9, "best", epochs=1), outcome("b", 0.8, "worse", epochs=1, behind=0.1)], epochs=1
    )
    assert [plate.name for plate in plates(found)] == ["scores"]
    assert "epoch 1" not in printed(found).splitlines()[5]


@pytest.mark.parametrize(
    ("values", "metric"),
    [
        ([0.9, 0.89, 0.1], "accuracy"),
        ([1.0, 1.0, 1.0], "accuracy"),
        ([40.0, 45.0, 900.0], "mae"),
        ([0.5, 0.5, 0.5], "mae"),
    ],
)
def test_every_figure_is_drawn_for_odd_numbers_too(comparison, outcome, values, metric):
    standings = ("best", "within the noise", "worse")
    made = [
        outcome(name, value, standing, spread=0.0, behind=abs(value - values[0]))
        for name, value, standing in zip(("one", "$x$", "three"), values, standings, strict=True)
    ]
    for plate in plates(comparison(made, metric=metric)):
        assert encode(plate.draw(DARK), "svg").startswith(b"<?xml")


def test_epochs_that_were_not_trained_end_the_line(comparison, outcome):
    short = outcome("early", 0.89, "within the noise")
    short.curves[:, 3:] = np.nan
    found = comparison([outcome("none", 0.9, "best"), short])
    assert encode(next(plate for plate in plates(found) if plate.name == "curves").draw(DARK))


def test_what_is_far_behind_leaves_the_frame_of_the_scores(comparison, outcome):
    made = [
        outcome("a", 0.9, "best"),
        outcome("b", 0.895, "within the noise", behind=0.005),
        outcome("c", 0.89, "within the noise", behind=0.01),
        outcome("d", 0.1, "worse", behind=0.8),
    ]
    low, high, far = _frame(comparison(made))
    assert far == {"d"}
    assert 0.8 < low < high < 1


def test_an_accuracy_of_one_has_a_place(comparison):
    stretch, least = _stretching(comparison())
    assert least == 0.5 / 5000
    np.testing.assert_allclose(stretch(np.array([0.9, 0.99, 1.0])), [1.0, 2.0, 4.0])


def test_labels_keep_their_distance_and_their_order():
    placed = _spaced([0.1, 0.11, 0.12, 0.9], 0.1)
    assert np.diff(placed).min() >= 0.1 - 1e-9
    assert placed[3] == 0.9
    assert np.mean(placed[:3]) == pytest.approx(0.11)
    assert max(_spaced([0.99, 1.0], 0.1)) <= 1.0


def test_a_figure_by_name(comparison):
    assert comparison().figure("curves", "dark").get_facecolor() is not None
    with pytest.raises(InputError, match="no figure 'curve'") as caught:
        comparison().figure("curve")
    assert "scores, curves" in caught.value.hint
    with pytest.raises(InputError, match="'blue'"):
        comparison().figure("scores", "blue")


def test_json_is_strict_and_says_its_schema(comparison):
    document = json.loads(json.dumps(comparison().to_json(), allow_nan=False))
    assert (document["schema"], document["schema_version"]) == ("trainwell/compare", 1)
    first, *_, last = document["outcomes"]
    assert (first["choice"], first["standing"], len(first["curves"])) == ("nadam", "best", 3)
    assert first["mean"] == pytest.approx(np.mean(first["scores"]))
    assert last["scores"] == [None] * 3
    assert last["diverged"] == 3


@pytest.mark.parametrize(("start", "end"), [(0.84, 0.88), (0.2, 0.99), (0.9711, 0.9755)])
def test_curves_of_any_range_have_round_ticks(comparison, outcome, start, end):
    made = outcome("a", end, "best", spread=0.0, start=start / end)
    sheet = curves(comparison([made, outcome("b", end, "within the noise", spread=0.0, start=start / end)]))
    (axes,) = sheet.axes
    low, high = axes.get_ylim()
    inside = [tick for tick in axes.get_yticks() if low <= tick <= high]
    assert 4 <= len(inside) <= 12
    words = [axes.yaxis.get_major_formatter()(tick, 0) for tick in inside]
    assert len(set(words)) == len(words)
    for tick, word in zip(inside, words, strict=True):
        assert 1 - 10**-tick == pytest.approx(float(word.removesuffix("%")) / 100)
