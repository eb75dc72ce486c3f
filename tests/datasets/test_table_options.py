import pytest

from trainwell.datasets.table_options import check_options
from trainwell.errors import InputError

NAMES = ["Age", "city", "income"]


def check(target="income", split_column=None, group_column=None, drop=()):
    return check_options(NAMES, target, split_column, group_column, drop)


def test_names_that_exist_are_fine():
    assert check(group_column="city", drop=["Age", "Age"]) == "income"


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"target": None}, "The table has 3 columns: Age, city, income", "--target COLUMN"),
        ({"target": "incme"}, "--target: the table has no column 'incme'; it has Age, city, income", "mean 'income'"),
        ({"target": "AGE"}, "no column 'AGE'", "mean 'Age'"),
        ({"target": "zzz"}, "no column 'zzz'", "Choose one"),
        ({"drop": ["citty"]}, "--drop: the table has no column 'citty'", "mean 'city'"),
        ({"split_column": "part"}, "--split-column: the table has no column 'part'", "Choose"),
        ({"group_column": "person"}, "--group-column: the table has no column 'person'", "Choose"),
        ({"drop": ["income"]}, "'income' is named by both --target and --drop", "leave one out"),
        ({"split_column": "income"}, "'income' is named by both --target and --split-column", "leave one out"),
        ({"split_column": "city", "group_column": "Age"}, "Both --split-column and --group-column", "Leave one"),
    ],
)
def test_bad_options(options, message, hint):
    with pytest.raises(InputError) as error:
        check(**options)
    assert message in error.value.message
    assert hint in error.value.hint


def test_a_wide_table_is_not_listed_in_full():
    wide = [f"c{each}" for each in range(100)]
    with pytest.raises(InputError, match=r"c29 and 70 more\."):
        check_options(wide, None)
