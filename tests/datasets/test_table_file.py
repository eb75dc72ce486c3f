import hashlib

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from trainwell.datasets.table_file import MISSING, read_table
from trainwell.errors import InputError


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def test_a_csv_file_stays_text(write):
    path = write('a,b\n1, x \n"2,5","say ""hi"""\n')
    file = read_table(path)
    assert file.table.to_pydict() == {"a": ["1", "2,5"], "b": ["x", 'say "hi"']}
    assert file.source == {
        "name": "data.csv",
        "kind": "csv",
        "path": path.as_posix(),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    assert file.notes == ()
    assert [file.place(0), file.place(1)] == ["line 2", "line 3"]


@pytest.mark.parametrize("spelling", [*MISSING, " NA ", '""'])
def test_the_usual_spellings_of_a_missing_value(write, spelling):
    assert read_table(write(f"a,b\n1,{spelling}\n2,None\n")).table.to_pydict()["b"] == [None, "None"]


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbfa,b\r\n1,2\r\n", b"a,b\r1,2\r", b"\n\na,b\n\n1,2\n\n", b" a , b \n1,2", b'"a","b"\n"1","2"\n'],
)
def test_marks_line_ends_and_blanks_do_not_matter(write, content):
    assert read_table(write(content)).table.to_pydict() == {"a": ["1"], "b": ["2"]}


def test_lines_are_counted_past_blank_lines_and_quoted_line_ends(write):
    file = read_table(write('a,b\n\n1,"x\ny"\n2,z\n'))
    assert file.table.to_pydict() == {"a": ["1", "2"], "b": ["x\ny", "z"]}
    assert [file.place(0), file.place(1)] == ["line 3", "line 5"]


def test_a_line_end_in_the_last_row_is_no_open_quote(write):
    assert read_table(write('a,b\n1,"x\ny"\n')).table.to_pydict()["b"] == ["x\ny"]


def test_other_delimiters_are_found_and_said(write):
    file = read_table(write("a;b;c\n1,5;x,y;2\n,25;z;\n"))
    assert file.table.to_pydict() == {"a": ["1.5", ".25"], "b": ["x,y", "z"], "c": ["2", None]}
    assert "separated by semicolons" in file.notes[0]
    assert file.notes[1] == "data.csv: decimal commas are read as points in a."
    assert "tabs" in read_table(write("a\tb\n1\t2\n")).notes[0]
    assert read_table(write("a\tb\n1\t2\n", "data.tsv")).notes == ()


def test_columns_without_a_name_are_named_by_position(write):
    assert read_table(write(",a,\n0,1,2\n")).table.column_names == ["(column 1)", "a", "(column 3)"]
    assert read_table(write("0,1\n5,6\n")).table.column_names == ["0", "1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "data.csv is empty"),
        ("\n \n\n", "no rows"),
        ("\n\n", "data.csv is empty"),
        ("a,b\n", "column names but no rows"),
        ("a,b\n1,2\n\n3\n", "line 4 has 1 value; expected 2"),
        ('a,b\n1,"x\ny"\n3,4,5\n', "line 4 has 3 values; expected 2"),
        (b"a,b\n1,2\n3,\xe9\n", "not UTF-8 text: line 3 has the byte 0xe9"),
        (b"a,\xe9\n1,2\n", "not UTF-8 text: line 1"),
        ("a,b\n1,2\n".encode("utf-16"), "not UTF-8 text: line 1 has the byte 0xff"),
        ("a,b, a\n1,2,3\n", "more than once: a"),
        ('a,b\n1,2\n3,"4\n5,6\n', "a quote opened in or after line 3 is not closed"),
        ("5.1,3.5\n4.9,3.0\n", r"first line holds numbers only \(5.1, 3.5\)"),
    ],
)
def test_bad_csv_files(write, content, message):
    with pytest.raises(InputError, match=message) as error:
        read_table(write(content))
    assert "data.csv" in error.value.message
    assert error.value.hint


def test_missing_files_folders_and_other_endings(tmp_path, write):
    with pytest.raises(InputError, match=r"gone.csv does not exist"):
        read_table(tmp_path / "gone.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=r"folder.csv is a folder"):
        read_table(tmp_path / "folder.csv")
    with pytest.raises(InputError, match=r"ends in '.xlsx'; expected a table ending in .csv"):
        read_table(write("x", "data.xlsx"))


def test_a_parquet_file_keeps_its_types(tmp_path):
    path = tmp_path / "data.parquet"
    table = pa.table(
        {
            "n": [1, 2],
            "f": [0.5, None],
            "s": [" x ", "NA"],
            "d": pa.array(["u", "v"]).dictionary_encode(),
        }
    )
    pa_parquet.write_table(table, path)
    file = read_table(path)
    assert file.table.to_pydict() == {"n": [1, 2], "f": [0.5, None], "s": ["x", None], "d": ["u", "v"]}
    assert pa.types.is_integer(file.table.schema.field("n").type)
    assert file.source["kind"] == "parquet"
    assert file.place(0) == "row 1 (counted from 1)"


def test_bad_parquet_files(tmp_path, write):
    with pytest.raises(InputError, match=r"data.parquet is empty"):
        read_table(write("", "data.parquet"))
    with pytest.raises(InputError, match=r"is not a Parquet file or is damaged"):
        read_table(write("no table at all", "data.parquet"))
    path = tmp_path / "cut.parquet"
    pa_parquet.write_table(pa.table({"a": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"cut.parquet is not a Parquet file or is damaged"):
        read_table(path)
    pa_parquet.write_table(pa.table({"a": pa.array([], pa.int64())}), path)
    with pytest.raises(InputError, match="no rows"):
        read_table(path)
    pa_parquet.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), path)
    with pytest.raises(InputError, match="more than once: a"):
        read_table(path)
