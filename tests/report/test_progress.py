import io
import re
import sys
import threading

import pytest
from rich.console import Console

from trainwell.errors import InputError
from trainwell.progress import Progress, active, is_active, note, say, stage
from trainwell.report import progress as shown
from trainwell.report.console import is_live
from trainwell.report.progress import LineProgress, NotebookProgress, TerminalProgress, heading, show_progress

LONG = "Round 1: trying remedies that have very long names indeed (3 of 7)"


def console_of(*, terminal, **settings):
    given = {"width": 80, "height": 40, "_environ": {"TERM": "xterm"}}
    return Console(**{"file": io.StringIO(), "force_terminal": terminal, **given, **settings})


@pytest.fixture
def on(monkeypatch):
    """Have all displays go to a console, on a clock that stands still."""

    def put(console):
        monkeypatch.setattr(shown, "new_console", lambda: console)
        return console

    return put


def frame(display):
    other = console_of(terminal=True, width=display.console.width)
    other.print(display.drawn())
    return re.sub(r"\x1b\[[0-9;]*m", "", other.file.getvalue()).splitlines()


def at(display, seconds):
    display.began = 0.0
    display.clock = lambda: seconds
    return display


# A terminal.


def test_a_frame_shows_results_stages_figures_bar_and_times():
    display = at(TerminalProgress(console_of(terminal=True)), 12.0)
    display.deadline = 60.0
    for number in range(8):
        display.note(f"trial {number}")
    display.begin("Round 1: trying remedies", 4, counter="")
    display.begin("he initialization", takes=1).advance(0)
    training = display.begin("", 10, counter="epoch")
    training.reach(5)
    display.detail = "loss 0.250"
    *notes, stages, detail, bar = frame(display)
    assert notes == [f"trial {number}" for number in range(2, 8)]
    assert stages == "Round 1: trying remedies (1 of 4) · he initialization (epoch 6 of 10)"
    assert detail == "loss 0.250"
    assert bar.split() == [bar.split()[0], "12", "%", "12", "s", "at", "most", "48", "s", "left"]
    assert set(bar.split()[0]) <= set("━╸╺")


@pytest.mark.parametrize("width", [40, 80])
def test_no_line_is_longer_than_the_terminal(width):
    display = at(TerminalProgress(console_of(terminal=True, width=width)), 4000.0)
    display.deadline = 100_000.0
    display.note("n" * 200)
    display.begin(LONG, 7)
    display.begin(LONG)
    display.detail = "d" * 200
    lines = frame(display)
    assert len(lines) == 4
    assert max(map(len, lines)) <= width
    assert len(lines[-1]) <= width - len("^C^C")  # which a terminal echoes behind it


def test_the_innermost_stage_is_whole_where_it_fits():
    assert heading(["Training", "seed 1"], 80) == "Training · seed 1"
    cut = heading([LONG, "he initialization (epoch 2 of 3)"], 80)
    assert cut.endswith(" · he initialization (epoch 2 of 3)")
    assert len(cut) == 80
    assert heading(["Training", "x" * 90], 80) == "x" * 40 + "…" + "x" * 39


def test_without_parts_there_is_no_share_and_without_a_speed_no_time_left():
    display = at(TerminalProgress(console_of(terminal=True)), 3.0)
    display.begin("Reading the data")
    words, bar = frame(display)
    assert words == "Reading the data"
    assert bar.split()[-2:] == ["3.0", "s"]
    assert "%" not in bar


def test_at_the_end_the_bar_is_full_and_nothing_is_left(on):
    console = on(console_of(terminal=True))
    with show_progress():
        display = active()
        assert isinstance(display, TerminalProgress)
        with stage("Training", 2) as training:
            training.advance()
            assert "50 %" in frame(display)[-1]
    assert "100 %" in frame(display)[-1]
    text = console.file.getvalue()
    assert "100 %" in text
    assert text.endswith("\x1b[2K")  # the last line was erased
    assert not is_active()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_exception_leaves_the_terminal_clean(on, error):
    console = on(console_of(terminal=True))
    before = sys.stdout, sys.stderr
    with pytest.raises(error), show_progress(), stage("Training", 2):
        raise error
    text = console.file.getvalue()
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1  # the cursor was hidden and is back
    assert text.endswith("\x1b[2K")
    assert "100 %" not in text
    assert (sys.stdout, sys.stderr) == before
    assert not is_active()
    with show_progress():  # another display can be had
        assert isinstance(active(), TerminalProgress)


def test_a_sentence_stays_above_the_display(on):
    console = on(console_of(terminal=True))
    with show_progress(), stage("Training"):
        say("Learning rate: 0.001.")
    assert "Learning rate: 0.001." in console.file.getvalue()


def test_what_is_printed_meanwhile_goes_where_it_is_sent(on, capsys):
    console = on(console_of(terminal=True))
    with show_progress():
        print("a result")  # noqa: T201 -- a user's callback may
    assert capsys.readouterr().out == "a result\n"
    assert "a result" not in console.file.getvalue()


# Nested work.


def test_inner_work_reports_into_the_outer_display(on):
    console = on(console_of(terminal=True))
    with show_progress(1), stage("Repairing"):
        outer = active()
        with show_progress(0, deadline=5.0), stage("Diagnosing"):
            assert active() is outer
            assert outer.deadline == 5.0
            assert outer.texts() == ["Repairing", "Diagnosing"]
        assert outer.deadline == float("inf")
        assert outer.texts() == ["Repairing"]
    assert console.file.getvalue().count("\x1b[?25l") == 1


