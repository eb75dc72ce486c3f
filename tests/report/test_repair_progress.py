import io
import re
from types import SimpleNamespace

import pytest
from rich.console import Console

from trainwell.report.repair.progress import RepairProgress


def trial(number, score=0.5, **changes):
    plain = {"number": number, "round": 1, "kind": "search", "edits": ("optimizer: Adam",), "remedies": ("adam",)}
    return SimpleNamespace(**{**plain, "score": score, "steps": 1000, "rejected": "", **changes})


def lines(told):
    return [f"{told.number:4} {told.edits[0]}"]


def shown(*, terminal):
    return Console(file=io.StringIO(), force_terminal=terminal, width=80, height=40, _environ={})


def test_in_a_log_each_trial_is_its_lines():
    console = shown(terminal=False)
    with RepairProgress(60, lines, console) as progress:
        progress.told(trial(1))
        progress.say("A note.")
        progress.told(trial(2))
    assert console.file.getvalue() == "   1 optimizer: Adam\nA note.\n   2 optimizer: Adam\n"


def test_on_a_terminal_a_table_fills_and_nothing_of_it_is_left():
    console = shown(terminal=True)
    with RepairProgress(60, lines, console) as progress:
        for number in range(1, 16):
            progress.told(trial(number, None if number == 15 else number / 100))
        with console.capture() as kept:
            console.print(progress._drawn())
    table = re.sub(r"\x1b\[[0-9;]*m", "", kept.get())
    assert "15 trials, 15,000 steps" in table
    assert "Round 1" in table
    assert "0.140" in table
    assert "0.030" not in table  # the last twelve are shown
    assert max(map(len, table.splitlines())) <= 80
    assert not console.file.getvalue().rstrip().endswith("optimizer: Adam")


def test_the_time_left_is_that_of_the_budget():
    progress = RepairProgress(90, lines, shown(terminal=False))
    assert progress.heading() == "Training as it stands, under watch; at most 1 min 30 s left"
    progress = RepairProgress(0, lines, shown(terminal=False))
    progress.told(trial(1, round=2))
    assert progress.heading() == "Round 2: 1 trial, 1,000 steps; no time left"


def test_the_terminal_is_left_clean_after_an_error():
    console = shown(terminal=True)
    with pytest.raises(KeyboardInterrupt), RepairProgress(60, lines, console) as progress:
        raise KeyboardInterrupt
    assert progress._live is None
    assert console.file.getvalue().endswith("\x1b[?25h") or "\x1b[?25h" in console.file.getvalue()
