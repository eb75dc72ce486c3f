import io

from rich.console import Console
from rich.table import Table

from trainwell.report.console import print_trimmed, printable


def _console(encoding):
    return Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding))


def test_text_stays_where_it_can_be_written():
    assert printable("R² “é”", _console("utf-8")) == "R² “é”"


def test_characters_that_the_output_lacks_become_plainer():
    assert printable("R² “é” ━", _console("ascii")) == 'R2 "?" ='


def test_escape_sequences_do_not_reach_the_terminal():
    assert "\x1b" not in printable("\x1b]0;title\x07", _console("utf-8"))


def test_a_table_is_printed_without_the_blanks_that_fill_it():
    table = Table.grid(padding=(0, 2, 0, 0))
    for row in (("a", "long cell"), ("longer", "b"), ("", "")):
        table.add_row(*row)
    file = io.StringIO()
    print_trimmed(table, Console(file=file, width=40))
    assert file.getvalue() == "a       long cell\nlonger  b\n\n"
