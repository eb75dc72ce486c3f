"""Predictions are written as CSV or Parquet, whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from trainwell.errors import InputError
from trainwell.prediction_file import choose_file, write_predictions

COLUMNS = {
    "row": [2, 3, 4],
    "prediction": ["cat", 'a "quoted", name', "größe\nzwei"],
    "probability_cat": np.array([0.5, 1e-9, 1.0], "float32"),
}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_name_follows_the_file_that_was_read():
    assert choose_file(None, Path("new.csv"), overwrite=False) == Path("new-predictions.csv")
    assert choose_file(None, Path("new.rows.parquet"), overwrite=False) == Path("new.rows-predictions.csv")
    assert choose_file(None, Path("pictures"), overwrite=False) == Path("pictures-predictions.csv")


def test_a_file_elsewhere_is_answered_in_the_working_folder():
    assert choose_file(None, Path("/data/new.csv"), overwrite=False) == Path("new-predictions.csv")


def test_the_working_folder_may_be_what_was_read():
    assert choose_file(None, Path(), overwrite=False) == Path(f"{Path.cwd().name}-predictions.csv")
    assert choose_file(None, Path(".."), overwrite=False) == Path(f"{Path.cwd().parent.name}-predictions.csv")
    assert choose_file(None, Path("/"), overwrite=False) == Path("predictions.csv")


def test_a_folder_keeps_what_looks_like_an_ending():
    Path("flowers.v2").mkdir()
    assert choose_file(None, Path("flowers.v2/"), overwrite=False) == Path("flowers.v2-predictions.csv")


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("out", ["new.csv", "deep/../new.csv", "link.csv", "twin.csv"])
def test_the_rows_are_never_replaced_by_their_predictions(out, overwrite):
    Path("new.csv").write_text("rows")
    Path("deep").mkdir()
    Path("link.csv").symlink_to("new.csv")
    Path("twin.csv").hardlink_to("new.csv")
    with pytest.raises(InputError, match="its rows would be lost") as caught:
        choose_file(Path(out), Path("new.csv"), overwrite=overwrite)
    assert "--out" in caught.value.hint


def test_a_name_that_is_too_long_is_told_in_words():
    with pytest.raises(InputError, match="too long"):
        choose_file(Path("x" * 300 + ".csv"), Path("new.csv"), overwrite=False)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_is_refused(overwrite):
    Path("out.csv").mkdir()
    with pytest.raises(InputError, match=r"'out\.csv': it is a folder"):
        choose_file(Path("out.csv"), Path("new.csv"), overwrite=overwrite)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.CSV", "deep/er/a.Parquet"])
def test_a_place_given_is_taken(name):
    assert choose_file(Path(name), Path("new.csv"), overwrite=False) == Path(name)


@pytest.mark.parametrize("name", ["a.txt", "a", "a.csv.gz", "csv"])
def test_another_ending_is_refused(name):
    with pytest.raises(InputError, match="as CSV or Parquet, not as") as caught:
        choose_file(Path(name), Path("new.csv"), overwrite=True)
    assert repr(Path(name).suffix) in caught.value.message
    assert ".parquet" in caught.value.hint


@pytest.mark.parametrize("out", [None, Path("new-predictions.csv")])
def test_an_earlier_file_needs_overwrite(out):
    Path("new-predictions.csv").write_text("earlier")
    with pytest.raises(InputError, match=r"'new-predictions\.csv' exists already") as caught:
        choose_file(out, Path("new.csv"), overwrite=False)
    assert "--overwrite" in caught.value.hint
    assert choose_file(out, Path("new.csv"), overwrite=True) == Path("new-predictions.csv")


def test_csv_comes_back_the_same():
    write_predictions(COLUMNS, Path("deep/er/out.CSV"))
    table = csv.read_csv("deep/er/out.CSV", parse_options=csv.ParseOptions(newlines_in_values=True))
    assert table.column_names == list(COLUMNS)
    assert table["row"].to_pylist() == COLUMNS["row"]
    assert table["prediction"].to_pylist() == COLUMNS["prediction"]
    read = np.asarray(table["probability_cat"]).astype("float32")
    np.testing.assert_array_equal(read, COLUMNS["probability_cat"])


def test_parquet_comes_back_the_same():
    write_predictions(COLUMNS, Path("out.parquet"))
    table = parquet.read_table("out.parquet")
    assert table.equals(pa.table(COLUMNS))
    assert table["probability_cat"].type == pa.float32()


@pytest.mark.parametrize(
    ("name", "writer"), [("out.csv", (csv, "write_csv")), ("out.parquet", (parquet, "write_table"))]
)
def test_a_full_disk_leaves_the_earlier_file(monkeypatch, name, writer):
    def full(_, path):
        Path(path).write_bytes(b"ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    Path(name).write_text("earlier")
    monkeypatch.setattr(*writer, full)
    with pytest.raises(InputError, match="No space left on device") as caught:
        write_predictions(COLUMNS, Path(name))
    assert name in caught.value.message
    assert Path(name).read_text() == "earlier"
    assert [path.name for path in Path().iterdir()] == [name]


def test_a_place_below_a_file_is_told_in_words():
    Path("note").write_text("")
    with pytest.raises(InputError, match="cannot be written to"):
        write_predictions(COLUMNS, Path("note/out.csv"))


def test_a_folder_of_that_name_is_told_in_words():
    Path("out.csv").mkdir()
    with pytest.raises(InputError, match="cannot be written to"):
        write_predictions(COLUMNS, Path("out.csv"))
    assert [path.name for path in Path().iterdir()] == ["out.csv"]
