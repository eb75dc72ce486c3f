import base64
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
from report.conftest import make_run as make_training
from report.diagnosis.made import SICK, judged, make_run

from trainwell.report.diagnosis.page import render_diagnosis
from trainwell.report.page import render_page
from trainwell.run import Run, Series

VOID = {"meta", "img", "source", "br"}


class Page(HTMLParser):
    """Reads a page as a browser would: tags in balance, ids, links and pictures."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.images, self.headings, self.text = [], [], [], [], [], []
        self.sources = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if tag == "a" else []
        if tag == "img":
            self.images.append(attributes)
        if tag == "source":
            self.sources.append(attributes["srcset"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)
        if "style" not in self.open:
            self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


def svg(uri):
    kind, _, data = uri.partition(";base64,")
    assert kind == "data:image/svg+xml"
    return base64.b64decode(data).decode("utf-8")


@pytest.fixture(scope="module")
def html():
    return render_diagnosis(*judged(make_run(), SICK))


@pytest.mark.heavy
def test_a_sick_training_fills_every_section(html):
    page = Page(html)
    assert page.headings == [
        "What is wrong",
        "Advice",
        "Curves",
        "Layer by layer",
        "What passed",
        "What was not measured",
        "What was left aside",
        "Model and training",
    ]
    for words in (
        "Unscaled inputs: the deviations of the columns differ by a factor of 5,210, which also explains NaN loss",
        "52 × the limit",
        "above 100",
        "NaN loss TW210",
        "The loss was NaN at 2 of the steps.",
        "normalize-inputs",
        "Because of <b>something</b>.",
        "TW302 learning rate low dense_0 rate 0.005 per step above 0.01 2 ×",
        "There is no validation data. TW401 overfitting",
        "No output is a choice among classes. TW101 classes missing",
        "it only arranges its inputs anew".capitalize(),
    ):
        assert words in page.words


@pytest.mark.heavy
def test_every_link_has_its_place_and_no_place_is_there_twice(html):
    page = Page(html)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert {"TW001", "TW203", "TW210", "TW301"} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_every_picture_is_there_in_both_styles_and_in_words(html):
    page = Page(html)
    assert len(page.images) == len(page.sources) > 8
    for image, dark in zip(page.images, page.sources, strict=True):
        assert len(image["alt"]) > 20
        assert "#ffffff" in svg(image["src"])
        assert "#14171c" in svg(dark)


def test_it_loads_nothing_and_runs_nothing(html):
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert not re.search(r"(src|href|srcset)=\"(?!data:|#)", html)
    assert "url(" not in html


def test_names_are_escaped_everywhere(html):
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    drawings = [svg(image["src"]) for image in Page(html).images]
    assert not any("<script" in drawing for drawing in drawings)
    assert any("&lt;script" in drawing for drawing in drawings)


def test_the_threshold_is_drawn_where_the_value_is_a_point_of_the_curve(html):
    images = {image["alt"].partition(":")[0]: svg(image["src"]) for image in Page(html).images}
    units = next(drawing for alt, drawing in images.items() if alt.startswith("Share of units that are always 0 over"))
    assert "threshold 70% of units" in units


def test_a_healthy_training_without_signals_is_a_short_page(well):
    page = Page(render_diagnosis(*well))
    assert page.images == []
    assert page.headings == ["What passed", "What was left aside", "Model and training"]
    assert "This training is healthy: 1 rule passed." in page.words


def test_an_empty_run_has_a_page():
    page = Page(render_diagnosis(Run(), [], []))
    assert "Nothing can be said of this training: no rule concerns it." in page.words


def test_signals_without_a_finite_value_are_left_out(sick):
    run = sick[0]
    run.signals = {
        "train/loss": Series.over("epoch", np.full(3, np.nan)),
        "gradient_norm": Series.over("step", np.full(3, np.inf)),
        "loss": Series.over("step", np.full(3, np.nan)),
        "gradient_rms/dense_0/kernel": Series.over("step", np.full(3, np.nan)),
        "gradient_rms/dense_2/kernel": Series.over("step", np.zeros(3)),
    }
    page = Page(render_diagnosis(*judged(run, SICK)))
    assert [image["alt"].partition(".")[0] for image in page.images] == [
        "Gradients of the weights of 2 layers at 3 steps"
    ]
    assert "Not finite in 1 layer." in page.images[0]["alt"]


@pytest.mark.heavy
def test_the_training_report_says_it_too_and_nothing_without_findings():
    training = make_training()
    plain = render_page(training)
    assert "What passed" not in plain
    assert ".gauge" not in plain
    found = make_run()
    training.signals |= {name: series for name, series in found.signals.items() if "/" in name and name[:5] != "train"}
    run, findings, faults = judged(found, SICK)
    del run
    page = Page(render_page(training, (), findings, faults))
    assert page.headings[:4] == ["What is wrong", "Advice", "Learning curves", "Layer by layer"]
    assert page.headings.index("What passed") < page.headings.index("To train it again")
    assert len(page.ids) == len(set(page.ids))
    assert "Unscaled inputs: the deviations" in page.words


@pytest.mark.heavy
def test_deep_nets_and_long_runs_stay_small(deep):
    html = render_diagnosis(*deep)
    page = Page(html)
    assert len(html) < 2_000_000
    assert "and 30 more places" in page.words
    heat = next(svg(image["src"]) for image in page.images if image["alt"].startswith("Gradients of the weights"))
    names = re.findall(r">(dense_\d+|&lt;scrip[^<]*)<", heat)
    assert 15 <= len(names) <= 30
    assert "dense_129" in names


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_draws_it(html, tmp_path, width):
    """Every picture loads, nothing overflows, no anchor is missing; the browser itself says so in the page's title."""
    ask = """<script>addEventListener("load", () => {
        const images = [...document.images], links = [...document.querySelectorAll("a")];
        document.title = JSON.stringify({
            images: images.length,
            broken: images.filter(each => !each.complete || !each.naturalWidth).length,
            missing: links.filter(each => !document.getElementById(each.hash.slice(1))).length,
            links: links.length,
            wider: document.documentElement.scrollWidth - innerWidth,
        });
    });</script></body>"""
    asked = html.replace("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'").replace("</body>", ask)
    for name, text in (("page", html), ("asked", asked)):
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")

    def chromium(name, *settings):
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        command += [
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={width},900",
            "--virtual-time-budget=3000",
        ]
        command += ["--enable-logging=stderr", *settings, (tmp_path / f"{name}.html").as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    seen = chromium("asked", "--dump-dom").stdout
    images = html.count("<img ")
    title = re.search(r"<title>(.*?)</title>", seen).group(1)
    links = html.count("<a ")
    told = re.fullmatch(
        rf'{{"images":{images},"broken":0,"missing":0,"links":{links},"wider":(-?\d+)}}', title.replace("&quot;", '"')
    )
    assert told, title
    assert int(told.group(1)) <= 0
    done = chromium("page", f"--screenshot={tmp_path / 'page.png'}")
    assert (tmp_path / "page.png").stat().st_size > 10_000
    assert "CONSOLE" not in done.stderr


@pytest.mark.heavy
def test_a_page_is_made_again_the_same(html):
    assert render_diagnosis(*judged(make_run(), SICK)) == html