def test_silence_holds_for_inner_work(on):
    console = on(console_of(terminal=True))
    with show_progress(0), show_progress(2), stage("Training"):
        say("Nothing.")
        note("Nothing.")
    assert not console.file.getvalue()


def test_another_thread_gets_no_second_display(on):
    on(console_of(terminal=True))
    found = []

    def work():
        with show_progress(), stage("Training"):
            found.append(isinstance(active(), TerminalProgress))

    with show_progress():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    work()
    assert found == [False, True]


# Elsewhere.


def test_without_a_terminal_auto_is_silent(on, capfd):
    console = on(console_of(terminal=False))
    with show_progress(), stage("Training", 3, counter="epoch") as training:
        say("A note.")
        training.advance()
    assert not console.file.getvalue()
    assert capfd.readouterr() == ("", "")


def test_verbose_1_prints_the_outer_stages_and_every_fifth_of_the_epochs(on):
    console = on(console_of(terminal=False))
    with show_progress(1):
        at(active(), 3.0)
        with stage("Reading the data"):
            pass
        with stage("Training the model"), stage("", 20, counter="epoch") as training:
            for epoch in range(20):
                active().detail = f"loss {epoch + 1}"
                training.advance()
        say("Done.")
    assert console.file.getvalue().splitlines() == [
        "[3.0 s] Reading the data",
        "[3.0 s] Training the model",
        *(f"[3.0 s] Training the model, epoch {epoch} of 20: loss {epoch}" for epoch in (1, 4, 8, 12, 16, 20)),
        "Done.",
    ]


@pytest.mark.parametrize(("number", "printed"), [(11, 11), (100, 15), (1000, 18)])
def test_verbose_1_prints_some_ten_lines_however_long_the_work_is(on, number, printed):
    console = on(console_of(terminal=False))
    with show_progress(1):
        for round_ in range(number):
            with stage(f"Round {round_}"), stage("", 7), stage("a trial"), stage("", 9, counter="epoch") as training:
                note("a result")
                training.advance()
    lines = console.file.getvalue().splitlines()
    assert len(lines) == printed
    assert max(map(len, lines)) <= 80


def test_verbose_2_prints_every_stage_and_result_on_a_terminal_too(on):
    console = on(console_of(terminal=True, _environ={"TERM": "xterm", "NO_COLOR": "1"}))
    with show_progress(2), stage("Round 1"), stage("", 2, counter=""), stage("dropout"):
        at(active(), 3.0)
        note("   1  0.913  dropout")
    lines = console.file.getvalue().splitlines()
    assert [line.partition("] ")[2] or line for line in lines] == [
        "Round 1",
        "Round 1 (1 of 2): dropout",
        "   1  0.913  dropout",
    ]
    assert "\x1b" not in console.file.getvalue()


def test_a_log_that_asks_for_colour_is_no_terminal(monkeypatch, capfd):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with show_progress(), stage("Training", 3):
        assert type(active()) is Progress
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("terminal", [True, False])
def test_verbose_0_writes_nothing(on, capfd, terminal):
    console = on(console_of(terminal=terminal))
    with show_progress(0), stage("Training", 3) as training:
        say("A note.")
        training.advance(3)
    assert not console.file.getvalue()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("verbose", ["loud", 3, -1, None, [1], "1"])
def test_another_verbose_is_refused_and_told_what_is_expected(verbose):
    with pytest.raises(InputError) as error, show_progress(verbose):
        pass
    assert error.value.message == f'`verbose` must be "auto", 0, 1 or 2, got {verbose!r}.'
    assert "0 is silent" in error.value.hint


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(on):
    console = on(console_of(terminal=True, _environ={"TERM": "dumb"}))
    assert not is_live(console)
    with show_progress(1):
        assert isinstance(active(), LineProgress)


def test_an_encoding_without_the_signs_gets_plainer_ones():
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    display = at(TerminalProgress(console_of(terminal=True, file=file)), 3.0)
    display.begin("Trying “adam” …")
    assert frame(display)[0] == 'Trying "adam" ~'


# A notebook.


class Notebook:
    """What IPython.display has, as far as it is used."""

    def __init__(self):
        self.pages = []

    def display(self, page, *, raw, display_id):
        assert raw
        assert display_id
        self.pages.append(page)
        return self

    def update(self, page, *, raw):
        assert raw
        self.pages.append(page)


def test_a_notebook_shows_the_frame_in_the_cell_and_keeps_the_sentences(on, monkeypatch):
    notebook = Notebook()
    monkeypatch.setattr(shown, "import_module", lambda _: notebook)
    monkeypatch.setenv("FORCE_COLOR", "1")  # as Jupyter does
    on(console_of(terminal=False, force_jupyter=True))
    with show_progress():
        display = active()
        assert isinstance(display, NotebookProgress)
        with stage("Training <b>", 2) as training:
            training.advance()
            say("A note.")
            page = display.page()
    assert page.startswith("A note.\nTraining <b>\n")
    assert "50 %" in page
    assert "\x1b" not in page
    assert max(map(len, page.splitlines())) <= 80
    assert notebook.pages[-1] == {"text/plain": "A note.", "text/html": "<pre>A note.</pre>"}
    assert shown._output("<b>")["text/html"] == "<pre>&lt;b&gt;</pre>"
    assert not display._thread.is_alive()
