import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from trainwell.datasets.table import dataset_from_table, load_table
from trainwell.errors import InputError


@pytest.fixture
def write(tmp_path):
    def write_file(header, rows, name="data.csv"):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return write_file


def rows(number=60, kind=lambda each: each % 2):
    return [f"{each / 7:.4f},{'abc'[each % 3]},{kind(each)}" for each in range(number)]


def test_a_csv_file_becomes_a_dataset(write):
    path = write("x,c,kind", rows())
    dataset = load_table(path, target="kind")
    assert (dataset.name, dataset.task, dataset.kind, dataset.target) == ("data", "binary", "table", "kind")
    assert (dataset.classes, dataset.category_sizes) == (("0", "1"), (5,))
    assert dataset.source["kind"] == "csv"
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (39, 9, 12)
    assert dataset.notes == ("Task: binary on 'kind' (it takes only 2 distinct whole numbers; 2 classes: 0, 1).",)
    for part in (dataset.train, dataset.validation, dataset.test):
        assert np.allclose(part.x["numeric"][:, 0], part.rows / 7, atol=1e-4)
        assert np.array_equal(part.x["codes"][:, 0], 2 + part.rows % 3)
        assert np.array_equal(part.y, part.rows % 2)


def test_the_same_table_as_parquet_gives_the_same_arrays(tmp_path, write):
    csv = load_table(write("x,c,kind", rows()), target="kind")
    path = tmp_path / "data.parquet"
    columns = [line.split(",") for line in rows()]
    table = pa.table(
        {
            "x": [float(x) for x, _, _ in columns],
            "c": [c for _, c, _ in columns],
            "kind": [int(kind) for _, _, kind in columns],
        }
    )
    pa_parquet.write_table(table, path)
    parquet = load_table(path, target="kind")
    assert parquet.classes == csv.classes
    assert parquet.encoder == csv.encoder
    for key in ("numeric", "codes"):
        assert np.array_equal(parquet.test.x[key], csv.test.x[key])


