import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from records import update
from rich.console import Console

from trainwell.report.terminal import print_summary, summary_json
from trainwell.run import Run


def printed(run, folder=None, **settings):
    file = io.StringIO()
    print_summary(run, Console(file=file, width=80, **settings), folder)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["run", "regression", "interrupted"])
def test_no_line_is_longer_than_the_terminal_is_wide(kind, request, tmp_path):
    run = request.getfixturevalue(kind)
    run.fit.stopped = "a very long reason to stop, " * 8
    text = printed(run, tmp_path / ("long folder name " * 6))
    assert max(map(len, text.splitlines())) <= 80


def test_long_names_fit_and_stay_apart(run_of):
    text = printed(run_of([f"a very long name of a class of animals, number {number} of them" for number in range(30)]))
    assert max(map(len, text.splitlines())) <= 80
    assert "19 more classes" in text
    names = [line.partition("━")[0] for line in text.splitlines() if "━" in line]
    assert len(names) == len(set(names)) == 11


def test_classes(run):
    update(run.result, accuracy=0.9, rows=100, balanced_accuracy=0.85, baseline_accuracy=0.4)
    text = printed(run)
    assert "accuracy 90.0% of 100 test rows (95% interval 82.6% to 94.5%)" in text
    assert "balanced accuracy 85.0%" in text
    assert "baseline 40.0%, always “cat”" in text
    assert "Recall by class, worst first" in text
    assert "dense network, 2 hidden layers, 266,610 parameters, recipe default" in text


def test_the_worst_class_stands_first(run):
    run.result.recall = {"cat": 0.9, "dog": 0.2}
    text = printed(run)
    assert text.index("dog") < text.rindex("cat  ")
    assert "20.0%" in text


def test_values(regression):
    text = printed(regression)
    assert "mean absolute error 43.21 on 89 test rows" in text
    assert "R² 0.451" in text
    assert "baseline 66.02, always the mean" in text
    assert "Recall" not in text


def test_where_things_were_written(run, tmp_path):
    (tmp_path / "report.html").touch()
    text = printed(run, tmp_path)
    assert "Written" in text
    assert "report.html" in text
    assert "model.keras" not in text


def test_all_that_was_written_is_listed_and_the_page_is_the_thing_to_open(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run" / "figures").mkdir(parents=True)
    for name in ("model.keras", "preprocessing.json", "run.json", "signals.npz", "report.html", "figures/loss.png"):
        (tmp_path / "run" / name).touch()
    text = printed(run, "run")
    assert "model.keras, preprocessing.json, run.json, signals.npz, report.html," in text
    assert "figures/ (1 picture)" in text
    assert f"Open      {Path('run/report.html')}" in text.splitlines()


@pytest.mark.parametrize("kind", ["run", "regression", "interrupted"])
def test_no_line_ends_in_blanks(kind, request, tmp_path):
    run = request.getfixturevalue(kind)
    run.fit.stopped = "a very long reason to stop, " * 8
    lines = printed(run, tmp_path).splitlines()
    assert len(lines) > 8
    assert [line for line in lines if line != line.rstrip()] == []


def test_colours_survive_the_trimming(run):
    assert "\x1b[36m" in printed(run, force_terminal=True, color_system="standard", _environ={"TERM": "xterm"})


def test_a_result_no_better_than_the_baseline_says_so(run, regression):
    assert "no better than the baseline" not in printed(run) + printed(regression)
    run.result.accuracy = run.result.baseline_accuracy
    regression.result.mae = 99.0
    assert printed(run).count("no better than the baseline") == 1
    assert printed(regression).count("no better than the baseline") == 1


def test_a_training_that_diverged_says_so_first(run):
    run.fit.diverged = True
    lines = [line for line in printed(run).splitlines() if line]
    assert lines[1].startswith("The training diverged: its loss became NaN or infinite.")


def test_one_row_is_singular(run):
    run.data.rows.test = run.result.rows = 1
    text = printed(run)
    assert "900 training, 100 validation, 1 test row\n" in text
    assert "of 1 test row (" in text


def test_numbers_far_from_one_are_powers(regression):
    update(regression.result, mae=1.5e12, r2=-2.5e20, baseline_mae=1.5e-9)
    text = printed(regression)
    assert "mean absolute error 1.5e12 on" in text
    assert "R² \N{MINUS SIGN}2.5e20" in text
    assert "baseline 1.5e-9" in text


def test_an_interrupted_run_says_why_it_ended(interrupted):
    text = printed(interrupted)
    assert "interrupted by Ctrl-C" in text
    assert "Result" not in text


def test_without_a_terminal_there_is_no_colour(run, monkeypatch):
    assert "\x1b" not in printed(run)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not any(code in printed(run, force_terminal=True) for code in ("\x1b[3", "\x1b[9"))


def test_names_are_no_markup_and_no_escape_sequences(run_of):
    text = printed(run_of(("[bold]b[/bold]", "\x1b[31mred")))
    assert "[bold]b[/bold]" in text
    assert "\x1b" not in text


def test_a_terminal_of_few_characters_gets_plainer_ones(run):
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    print_summary(run, Console(file=file, width=80))
    assert b'always "cat"' in file.buffer.getvalue()


def test_an_empty_run_is_printed():
    assert printed(Run()).strip() == "A training"


def test_the_json_is_strict_and_versioned(run):
    run.result.accuracy = math.nan
    run.result.rows = np.int64(7)
    document = json.loads(json.dumps(summary_json(run), allow_nan=False))
    assert document["schema_version"] == 1
    assert document["result"]["accuracy"] is None
    assert document["result"]["rows"] == 7
    assert document["model"] == {"name": "net", "parameters": 266610, "layers": 4}
    assert "confusion" not in document["result"]
    assert document["fit"]["best_epoch"] == 5
    assert document["seeds"] == {"seed": 42}


def test_the_json_of_an_empty_run():
    assert set(summary_json(Run())) == {"schema_version", "verdict"}
