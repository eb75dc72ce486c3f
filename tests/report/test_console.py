import io

from rich.console import Console

from trainwell.report.console import printable


def _console(encoding):
    return Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding))


def test_text_stays_where_it_can_be_written():
    assert printable("R² “é”", _console("utf-8")) == "R² “é”"


def test_characters_that_the_output_lacks_become_plainer():
    assert printable("R² “é” ━", _console("ascii")) == 'R2 "?" ='


def test_escape_sequences_do_not_reach_the_terminal():
    assert "\x1b" not in printable("\x1b]0;title\x07", _console("utf-8"))