def test_dropped_and_group_columns_are_no_inputs(write):
    path = write(
        "x,c,person,kind", [f"{each / 7},{'ab'[each % 2]},p{each // 4},{each // 4 % 2}" for each in range(120)]
    )
    dataset = load_table(path, target="kind", group_column="person", drop=["c"])
    assert dataset.encoder.feature_names == ("x",)
    persons = [set(part.rows // 4) for part in (dataset.train, dataset.validation, dataset.test)]
    assert sum(map(len, persons)) == len(set.union(*persons)) == 30
    assert "Rows with the same 'person' are kept in one part; the column is no input." in dataset.notes


def test_a_group_must_be_named_in_every_row(write):
    path = write("x,person,kind", [f"{each / 7},{'' if each == 3 else each // 4},{each % 2}" for each in range(60)])
    with pytest.raises(InputError, match="'person' has no value in line 5"):
        load_table(path, target="kind", group_column="person")


def test_a_split_column_decides(write):
    parts = ["train"] * 40 + ["Val"] * 8 + ["test"] * 12
    path = write("x,c,kind,part", [f"{row},{part}" for row, part in zip(rows(), parts, strict=True)])
    dataset = load_table(path, target="kind", split_column="part")
    assert dataset.train.rows.tolist() == list(range(40))
    assert dataset.test.rows.tolist() == list(range(48, 60))
    assert dataset.encoder.feature_names == ("x", "c")
    wrong = write("x,c,kind,part", [f"{row},{'tain' if each == 4 else 'test'}" for each, row in enumerate(rows())])
    with pytest.raises(InputError, match="'part' has 'tain' in line 6"):
        load_table(wrong, target="kind", split_column="part")


def test_rows_without_a_target_are_dropped_and_said(write):
    path = write("x,c,kind", rows(kind=lambda each: "NA" if each < 7 else each % 2))
    dataset = load_table(path, target="kind")
    dropped = "line 2, line 3, line 4, line 5, line 6 and 2 more"
    assert f"7 of 60 rows are dropped, because 'kind' has no value there: {dropped}." in dataset.notes
    assert min(dataset.train.rows.min(), dataset.validation.rows.min(), dataset.test.rows.min()) == 7
    assert np.allclose(dataset.test.x["numeric"][:, 0], dataset.test.rows / 7, atol=1e-4)
    with pytest.raises(InputError, match="'kind' has no value in 30 of 60 rows, first in line 2"):
        load_table(write("x,c,kind", rows(kind=lambda each: "" if each < 30 else each % 2)), target="kind")


def test_lines_are_right_after_rows_were_dropped(write):
    lines = rows(kind=lambda each: "" if each < 7 else each % 2)
    lines[20] = "inf,a,1"
    with pytest.raises(InputError, match="'x' is infinite in line 22"):
        load_table(write("x,c,kind", lines), target="kind")


@pytest.mark.parametrize(
    ("kind", "task", "expected"),
    [
        (lambda each: ["yes", "no"][each % 2], None, ("binary", ("no", "yes"))),
        (lambda each: ["True", "false"][each % 2], None, ("binary", ("False", "True"))),
        (lambda each: each % 3, None, ("multi-class", ("0", "1", "2"))),
        (lambda each: each % 3, "regression", ("regression", ())),
        (lambda each: each / 3, None, ("regression", ())),
        (lambda each: "x" if each < 3 else each % 2, "multi-class", ("multi-class", ("0", "1", "x"))),
    ],
)
def test_the_task_is_found_from_text(write, kind, task, expected):
    dataset = load_table(write("x,c,kind", rows(kind=kind)), target="kind", task=task)
    assert (dataset.task, dataset.classes) == expected


@pytest.mark.parametrize(
    ("kind", "task", "message"),
    [
        (lambda _: 1, None, "one class only: '1' in all 60 rows"),
        (lambda each: "rare" if each == 5 else "often" if each % 2 else "seldom", None, "1 of 3: rare"),
        (lambda each: "oops" if each == 5 else each / 3, None, "'kind' holds text in line 7: 'oops'"),
        (lambda each: "ab"[each % 2], "regression", "'kind' is text in line 2: 'a'; regression needs numbers"),
        (lambda each: "inf" if each == 5 else each / 3, None, "'kind' is infinite in 1 of 60 rows: line 7"),
        (
            lambda each: f"2020-01-{1 + each % 28:02}",
            None,
            "type datetime64.* in line 2; expected numbers, text or booleans",
        ),
    ],
)
def test_bad_targets(write, kind, task, message):
    with pytest.raises(InputError, match=message):
        load_table(write("x,c,kind", rows(kind=kind)), target="kind", task=task)


def test_rows_that_leak_are_counted(write):
    same = [f"{each % 5 + 0.5},{each % 2}" for each in range(100)]
    dataset = load_table(write("x,kind", same), target="kind")
    assert dataset.notes[-1] == (
        "15 validation rows and 20 test rows occur in training too, with the same inputs and target: scores on them "
        "flatter the net."
    )


@pytest.mark.parametrize("name", ["data.csv", "data.parquet"])
def test_a_wrong_name_is_told_before_the_rows_are_read(tmp_path, monkeypatch, name):
    table = pa.table({"x": ["1", "2"], "kind": ["a", "b"]})
    if name.endswith(".csv"):
        pa_csv.write_csv(table, tmp_path / name)
    else:
        pa_parquet.write_table(table, tmp_path / name)
    monkeypatch.setattr("trainwell.datasets.table.read_table", lambda path: pytest.fail(f"{path} was read"))
    with pytest.raises(InputError, match="--target: the table has no column 'knd'; it has x, kind") as error:
        load_table(tmp_path / name, target="knd")
    assert error.value.hint == "Did you mean 'kind'?"


def test_a_table_of_the_target_alone(write):
    with pytest.raises(InputError, match="no column beside the target 'kind'"):
        load_table(write("kind", [str(each % 2) for each in range(30)]), target="kind")


def test_scikit_learns_tables():
    bunch = load_breast_cancer()
    columns = dict(zip(bunch.feature_names.tolist(), bunch.data.T, strict=True))
    dataset = dataset_from_table(
        pa.table({**columns, "diagnosis": bunch.target}),
        name="breast-cancer",
        source={"name": "breast-cancer", "kind": "built-in"},
        target="diagnosis",
        class_names=bunch.target_names.tolist(),
    )
    assert dataset.classes == ("malignant", "benign")
    assert dataset.train.x["numeric"].shape == (370, 30)
    assert np.array_equal(dataset.test.x["numeric"], bunch.data[dataset.test.rows].astype(np.float32))
    assert np.array_equal(dataset.test.y, bunch.target[dataset.test.rows])
    bunch = load_diabetes(scaled=False)
    columns = dict(zip(bunch.feature_names, bunch.data.T, strict=True))
    dataset = dataset_from_table(
        pa.table({**columns, "progression": bunch.target}), name="diabetes", source={}, target="progression"
    )
    assert dataset.task == "regression"
    assert dataset.train.x["numeric"].shape[1] == 10
