"""`trainwell reproduce`: the list, a whole small run, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from trainwell.reproduce import reproduce, training
from trainwell.reproduce.data import Pictures


@pytest.fixture
def _small_pictures(monkeypatch):
    """Few rows to train on beside the 5,000 that the notes hold out."""
    generator = np.random.default_rng(0)

    def load():
        y = np.arange(5_100, dtype="uint8") % 10
        x = generator.integers(0, 256, (5_100, 28, 28), dtype="uint8")
        return Pictures(x, y, x[:50], y[:50]), ["Pictures of noise."]

    monkeypatch.setattr(reproduce, "load_pictures", load)


def test_the_list_needs_no_data(command, tmp_path):
    answer = command("reproduce", "--list", inside=tmp_path)
    assert answer.code == 0
    assert answer.out.startswith("leaky-relu  Leaky ReLU; notes 001, printed .8280\n")
    assert max(map(len, answer.out.splitlines())) <= 80
    listed = json.loads(command("reproduce", "transfer", "--list", "--json", inside=tmp_path).out)
    assert [each["name"] for each in listed["experiments"]] == ["transfer"]
    assert not answer.changed


@pytest.mark.heavy
@pytest.mark.usefixtures("_small_pictures")
def test_a_run_leaves_results_page_and_figures_and_the_next_one_reads_them(command, tmp_path):
    answer = command("reproduce", "dropout-nadam", "--seeds", "1", "--out", "here", inside=tmp_path)
    assert answer.code == 0, answer.err
    assert "none printed" in answer.out
    assert {"here/results/dropout-nadam-seed-0.json", "here/reproduction.html"} <= answer.changed
    again = command("reproduce", "dropout-nadam", "--seeds", "1", "--out", "here", "--json", inside=tmp_path)
    assert "dropout-nadam: 1 of 1 seed done already." in again.err
    assert json.loads(again.out)["experiments"][0]["seeds"] == [0]


@pytest.mark.usefixtures("_small_pictures")
def test_ctrl_c_says_what_is_kept(command, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train_seeds", interrupted)
    answer = command("reproduce", "leaky-relu", "--out", "here", inside=tmp_path)
    assert answer.code == 130
    assert "the same command goes on from there" in " ".join(answer.err.split())
    assert "nothing was written" not in answer.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("leaky_relu",), "Did you mean 'leaky-relu'"),
        (("selu-100", "--seeds", "0"), "at least 1, not 0"),
        (("leaky-relu", "--out", "taken"), "is a file"),
    ],
)
@pytest.mark.usefixtures("_small_pictures")
def test_what_cannot_be_used_is_refused(command, tmp_path, arguments, words):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    answer = command("reproduce", *arguments, inside=tmp_path)
    assert words in " ".join(answer.err.split())
    assert answer.code == 2
