"""`trainwell compare`: on a terminal, as JSON, as a folder, and what it refuses."""

from __future__ import annotations

import json

import pytest

QUICK = ("--seeds", "2", "--epochs", "2", "--units", "8", "--depth", "1", "--batch-size", "128")


@pytest.fixture(scope="module")
def compared(command, tmp_path_factory):
    """One comparison, looked at by several tests."""
    inside = tmp_path_factory.mktemp("compare")
    return command("compare", "wine", "--over", "optimizer", "--choices", "sgd, nadam", *QUICK, inside=inside), inside


@pytest.mark.heavy
def test_the_result_is_on_standard_output_and_progress_is_not(compared):
    answer, _ = compared
    assert answer.code == 0, answer.err
    assert "came out best" in answer.out
    assert "1/2 sgd" in answer.err
    assert "1/2 sgd" not in answer.out
    assert max(map(len, answer.out.splitlines())) <= 80


@pytest.mark.heavy
def test_the_folder_is_a_free_one_with_document_page_and_figures(compared):
    answer, inside = compared
    folder = inside / "runs" / "wine-optimizer"
    assert sorted(path.name for path in folder.iterdir()) == [
        "compare.html",
        "compare.json",
        "curves.png",
        "curves.svg",
        "scores.png",
        "scores.svg",
    ]
    assert "runs/wine-optimizer" in answer.out
    document = json.loads((folder / "compare.json").read_text(encoding="utf-8"))
    assert sorted(outcome["choice"] for outcome in document["outcomes"]) == ["nadam", "sgd"]


@pytest.mark.slow
def test_a_table_with_codes_and_json(command, write_csv, tmp_path):
    rows = [(value % 7, "ab"[value % 2], value * 1.5) for value in range(120)]
    write_csv(tmp_path / "rows.csv", ["size", "kind", "price"], rows)
    answer = command(
        "compare",
        "rows.csv",
        "--target",
        "price",
        "--over",
        "recipe",
        *QUICK,
        "--out",
        "here",
        "--json",
        inside=tmp_path,
    )
    assert answer.code == 0, answer.err
    document = json.loads(answer.out)
    assert (document["schema"], document["metric"], document["target"]) == ("trainwell/compare", "mae", "price")
    assert len(document["outcomes"]) == 2
    assert json.loads((tmp_path / "here" / "compare.json").read_text(encoding="utf-8")) == document


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("wine", "--over", "optimisers"), ("Did you mean 'optimizer'",)),
        (("wine", "--over", "optimizer", "--choices", "sgd,adm"), ("no optimizer 'adm'", "Did you mean 'adam'")),
        (("wine", "--over", "optimizer", "--choices", "sgd"), ("at least two",)),
        (("wine", "--over", "recipe", "--seeds", "1"), ("--seeds must be at least 2", "spread")),
        (("wine", "--over", "recipe", "--epochs", "0"), ("--epochs must be at least 1",)),
        (("wien", "--over", "recipe"), ("wine",)),
        (("wine", "--over", "recipe", "--net", "conv"), ("needs images",)),
        (("wine", "--over", "recipe", "--target", "x"), ("target",)),
        (("wine", "--over", "recipe", "--out", "full"), ("is not empty", "--out")),
    ],
)
def test_what_cannot_be_used_is_refused_with_advice(command, tmp_path, arguments, words):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    answer = command("compare", *arguments, inside=tmp_path)
    assert answer.code == 2
    assert not answer.out
    assert not answer.changed
    assert "Traceback" not in answer.err
    for word in words:
        assert word in answer.err
