from datetime import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from trainwell.datasets.target_values import numbers_from_text, read_target
from trainwell.errors import InputError


@pytest.mark.parametrize(
    ("values", "expected", "kind"),
    [
        (np.array([1, 2], dtype=np.uint8), [1, 2], "u"),
        (np.array([1.5, 2], dtype=np.float16), [1.5, 2.0], "f"),
        (np.array([True, False]), [True, False], "b"),
        (np.array([True, False], dtype=object), [True, False], "b"),
        (np.array(["a", "b"]), ["a", "b"], "O"),
        (np.array([b"a", b"b"]), ["a", "b"], "O"),
        (np.array(["a", 1], dtype=object), ["a", "1"], "O"),
        (np.array([1, 2.5], dtype=object), [1.0, 2.5], "f"),
        (pa.array([1, 2]), [1.0, 2.0], "f"),
        (pa.chunked_array([["x"], ["y"]]), ["x", "y"], "O"),
        (pa.array([True, False]), [True, False], "b"),
        (pa.array(["x", "y"]).dictionary_encode(), ["x", "y"], "O"),
        (pa.array([Decimal("1.5"), Decimal(2)]), [1.5, 2.0], "f"),
    ],
)
def test_numpy_and_pyarrow_types_become_numbers_booleans_or_text(values, expected, kind):
    array = read_target(values, "y")
    assert array.dtype.kind == kind
    assert array.tolist() == expected


@pytest.mark.parametrize(
    "values", [np.array([1.0, np.nan]), np.array(["a", ""]), np.array(["a", None], dtype=object), pa.array([1, None])]
)
def test_a_missing_value_is_named_with_its_row(values):
    with pytest.raises(InputError, match=r"'y' has no value in 1 of 2 rows: row 2 \(counted from 1\)"):
        read_target(values, "y")


def test_many_missing_values_are_counted():
    with pytest.raises(InputError, match=r"in 8 of 8 rows: .* and 3 more\."):
        read_target(np.full(8, np.nan), "y")


def test_the_place_is_the_callers():
    with pytest.raises(InputError, match=r"is infinite in 1 of 2 rows: line 3"):
        read_target(np.array([1, -np.inf]), "y", lambda position: f"line {position + 2}")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((3, 2)), r"shape \(3, 2\); expected one value a row"),
        (np.array([]), "has no rows"),
        (np.array([1 + 2j, 2]), "type complex128"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "type datetime64"),
        (pa.array(["a", "b"]).cast(pa.binary()).to_pylist() + [["list"]], "type list in row 3"),  # noqa: RUF005 mixed on purpose
        (pa.array([datetime(2020, 1, 1)]), "type datetime in row 1"),  # noqa: DTZ001 tables hold naive times
    ],
)
def test_what_no_task_can_use_is_refused(values, message):
    if isinstance(values, list):
        boxed = np.empty(len(values), dtype=object)
        boxed[:] = values
        values = boxed
    with pytest.raises(InputError, match=message):
        read_target(values, "y")


def test_text_that_spells_numbers():
    assert numbers_from_text(np.array(["1", "2.5"], dtype=object), "y").tolist() == [1.0, 2.5]
    with pytest.raises(InputError, match=r"text in row 2 .*: 'tall'; regression needs numbers"):
        numbers_from_text(np.array(["1", "tall"], dtype=object), "y")
    with pytest.raises(InputError, match="is infinite"):
        numbers_from_text(np.array(["1", "inf"], dtype=object), "y")
