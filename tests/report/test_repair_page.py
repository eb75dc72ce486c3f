import json
import subprocess
from html.parser import HTMLParser
from shutil import which

import pytest
from gallery.repaired import repaired_labels

from trainwell.report.figures.before_after import plates
from trainwell.report.repair.page import render_repair, repair_card
from trainwell.report.repair.sections import TrialRow, sections

NASTY = "<script>alert(1)</script> & $x_1$"


@pytest.fixture(scope="module")
def found():
    return repaired_labels()


def made(**changes):
    score = {"metric": "accuracy", "value": 0.5, "rows": 100, "history": {"loss": [2.0, 1.0], "val_loss": [3.0, None]}}
    trial = {"number": 1, "round": 1, "kind": "search", "remedies": ["adam"], "edits": ["optimizer: Adam"]}
    trial |= {"seeds": [0, 1], "scores": [0.5, 0.7], "steps": 1200, "seconds": 1.0, "rejected": ""}
    told = {
        "outcome": "repaired",
        "verdict": "Repaired.",
        "edits": ["optimizer: Adam"],
        "remedies": ["adam"],
        "advice": [],
        "notes": ["A note."],
        "before": score,
        "after": {**score, "value": 0.9, "history": {"loss": [1.0, 0.5], "val_loss": [1.0, 0.6]}},
        "evidence": {"improvement": 0.4, "low": 0.1, "high": 0.6, "rows": 100, "how": "held back"},
        "trials": [trial, {**trial, "number": 2, "scores": [], "edits": [], "steps": 0, "rejected": "it turned NaN"}],
        "steps": 2400,
        "out_of_budget": False,
        "code": "import keras\n",
        "patch": "--- before.py\n+++ after.py\n@@ -1 +1 @@\n-old\n+new\n same",
        "faults_before": [],
        "faults_after": [],
    }
    return {**told, **changes}


def test_tiles_are_read_at_a_glance():
    tiles = [(tile.name, tile.value, tile.beside) for tile in sections(made()).tiles]
    assert tiles == [
        ("accuracy before", "0.5", "on 100 rows"),
        ("accuracy after", "0.9", "on 100 rows"),
        ("improvement", "0.4", "95 % interval 0.1 to 0.6, held back"),
        ("trials", "2", "1,200 steps, 0.50 of those of the final training"),
    ]


def test_the_trail_tells_what_failed_and_why():
    first, second = sections(made()).trail
    assert first == TrialRow(1, 1, "search", ["optimizer: Adam"], "0.600", "1,200", "")
    assert second == TrialRow(2, 1, "search", ["adam"], "", "0", "it turned NaN")


def test_lines_of_the_patch_are_told_apart():
    assert sections(made()).patch == [("place", "@@ -1 +1 @@"), ("removed", "-old"), ("added", "+new"), ("", " same")]


def test_curves_stand_beside_each_other_where_both_tell_them():
    (loss,) = plates(made())
    assert loss.heading == "Validation loss, before and after"
    assert loss.description == (
        "Validation loss, before and after: before from 3 to 3 in 2 epochs, after from 1 to 0.6 in 2 epochs."
    )


def test_what_was_not_changed_has_no_curves():
    told = made()
    assert plates({**told, "after": told["before"]}) == []


def test_a_course_without_a_finite_value_is_not_drawn():
    told = made()
    broken = {**told["before"], "history": {"loss": [None, None]}}
    assert plates({**told, "before": broken}) == []


@pytest.mark.heavy
def test_nothing_was_repaired(found):
    told = made(outcome="nothing to repair", edits=[], remedies=[], trials=[], patch="", evidence=None)
    told["after"] = told["before"]
    html = render_repair(told, found.diagnosis.run, found.diagnosis.findings, ())
    assert 'id="edits"' not in html
    assert 'id="trail"' not in html


@pytest.mark.heavy
def test_names_do_no_harm(found):
    told = made(edits=[NASTY], notes=[NASTY], patch=f"a\nb\n+{NASTY}", verdict=NASTY)
    for html in (render_repair(told, found.diagnosis.run, found.diagnosis.findings, ()), repair_card(told)):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


class Anchors(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.ids, self.links, self.images = set(), [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids.add(given.get("id"))
        if tag == "a":
            self.links.append(given["href"])
        if tag == "img":
            self.images.append(given)


@pytest.mark.heavy
def test_the_page_of_a_real_repair_is_whole(found, tmp_path):
    found.to_html(tmp_path / "repair.html")
    html = (tmp_path / "repair.html").read_text(encoding="utf-8")
    page = Anchors(html)
    assert page.links
    assert all(link.removeprefix("#") in page.ids for link in page.links)
    assert page.images
    assert all(image["alt"] and image["src"].startswith("data:") for image in page.images)
    for line in found.patch.splitlines():
        if line[:1] in "+-" and line[1:2] not in "+-":
            assert line.replace('"', "&#34;").replace(">", "&gt;").replace("'", "&#39;") in html
    assert "it was still learning when it ended" in html


@pytest.mark.heavy
def test_a_notebook_shows_the_edits_and_the_first_curve(found):
    card = found._repr_html_()
    assert "<script" not in card
    assert all(str(edit).replace("'", "&#39;") in card for edit in found.edits)
    assert card.count("<img") == 1


def test_the_verdict_is_in_the_data(found):
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert told["verdict"].startswith("Repaired: accuracy")


@pytest.mark.heavy
@pytest.mark.skipif(which("chromium") is None, reason="Chromium is not installed")
def test_a_browser_shows_it_without_a_word_on_the_console(found, tmp_path):
    found.to_html(tmp_path / "repair.html")
    given = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--enable-logging=stderr",
    ]
    shown = subprocess.run(
        [
            "chromium",
            *given,
            f"--screenshot={tmp_path / 'page.png'}",
            f"--user-data-dir={tmp_path / 'profile'}",
            (tmp_path / "repair.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert "CONSOLE" not in shown.stderr
    assert (tmp_path / "page.png").stat().st_size > 10_000
