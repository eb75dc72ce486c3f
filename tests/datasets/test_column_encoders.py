import numpy as np
import pyarrow as pa
import pytest

from trainwell.datasets.column_encoders import MOST_CATEGORIES, CategoryColumn, NumericColumn, TimeColumn
from trainwell.datasets.target_values import row_place


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def times(*values):
    return np.array(values, dtype="datetime64[s]")


def test_gaps_become_the_median_and_are_marked():
    fitted = NumericColumn.fit(np.array([1.0, np.nan, 5.0, 2.0]), "age", "numeric")
    assert fitted == NumericColumn("age", 2.0, missing=True)
    assert fitted.feature_names == ("age", "age: missing")
    encoded = fitted.encode(column([7.0, None]), row_place)
    assert encoded.tolist() == [[7.0, 0.0], [2.0, 1.0]]
    assert encoded.dtype == np.float32


def test_gaps_are_not_marked_where_training_had_none():
    fitted = NumericColumn.fit(np.array([1.0, 2.0, 5.0]), "age", "numeric")
    assert fitted.encode(column([None, 4.0]), row_place).tolist() == [[2.0], [4.0]]


def test_booleans_are_one_and_zero():
    fitted = NumericColumn.fit(np.array([1.0, 0.0, 1.0]), "ok", "boolean")
    assert fitted.encode(column([True, False]), row_place).tolist() == [[1.0], [0.0]]
    assert fitted.encode(column(["false", "True"]), row_place).tolist() == [[0.0], [1.0]]


def test_large_numbers_with_small_differences_stay_apart():
    seconds = 1.7e9 + np.arange(5.0)
    fitted = NumericColumn.fit(seconds, "seconds", "numeric")
    assert fitted.encode(column(seconds), row_place).ravel().tolist() == [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert NumericColumn.fit(np.array([0.1, 0.2]), "small", "numeric").offset == 0


def test_the_parts_of_a_time():
    fitted = TimeColumn.fit(times("2026-11-22T06:30:00", "2027-01-01T12:00:00", "NaT"), "when")
    assert fitted.feature_names == (
        "when: elapsed days",
        "when: year",
        "when: month",
        "when: day of week",
        "when: hour",
        "when: missing",
    )
    encoded = fitted.encode(column(["2026-11-23 06:30", None]), row_place)
    assert encoded[0].tolist() == [1.0, 2026.0, 11.0, 0.0, 6.5, 0.0]  # 2026-11-23 is a Monday
    assert encoded[1].tolist() == pytest.approx([20.114583, 2026.5, 6.0, 5.0, 9.25, 1.0])


def test_parts_that_never_change_are_left_out():
    fitted = TimeColumn.fit(times("2026-11-02", "2026-11-09"), "when")
    assert fitted.feature_names == ("when: elapsed days",)
    assert fitted.encode(column(["1969-12-31"]), row_place)[0, 0] == pytest.approx(-20760)


def test_category_codes():
    fitted = CategoryColumn.fit(column(["b", "a", "b", None, "a", "once"]), "city")
    assert (fitted.values, fitted.size) == (("a", "b"), 4)
    encoded = fitted.encode(column(["a", "b", None, "once", "never"]))
    assert encoded.tolist() == [2, 3, 0, 1, 1]
    assert encoded.dtype == np.int32


def test_categories_may_be_numbers_in_another_file():
    fitted = CategoryColumn("grade", ("1", "2"))
    for values in ([1, 2, None], [1.0, 2.0, None], ["1", "2", None]):
        assert fitted.encode(column(values)).tolist() == [2, 3, 0]
    assert fitted.encode(column([None, None])).tolist() == [0, 0]
    assert CategoryColumn("empty", ()).encode(column(["x", None])).tolist() == [1, 0]


def test_the_most_frequent_categories_are_kept():
    values = [f"v{each:03}" for each in range(MOST_CATEGORIES + 5) for _ in range(2)] + ["v104"]
    fitted = CategoryColumn.fit(column(values), "c")
    assert len(fitted.values) == MOST_CATEGORIES
    assert "v104" in fitted.values
    assert "v103" not in fitted.values
    assert fitted.values == tuple(sorted(fitted.values))
