import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.datasets.wording import all_rows, listed, plural, shown_name


def test_one_is_singular():
    assert plural(1, "row") == "1 row"
    assert plural(0, "row") == "0 rows"
    assert plural(2, "class", "classes") == "2 classes"
    assert plural(12_345, "row") == "12,345 rows"


def test_all_rows_of_one_is_the_only_row():
    assert (all_rows(1), all_rows(2)) == ("the only row", "all 2 rows")


@pytest.mark.parametrize("name", ["daisy", "class_0", "<i>null<|i>", "ünï", "😀", "0.5"])
def test_plain_names_stand_as_they_are(name):
    assert shown_name(name) == name


@pytest.mark.parametrize("name", ["", "rose, red", "b c", "a;b", "it's", "two\nlines", "\x1b[31mred", "tab\there"])
def test_names_that_could_be_mistaken_are_quoted(name):
    assert shown_name(name) == repr(name)


@given(st.lists(st.text(), min_size=1, max_size=8))
def test_a_list_can_be_printed_and_read_back(names):
    words = listed(names, 8)
    assert words.isprintable()
    for name in names:
        shown, comma, rest = words.partition(", ") if shown_name(name) == name else (repr(name), ", ", "")
        assert words.startswith(shown)
        words = rest if shown_name(name) == name else words[len(shown) + len(comma) :]
    assert words == ""


def test_a_long_list_is_counted():
    assert listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert listed(["a", "b"], 2) == "a, b"
