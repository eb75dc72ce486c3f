import numpy as np
import pyarrow as pa
import pytest

from trainwell.datasets.columns import IDENTIFIER_NAME, find_role
from trainwell.datasets.target_values import row_place
from trainwell.errors import InputError

ROWS = 40
FRACTIONS = [each / 7 for each in range(ROWS)]
SHUFFLED = np.random.default_rng(0).permutation(ROWS)


def role(values, name="c", training=None):
    training = np.arange(len(values)) if training is None else training
    return find_role(pa.chunked_array([pa.array(values)]), name, training, row_place)


@pytest.mark.parametrize(
    ("values", "name", "expected", "note"),
    [
        (FRACTIONS, "c", "numeric", ""),
        ([str(each) for each in FRACTIONS], "c", "numeric", ""),
        ([each % 5 for each in range(ROWS)], "id", "numeric", ""),
        ([True, False] * 20, "c", "boolean", ""),
        (["true", "false"] * 20, "c", "boolean", ""),
        (["a", "b"] * 20, "c", "category", ""),
        ([f"2020-01-{1 + each % 28:02}" for each in range(ROWS)], "c", "time", "holds dates; it becomes elapsed days"),
        (SHUFFLED + 5, "c", "left out", "it numbers the rows"),
        (SHUFFLED**2, "customer_id", "left out", "it identifies the rows"),
        (SHUFFLED**2, "c", "numeric", ""),
        (np.repeat(np.arange(30), 2) ** 2, "PatientId", "numeric", "consider --group-column PatientId or --drop"),
        ([f"name {each}" for each in range(ROWS)], "c", "left out", "each value occurs once"),
        (["same"] * 2 + [f"name {each}" for each in range(38)], "c", "left out", "39 of 40 values are different"),
        ([f"{1 + each % 28}/12/{2000 + each}" for each in range(ROWS)], "c", "left out", "write them as 2026-11-22"),
        ([7] * ROWS, "c", "left out", "it is the same in every row"),
        (["x"] * ROWS, "c", "left out", "it is the same in every row"),
        (["2020-01-01"] * ROWS, "c", "left out", "it is the same in every row"),
        (["yes", None] * 20, "c", "category", "has one value or none"),
        ([1, None] * 20, "c", "category", "has one value or none"),
        ([[1], [2]] * 20, "c", "left out", "values of type list"),
        ([f"v{each % 150}" for each in range(300)], "c", "category", "150 different values; the 100 most frequent"),
    ],
)
def test_roles(values, name, expected, note):
    found = role(values, name)
    assert (found.name, found.role) == (name, expected)
    if note:
        assert note in found.note
        assert f"Column {name!r}" in found.note
    else:
        assert found.note == ""


def test_few_rows_may_count_up():
    assert role(list(range(12))).role == "numeric"


def test_a_column_must_differ_in_training():
    training = np.arange(30)
    assert "same in every training row" in role([1] * 30 + [2] * 10, training=training).note
    assert "missing in every training row" in role([None] * 30 + [1.0, 2.0] * 5, training=training).note


def test_a_column_without_values_is_an_error():
    for values in ([None] * 5, [float("nan")] * 5):
        with pytest.raises(InputError, match="'c' has no value in any of 5 rows") as error:
            role(values)
        assert "--drop c" in error.value.hint


def test_the_option_can_be_typed_as_the_hint_says():
    with pytest.raises(InputError) as error:
        find_role(pa.chunked_array([[1.0, np.inf]]), "two words", np.arange(2), lambda row: f"line {row + 2}")
    assert error.value.hint.endswith("Or leave the column out with --drop 'two words'.")


def test_infinite_values_and_text_among_numbers_are_errors():
    with pytest.raises(InputError, match="is infinite in row 41"):
        role([*FRACTIONS, np.inf])
    with pytest.raises(InputError, match=r"holds text in row 41 .*'x'"):
        role([*map(str, FRACTIONS), "x"])


@pytest.mark.parametrize("name", ["id", "ID", "PassengerId", "customer_id", "row", "index", "Unnamed: 0", "(column 1)"])
def test_names_of_identifiers(name):
    assert IDENTIFIER_NAME.match(name)


@pytest.mark.parametrize("name", ["covid", "width", "humid", "paid", "note", "keyboard"])
def test_other_names(name):
    assert not IDENTIFIER_NAME.match(name)
