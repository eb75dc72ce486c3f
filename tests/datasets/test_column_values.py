from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.datasets.column_values import as_booleans, as_numbers, as_text, as_times, holds
from trainwell.errors import InputError


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def line(position):
    return f"line {position + 2}"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, None], "number"),
        ([0.5], "number"),
        ([Decimal("1.5")], "number"),
        ([True], "boolean"),
        ([date(2020, 1, 1)], "time"),
        ([datetime(2020, 1, 1, tzinfo=UTC)], "time"),
        (["1", "-2.5e3", "+.5", None], "number"),
        (["TRUE", "false", None], "boolean"),
        (["2020-01-01", "2020-01-01 10:00", "2020-01-01T10:00:00.5Z", "2020-01-01T10:00+02:00"], "time"),
        (["a", "1", None], "text"),
        (["1", "2", "3+"], "text"),
        ([None, None], "nothing"),
        ([float("nan")], "nothing"),
        ([[1], [2]], "other"),
        ([b"x"], "other"),
    ],
)
def test_what_a_column_holds(values, expected):
    assert holds(column(values), "c", line) == expected


def test_a_list_of_few_numbers_and_words_is_text():
    assert holds(column(["0", "1", "2", "many"] * 10), "c", line) == "text"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            [str(each) for each in range(30)] + ["abc"],
            "holds text in line 32: 'abc'; expected a number .1 of 31 values",
        ),
        ([str(each / 7) for each in range(30)] + ["unknown"] * 20, "line 32: 'unknown'.*20 of 50 values"),
        ([f"2020-01-{each:02}" for each in range(1, 30)] + ["soon"], "line 31: 'soon'; expected a date or time"),
        (["1", "2", "3", None, "x"], "line 6: 'x'"),
    ],
)
def test_text_among_numbers_is_a_mistake(values, message):
    with pytest.raises(InputError, match=message) as error:
        holds(column(values), "c", line)
    assert "'c'" in error.value.message
    assert "leave it empty" in error.value.hint
    assert "--drop" not in error.value.hint, "predicting has no such option"


@given(st.lists(st.none() | st.floats(-1e30, 1e30), min_size=1))
def test_numbers_survive_as_text(values):
    expected = np.array([np.nan if each is None else each for each in values])
    for given_as in (values, [None if each is None else repr(each) for each in values]):
        kind = pa.float64() if given_as is values else pa.large_string()
        assert np.array_equal(as_numbers(column(given_as, kind), "c", line), expected, equal_nan=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, np.inf], "'c' is infinite in line 3 .1 of 2 values"),
        (["1", "-Infinity", "INF"], "infinite in line 3 .2 of 3 values"),
        (["1", "1e39"], "is 1e.39, too large for a 32-bit float, in line 3"),
        (["1", "x"], "text in line 3: 'x'; expected a number"),
        ([date(2020, 1, 1)], "type date32.day. in every row; expected numbers"),
    ],
)
def test_bad_numbers(values, message):
    with pytest.raises(InputError, match=message):
        as_numbers(column(values), "c", line)


def test_booleans():
    for values in ([True, None, False], ["True", None, "FALSE"], ["1", None, "0"], [1, None, 0], [1.0, None, 0.0]):
        assert np.array_equal(as_booleans(column(values), "c", line), [1, np.nan, 0], equal_nan=True)
    with pytest.raises(InputError, match="text in line 3: 'maybe'; expected true or false"):
        as_booleans(column(["true", "maybe"]), "c", line)
    with pytest.raises(InputError, match="is 2 in line 3; expected true or false"):
        as_booleans(column([1, 2]), "c", line)


def test_times_are_in_utc_and_whole_seconds():
    text = ["2020-01-01", None, "2020-01-01 10:00", "2020-01-01T10:00:59.999999999Z", "2020-01-01T01:00+02:00"]
    expected = np.array(
        ["2020-01-01T00:00:00", "NaT", "2020-01-01T10:00:00", "2020-01-01T10:00:59", "2019-12-31T23:00:00"],
        dtype="datetime64[s]",
    )
    assert np.array_equal(as_times(column(text), "c", line), expected, equal_nan=True)
    native = column(expected.tolist(), pa.timestamp("ns", "Asia/Tokyo"))
    assert np.array_equal(as_times(native, "c", line), expected, equal_nan=True)
    assert as_times(column([date(2020, 1, 1)]), "c", line)[0] == np.datetime64("2020-01-01")
    assert np.isnat(as_times(column([None]), "c", line)).all()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["2020-01-01", "2020-02-30"], "no calendar has in line 3: '2020-02-30'"),
        (["2020-01-01", "01.02.2020"], "line 3: '01.02.2020'; expected a date such as 2026-11-22"),
        ([1.5], "type double in every row; expected dates or times"),
    ],
)
def test_bad_times(values, message):
    with pytest.raises(InputError, match=message):
        as_times(column(values), "c", line)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, None], ["1", None]),
        ([1.0, 2.5], ["1", "2.5"]),
        ([True, False], ["true", "false"]),
        (["x"], ["x"]),
        ([date(2020, 1, 2)], ["2020-01-02"]),
        ([None], [None]),
    ],
)
def test_text(values, expected):
    assert as_text(column(values), "c").to_pylist() == expected


def test_lists_are_no_text():
    with pytest.raises(InputError, match=r"type list.* expected text"):
        as_text(column([[1]]), "c")
