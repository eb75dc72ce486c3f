import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.report.wording import clean, count, duration, figure, plural, reading, score, share, shorten, shorten_all


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0.0%"),
        (0.0001, "<0.1%"),
        (0.8971, "89.7%"),
        (0.99999, ">99.9%"),
        (1.0, "100.0%"),
        (math.nan, "not finite"),
    ],
)
def test_a_share_says_all_or_nothing_only_where_it_is_so(value, words):
    assert share(value) == words


def test_a_share_keeps_the_digits_asked_for():
    assert share(0.128, 0) == "13%"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.123456, "0.1235"),
        (54321.9, "54,322"),
        (1.25e-5, "1.25e-5"),
        (-3.0, "\N{MINUS SIGN}3"),
        (math.inf, "not finite"),
        (9_999_999.0, "9,999,999"),
        (1.25e7, "1.25e7"),
        (-1e30, "\N{MINUS SIGN}1e30"),
    ],
)
def test_figures_have_four_digits(value, words):
    assert figure(value) == words


def test_readings_stand_under_each_other():
    assert [reading(0.28), reading(0.2149), reading(43.2156)] == ["0.280", "0.215", "43.2"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.84, "0.8 s"),
        (42.3, "42 s"),
        (59.7, "1 min 00 s"),
        (185, "3 min 05 s"),
        (7800, "2 h 10 min"),
        (3599.8, "1 h 00 min"),
    ],
)
def test_durations(seconds, words):
    assert duration(seconds) == words


def test_scores_have_three_decimals_where_these_say_something():
    assert [score(0.45123), score(-0.5), score(-123456.0)] == [
        "0.451",
        "\N{MINUS SIGN}0.500",
        "\N{MINUS SIGN}123,456",
    ]


def test_counts_and_plurals():
    assert count(55000) == "55,000"
    assert plural(1, "epoch") == "1 epoch"
    assert plural(2, "class", "classes") == "2 classes"


@given(st.text(max_size=60), st.integers(3, 40))
def test_shortened_names_fit_and_print(name, length):
    short = shorten(name, length)
    assert len(short) <= length
    assert not any(ord(character) < 32 for character in short)


@given(st.lists(st.text(alphabet="ab", min_size=20, max_size=40), min_size=1, max_size=30, unique=True))
def test_shortened_names_stay_apart(names):
    short = shorten_all(names, 16)
    assert len(set(short)) == len(names)
    assert all(len(name) <= 16 for name in short)


def test_control_characters_are_taken_out():
    assert clean("a\x1b[31mb\nc") == "a\N{REPLACEMENT CHARACTER}[31mb c"
