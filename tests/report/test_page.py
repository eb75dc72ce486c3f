import base64
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

from trainwell.errors import InputError
from trainwell.report.page import render_page
from trainwell.report.samples import Sample
from trainwell.run import Run

VOID = {"meta", "img", "source", "br"}
NASTY = "<script>alert(1)</script> & $x_1$"


class Page(HTMLParser):
    """Reads a page as a browser would: tags in balance, attributes and text apart."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.text, self.headings = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)
        if "style" not in self.open:
            self.text.append(data)

    def images(self):
        return [attributes for tag, attributes in self.tags if tag == "img"]


def picture(size=28, channels=()):
    return np.arange(size * size * (channels[0] if channels else 1), dtype=np.uint8).reshape(size, size, *channels)


def test_a_whole_run_fills_every_section(run):
    page = Page(render_page(run, [Sample(picture(), None, "cat", "dog", 0.93, None, "image 7")]))
    assert page.headings == [
        "Learning curves",
        "What was taken for what",
        "Recall by class",
        "The worst errors",
        "The model",
        "The data",
        "How it was trained",
        "To train it again",
        "To predict with it",
    ]


@pytest.mark.heavy
def test_a_regression_shows_how_far_off_it_is(regression):
    sample = Sample(None, {"age": "40"}, "51", "184", None, 133.0, "row 62")
    page = Page(render_page(regression, [sample]))
    assert "How far off the predictions are" in page.headings
    assert "What was taken for what" not in page.headings
    text = "".join(page.text)
    assert "row 62" in text
    assert "133" in text


@pytest.mark.parametrize(
    "missing", ["source", "data", "model", "compile", "fit", "result", "seeds", "versions", "machine"]
)
@pytest.mark.parametrize("kind", ["run", "regression"])
def test_missing_facts_never_break_the_page(kind, missing, request):
    run = request.getfixturevalue(kind)
    setattr(run, missing, type(getattr(run, missing))())
    run.signals = {}  # drawing takes its time and is tested apart
    run.result.confusion = []
    assert "To predict with it" in Page(render_page(run)).headings


def test_an_interrupted_run_has_fewer_sections(interrupted):
    page = Page(render_page(interrupted))
    assert "Learning curves" in page.headings
    assert "Recall by class" not in page.headings
    assert "interrupted by Ctrl-C" in "".join(page.text)


def test_an_empty_run_has_a_page():
    assert Page(render_page(Run())).headings == ["To predict with it"]


def test_names_are_text_wherever_they_stand(run):
    run.signals = {}
    run.source.name = f"{NASTY}"
    run.data.notes = [NASTY]
    run.model.layers[0].name = NASTY
    run.fit.stopped = NASTY
    samples = [
        Sample(picture(), None, NASTY, NASTY, 0.5, None, f'"{NASTY}'),
        Sample(None, {NASTY: NASTY}, NASTY, NASTY, None, 1.0, NASTY),
    ]
    html = render_page(run, samples)
    page = Page(html)
    assert "<script" not in html
    assert "script" not in {tag for tag, _ in page.tags}
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "".join(page.text).count("<script>alert(1)</script> & $x_1$") >= 8


def test_nothing_is_loaded_from_elsewhere(run):
    html = render_page(run, [Sample(picture(), None, "cat", "dog", 0.93, None, "image 7")])
    assert "http:" not in html
    assert "https:" not in html
    assert "@import" not in html
    assert "url(" not in html
    for _, attributes in Page(html).tags:
        for name in ("src", "srcset", "href"):
            assert (attributes.get(name) or "data:").startswith("data:")


def test_scripts_and_network_are_forbidden_by_the_page_itself(run):
    run.signals = {}
    policies = [
        attributes for tag, attributes in Page(render_page(run)).tags if tag == "meta" and "http-equiv" in attributes
    ]
    assert policies[0]["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@pytest.mark.heavy
def test_every_figure_stands_in_both_styles_with_words_for_those_who_do_not_see(run):
    page = Page(render_page(run))
    dark = [attributes for tag, attributes in page.tags if tag == "source"]
    assert len(dark) == len(page.images()) == 5
    for one, other in zip(dark, page.images(), strict=True):
        assert b"#14171c" in base64.b64decode(one["srcset"].partition(",")[2])
        assert b"#ffffff" in base64.b64decode(other["src"].partition(",")[2])
        assert len(other["alt"]) > 20


def test_small_pictures_keep_their_pixels_and_large_ones_are_scaled_down(run):
    samples = [
        Sample(picture(), None, "cat", "dog", 0.93, None, "small"),
        Sample(picture(300, (3,)), None, "cat", "dog", 0.93, None, "large"),
        Sample(picture(20, (1,)), None, "cat", "dog", None, None, "one channel"),
    ]
    run.signals = {}
    small, large, grey = [image for image in Page(render_page(run, samples)).images() if "class" in image]
    assert [small["class"], large["class"], grey["class"]] == ["small", "large", "small"]
    header = base64.b64decode(large["src"].partition(",")[2])[16:24]
    assert int.from_bytes(header[:4], "big") == 256


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4)), np.zeros((4, 4, 4), np.uint8), np.zeros(4, np.uint8), np.zeros((0, 4), np.uint8)]
)
def test_a_picture_of_another_kind_is_named(run, wrong):
    run = Run(source=run.source)
    with pytest.raises(InputError, match="The picture of sample 'image 7' must be uint8"):
        render_page(run, [Sample(wrong, None, "cat", "dog", 0.9, None, "image 7")])


def test_a_training_that_diverged_says_so_in_the_first_paragraph(run):
    run.signals, run.fit.diverged = {}, True
    html = render_page(run)
    assert '<p class="verdict">The training diverged: its loss became NaN or infinite.' in html


def test_control_characters_are_cleaned_in_notes_too(run):
    run.signals, run.data.notes = {}, ["3 classes: \x1b[31mred\x07"]
    html = render_page(run)
    assert "\x1b" not in html
    assert "\x07" not in html


def test_one_more_class_is_singular(run_of):
    run = run_of([f"class number {number}" for number in range(21)])
    run.signals, run.result.confusion = {}, []
    assert "1 more class<" in render_page(run)


@pytest.mark.heavy
def test_wide_tables_stand_in_a_box_of_their_own(run):
    run.signals = {}
    row = {f"a_rather_long_column_name_{number}": "0.1234" for number in range(12)}
    html = render_page(run, [Sample(None, row, "cat", "dog", 0.9, None, "row 1")])
    assert '<div class="scroll" tabindex="0"><table class="many">' in html


def test_neither_person_nor_folder_is_named(run):
    run.signals = {}
    html = render_page(run)
    assert "someone" not in html
    assert "/home" not in html


def test_many_classes_are_folded(run_of):
    run = run_of([f"class number {number}" for number in range(30)])
    run.signals, run.result.confusion = {}, []
    html = render_page(run)
    assert "10 more classes" in html
    Page(html)


@pytest.mark.heavy
def test_the_same_run_gives_the_same_page(run):
    run.signals = {name: run.signals[name] for name in ("train/loss",)}
    assert render_page(run) == render_page(run)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_browser_draws_the_page(run, tmp_path):
    (tmp_path / "report.html").write_text(render_page(run), encoding="utf-8")
    command = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=2000",
        "--dump-dom",
        (tmp_path / "report.html").as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert re.search(r"<h1>\s*pets\s*</h1>", done.stdout)
    assert "Content Security Policy" not in done.stderr
