import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell.datasets.table_encoder import TableEncoder
from trainwell.errors import InputError

ROWS = 40


def example():
    return pa.table(
        {
            "age": [None if each % 9 == 0 else each * 1.5 for each in range(ROWS)],
            "city": [["Paris", "Rome", None, "Oslo"][each % 4] for each in range(ROWS)],
            "when": [f"2026-{1 + each % 12:02}-10" for each in range(ROWS)],
            "name": [f"person {each}" for each in range(ROWS)],
            "ok": [each % 3 == 0 for each in range(ROWS)],
        }
    )


def fitted(table=None, rows=30):
    table = example() if table is None else table
    return TableEncoder.fit(table, table.column_names, np.arange(rows))[0]


def test_what_a_table_becomes():
    encoder, notes = TableEncoder.fit(example(), example().column_names, np.arange(30))
    inputs = encoder.transform(example())
    numeric = ("age", "age: missing", "when: elapsed days", "when: month", "when: day of week", "ok")
    assert encoder.feature_names == (*numeric, "city")
    assert encoder.category_sizes == (5,)
    assert inputs["numeric"].shape == (ROWS, 6)
    assert inputs["numeric"].dtype == np.float32
    assert inputs["codes"].shape == (ROWS, 1)
    assert inputs["codes"].dtype == np.int32
    assert inputs["codes"][:4, 0].tolist() == [3, 4, 0, 2]
    assert [note.split("'")[1] for note in notes] == ["when", "name"]


def test_it_learns_from_training_rows_only():
    table = pa.table({"x": [*map(float, range(1, 31)), *[1e6] * 10], "c": ["a", "b"] * 15 + ["z"] * 10})
    encoder = fitted(table)
    assert encoder.columns[0].median == 15.5
    assert encoder.transform(table)["codes"][30:].ravel().tolist() == [1] * 10


def test_what_is_empty_is_absent():
    assert set(fitted(pa.table({"x": [1.5, 2.5] * 20})).transform(pa.table({"x": [1.0]}))) == {"numeric"}
    assert set(fitted(pa.table({"c": ["a", "b"] * 20})).transform(pa.table({"c": ["a"]}))) == {"codes"}


def test_other_orders_and_further_columns_are_fine():
    encoder, table = fitted(), example()
    expected = encoder.transform(table)
    other = table.select(["ok", "when", "city", "age"]).append_column("target", pa.array([1] * ROWS))
    for key, array in encoder.transform(other).items():
        assert np.array_equal(array, expected[key])


def test_missing_columns_are_all_named():
    table = example().drop_columns(["city"]).rename_columns({"age": "Age"})
    with pytest.raises(InputError, match="lacks 2 of the 4 columns the net was trained on: 'age', 'city'") as error:
        fitted().transform(table)
    assert "'Age' instead of 'age'" in error.value.hint


def test_values_of_the_wrong_kind_are_named_with_their_line():
    table = example().set_column(0, "age", pa.array(["1"] * 4 + ["old"] + ["2"] * 35))
    with pytest.raises(InputError, match="'age' holds text in line 6: 'old'"):
        fitted().transform(table, lambda position: f"line {position + 2}")
    with pytest.raises(InputError) as error:
        fitted().transform(table)
    assert "--drop" not in error.value.hint, "predicting has no such option"
    with pytest.raises(InputError) as error:
        fitted(table)
    assert "--drop age" in error.value.hint


def test_a_table_without_a_useful_column():
    table = pa.table({"id": [f"a{each}" for each in range(ROWS)], "c": [1] * ROWS})
    with pytest.raises(InputError, match=r"None of the 2 columns .*'id' is left out: .*'c' is left out"):
        fitted(table)


def test_categories_that_never_repeat_in_training_are_left_out():
    values = [f"v{each}" for each in range(30)] + ["v1"] * 10
    table = pa.table({"c": values, "x": [1.5, 2.5] * 20})
    encoder, notes = TableEncoder.fit(table, ["c", "x"], np.arange(30))
    assert encoder.feature_names == ("x",)
    assert notes == ("Column 'c' is left out: no value occurs twice in the training rows.",)


columns = st.fixed_dictionaries(
    {},
    optional={
        "number": st.lists(st.none() | st.floats(-1e30, 1e30), min_size=12, max_size=12),
        "text": st.lists(st.none() | st.sampled_from(["a", "ü", 'quo"te', "null and void"]), min_size=12, max_size=12),
        "true": st.lists(st.none() | st.booleans(), min_size=12, max_size=12),
        "time": st.lists(st.none() | st.datetimes(), min_size=12, max_size=12),
    },
)


@settings(max_examples=60)
@given(columns)
def test_plain_json_gives_the_same_arrays_back(values):
    kinds = {"number": pa.float64(), "text": pa.string(), "true": pa.bool_(), "time": pa.timestamp("us")}
    table = pa.table({name: pa.array(each, kinds[name]) for name, each in values.items()})
    try:
        encoder = fitted(table, rows=8)
    except InputError as error:
        assert "no value in any" in error.message or "be an input" in error.message  # noqa: PT017 both are right here
        return
    document = json.dumps(encoder.to_json(), allow_nan=False)
    again = TableEncoder.from_json(json.loads(document))
    assert again == encoder
    expected = encoder.transform(table)
    for key, array in again.transform(table).items():
        assert array.dtype == expected[key].dtype
        assert np.array_equal(array, expected[key])
        assert np.all(np.isfinite(array))


def test_the_document_is_readable():
    document = fitted().to_json()
    assert document["kind"] == "table"
    assert document["columns"][1] == {"name": "city", "role": "category", "values": ("Oslo", "Paris", "Rome")}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"kind": "table"}, "cannot be read: KeyError.'format_version'"),
        ({"format_version": 99, "columns": []}, "format version 99; this trainwell reads up to 1"),
        ({"format_version": 1, "columns": [{"name": "x", "role": "soup"}]}, "cannot be read: KeyError.'soup'"),
        ({"format_version": 1, "columns": [{"name": "x", "role": "numeric"}]}, "cannot be read: TypeError"),
    ],
)
def test_damaged_documents(document, message):
    with pytest.raises(InputError, match=message):
        TableEncoder.from_json(document)
