import csv
import errno
import json
import shutil
import subprocess
import sys

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest
from PIL import Image
from sklearn.datasets import load_digits

import trainwell
from trainwell.training import predict_inputs

TARGET = "grade, final"
CLASSES = ("<b>good</b>", 'a "so-so"', "bad, very")
PARTS = ("model.keras", "run.json", "preprocessing.json")


def edit(path, change):
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rows():
    """A table of numbers with gaps, dates, categories, booleans and an identifier."""
    generator = np.random.default_rng(0)
    table = []
    for number in range(120):
        value = generator.normal()
        table.append(
            {
                "id": f"customer-{number:04d}",
                "value": "" if generator.random() < 0.1 else f"{value:.3f}",
                "size": str(generator.choice(["small", "large, wide", "huge"])),
                "bought": str(np.datetime64("2024-01-01") + np.timedelta64(int(generator.integers(300)), "D")),
                "member": str(generator.choice(["yes", "no"])),
                TARGET: CLASSES[0 if value > 0.4 else 1 if value > -0.4 else 2],
            }
        )
    return table


@pytest.fixture(scope="module")
def write_rows(write_csv):
    def write(path, table, names=None):
        names = names or list(table[0])
        return write_csv(path, names, [[row[name] for name in names] for row in table])

    return write


@pytest.fixture(scope="module")
def table(tmp_path_factory, rows, write_rows):
    """A folder with a table, and the training on it in memory."""
    folder = tmp_path_factory.mktemp("predict")
    path = write_rows(folder / "all.csv", rows)
    training = trainwell.train(
        str(path),
        out=folder / "run",
        target=TARGET,
        epochs=2,
        depth=1,
        units=8,
        learning_rate=0.002,
        verbose=0,
        say=len,
    )
    return folder, training


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder with images in folders of odd names, and a run trained on them."""
    folder = tmp_path_factory.mktemp("pictures")
    digits = load_digits()
    for number, name in enumerate(["<i>null</i>", "one, 1"]):
        # a slash cannot stand in a folder's name
        home = folder / "images" / name.replace("/", "|")
        home.mkdir(parents=True)
        for position, image in enumerate(digits.images[digits.target == number][:12]):
            Image.fromarray((image * 15).astype(np.uint8)).save(home / f"{position}.png")
    trainwell.train(
        str(folder / "images"),
        out=folder / "run",
        epochs=1,
        depth=1,
        units=8,
        learning_rate=0.002,
        verbose=0,
        say=len,
    )
    return folder


@pytest.fixture
def predicted(command, table, tmp_path, write_rows):
    """Predicts a table and gives its rows back."""
    folder, _ = table

    def predict(some_rows, names=None):
        write_rows(tmp_path / "new.csv", some_rows, names)
        answer = command("predict", folder / "run", "new.csv", "--out", "out.csv", "--overwrite", inside=tmp_path)
        assert answer.code == 0, answer.err
        return read(tmp_path / "out.csv")

    return predict


# The same numbers.


@pytest.mark.heavy
def test_numbers_are_those_of_the_model_in_memory(command, table, tmp_path, rows, write_rows):
    folder, training = table
    part = training.dataset.test
    write_rows(tmp_path / "test.csv", [rows[row] for row in part.rows])
    answer = command("predict", folder / "run", "test.csv", "--out", "test.parquet", inside=tmp_path)
    assert answer.code == 0, answer.err
    written = pa_parquet.read_table(tmp_path / "test.parquet")
    shares = np.stack([written[f"probability_{name}"].to_numpy() for name in CLASSES], axis=1)
    np.testing.assert_array_equal(shares, predict_inputs(training.model, part.x))
    # Keras's own call has fewer rows in its batch: another program, whose last bit may differ with the processor.
    np.testing.assert_allclose(shares, training.model.predict(part.x, batch_size=256, verbose=0), rtol=1e-6)
    assert written["prediction"].to_pylist() == [CLASSES[number] for number in shares.argmax(axis=1)]
    assert tuple(training.dataset.classes) == CLASSES


@pytest.mark.heavy
def test_another_process_writes_the_same_bytes(command, table, tmp_path):
    folder, _ = table
    command("predict", folder / "run", folder / "all.csv", "--out", "here.csv", inside=tmp_path)
    program = "from trainwell.cli.app import main; main()"
    arguments = ["predict", str(folder / "run"), str(folder / "all.csv"), "--out", "there.csv"]
    subprocess.run([sys.executable, "-c", program, *arguments], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()


@pytest.mark.heavy
def test_csv_carries_all_digits_of_a_float32(command, table, tmp_path):
    folder, _ = table
    for name in ("one.csv", "one.parquet"):
        command("predict", folder / "run", folder / "all.csv", "--out", name, inside=tmp_path)
    from_csv, exact = pa_csv.read_csv(tmp_path / "one.csv"), pa_parquet.read_table(tmp_path / "one.parquet")
    assert from_csv.column_names == exact.column_names == ["row", "prediction", *(f"probability_{c}" for c in CLASSES)]
    for name in CLASSES:
        np.testing.assert_array_equal(
            from_csv[f"probability_{name}"].to_numpy().astype(np.float32), exact[f"probability_{name}"].to_numpy()
        )


def test_a_moved_run_predicts_alike(command, table, tmp_path):
    folder, _ = table
    shutil.copytree(folder / "run", tmp_path / "moved here")
    for run, name in ((folder / "run", "a.csv"), ("moved here", "b.csv")):
        assert command("predict", run, folder / "all.csv", "--out", name, inside=tmp_path).code == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


# Tables of other shapes.


def test_order_of_columns_target_and_further_columns_do_not_matter(predicted, rows):
    names = list(rows[0])
    expected = predicted(rows[:9])
    assert predicted(rows[:9], names[::-1]) == expected
    assert predicted(rows[:9], [name for name in names if name not in {TARGET, "id"}]) == expected
    assert predicted([{"new": "7", **row} for row in rows[:9]]) == expected


def test_one_row_is_predicted_as_among_many(predicted, rows):
    one, many = predicted(rows[4:5])[0], predicted(rows)[4]
    for name in CLASSES:
        assert float(one[f"probability_{name}"]) == pytest.approx(float(many[f"probability_{name}"]), abs=1e-6)


def test_rows_are_numbered_from_0_and_shares_sum_to_one(predicted, rows):
    answers = predicted(rows[:3])
    assert [answer["row"] for answer in answers] == ["0", "1", "2"]
    for answer in answers:
        shares = {name: float(answer[f"probability_{name}"]) for name in CLASSES}
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        assert answer["prediction"] == max(shares, key=shares.get)


def test_unseen_categories_and_missing_values_are_predicted(predicted, rows):
    unseen = [{**row, "size": "colossal"} for row in rows[:4]]
    assert [answer["prediction"] in CLASSES for answer in predicted(unseen)] == [True] * 4
    empty = [dict.fromkeys(row, "") for row in rows[:4]]
    answers = predicted(empty)
    assert len({tuple(answer[f"probability_{name}"] for name in CLASSES) for answer in answers}) == 1
    assert all(np.isfinite(float(answer[f"probability_{name}"])) for answer in answers for name in CLASSES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": "banana"}, ["'value'", "line 4", "'banana'", "number"]),
        ({"value": "inf"}, ["'value'", "infinite", "line 4"]),
        ({"bought": "yesterday"}, ["'bought'", "line 4", "date"]),
    ],
)
def test_a_value_that_does_not_fit_is_refused(command, table, tmp_path, rows, write_rows, refused, change, words):
    folder, _ = table
    write_rows(tmp_path / "new.csv", [{**row, **change} if place == 2 else row for place, row in enumerate(rows[:6])])
    refused(command("predict", folder / "run", "new.csv", inside=tmp_path), *words)


def test_hints_name_options_of_this_command_only(command, table, tmp_path, rows, write_rows):
    folder, _ = table
    write_rows(tmp_path / "new.csv", [{**rows[0], "value": "banana"}])
    answer = command("predict", folder / "run", "new.csv", inside=tmp_path)
    assert "banana" in answer.err
    assert "--drop" not in answer.err


def test_missing_columns_are_named(command, table, tmp_path, rows, write_rows, refused):
    folder, _ = table
    write_rows(tmp_path / "new.csv", rows[:3], ["id", "size", "member"])
    refused(command("predict", folder / "run", "new.csv", inside=tmp_path), "'value'", "'bought'")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("absent.csv", None, ["absent.csv"]),
        ("empty.csv", "", ["empty"]),
        ("names.csv", "value,size,bought,member\n", ["no rows"]),
        ("ragged.csv", "value,size,bought,member\n1,2\n", ["line 2"]),
        ("new.npz", "", [".csv"]),
    ],
)
def test_a_file_that_is_no_table_is_refused(command, table, tmp_path, refused, name, text, words):
    folder, _ = table
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    refused(command("predict", folder / "run", name, inside=tmp_path), *words)


# Where it is written.


def test_default_name_and_overwrite(command, table, tmp_path, refused):
    folder, _ = table
    first = command("predict", folder / "run", folder / "all.csv", inside=tmp_path)
    assert first.code == 0
    assert first.changed == {"all-predictions.csv"}
    assert first.out == f"120 predictions of {TARGET}: all-predictions.csv\n"
    refused(command("predict", folder / "run", folder / "all.csv", inside=tmp_path), "exists already", "--overwrite")
    assert command("predict", folder / "run", folder / "all.csv", "--overwrite", inside=tmp_path).code == 0


def test_output_of_another_ending_is_refused(command, table, tmp_path, refused):
    folder, _ = table
    arguments = ("predict", folder / "run", folder / "all.csv", "--out", "new.txt")
    refused(command(*arguments, inside=tmp_path), "'.txt'", ".parquet")


def test_full_disk_leaves_the_earlier_file(command, table, tmp_path, refused, monkeypatch):
    folder, _ = table
    (tmp_path / "out.csv").write_text("earlier", encoding="utf-8")

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pa_csv, "write_csv", full)
    arguments = ("predict", folder / "run", folder / "all.csv", "--out", "out.csv", "--overwrite")
    refused(command(*arguments, inside=tmp_path), "No space left", "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "earlier"


def test_the_rows_are_not_overwritten_by_their_predictions(command, table, tmp_path, refused):
    folder, _ = table
    shutil.copy(folder / "all.csv", tmp_path / "mine.csv")
    refused(command("predict", folder / "run", "mine.csv", "--out", "mine.csv", "--overwrite", inside=tmp_path))


# Images.


@pytest.mark.heavy
def test_folder_image_and_array_agree(command, pictures, tmp_path):
    images = pictures / "images"
    one = images / "one, 1" / "3.png"
    np.save(tmp_path / "one.npy", np.asarray(Image.open(one))[np.newaxis])
    answers = []
    for source, name in ((images, "folder.csv"), (one, "image.csv"), ("one.npy", "array.csv")):
        answer = command("predict", pictures / "run", source, "--out", name, inside=tmp_path)
        assert answer.code == 0, answer.err
        answers.append(read(tmp_path / name))
    folder, image, array = answers
    assert len(folder) == 24
    beside = next(row for row in folder if row["row"] == "one, 1/3.png")
    for row in (image[0], array[0]):
        for name in ("probability_<i>null<|i>", "probability_one, 1"):
            assert float(row[name]) == pytest.approx(float(beside[name]), abs=1e-6)
    assert image[0]["row"] == "3.png"


@pytest.mark.heavy
def test_images_of_another_size_are_resized_and_arrays_are_not(command, pictures, tmp_path, refused):
    Image.new("RGB", (20, 30)).save(tmp_path / "large.jpg")
    assert command("predict", pictures / "run", "large.jpg", inside=tmp_path).code == 0
    np.save(tmp_path / "other.npy", np.zeros((2, 20, 30), np.uint8))
    refused(command("predict", pictures / "run", "other.npy", inside=tmp_path), "(2, 20, 30)", "8, 8")
    np.save(tmp_path / "scaled.npy", np.full((2, 8, 8), 0.5))
    refused(command("predict", pictures / "run", "scaled.npy", inside=tmp_path), "float64", "uint8")


def test_an_image_that_does_not_decode_is_named(command, pictures, tmp_path, refused):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    refused(command("predict", pictures / "run", "broken.png", inside=tmp_path), "broken.png", "does not decode")


def test_a_table_is_no_image(command, table, pictures, tmp_path, refused):
    folder, _ = table
    refused(command("predict", pictures / "run", folder / "all.csv", inside=tmp_path), "all.csv", "images")


# Damaged runs.


@pytest.mark.parametrize("part", PARTS)
def test_a_run_without_a_part_is_refused(command, table, tmp_path, refused, part):
    folder, _ = table
    shutil.copytree(folder / "run", tmp_path / "run")
    (tmp_path / "run" / part).unlink()
    refused(command("predict", "run", folder / "all.csv", inside=tmp_path), part)


def test_signals_are_not_needed(command, table, tmp_path):
    folder, _ = table
    shutil.copytree(folder / "run", tmp_path / "run")
    (tmp_path / "run" / "signals.npz").unlink()
    assert command("predict", "run", folder / "all.csv", inside=tmp_path).code == 0


def half(content):
    return content[: len(content) // 2]


def nothing(_content):
    return b""


def a_list(_content):
    return b"[]"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("damage", [half, nothing, a_list])
def test_a_damaged_part_is_refused(command, table, tmp_path, refused, part, damage):
    folder, _ = table
    shutil.copytree(folder / "run", tmp_path / "run")
    path = tmp_path / "run" / part
    path.write_bytes(damage(path.read_bytes()))
    refused(command("predict", "run", folder / "all.csv", inside=tmp_path))


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts.update(format_version=99),
        lambda facts: facts.update(format_version="new"),
        lambda facts: facts.pop("data"),
    ],
)
def test_a_run_file_that_is_not_as_written_is_refused(command, table, tmp_path, refused, change):
    folder, _ = table
    shutil.copytree(folder / "run", tmp_path / "run")
    edit(tmp_path / "run" / "run.json", change)
    refused(command("predict", "run", folder / "all.csv", inside=tmp_path), "run.json")


def test_preprocessing_of_another_run_is_refused(command, table, tmp_path, refused):
    folder, _ = table
    shutil.copytree(folder / "run", tmp_path / "run")
    edit(tmp_path / "run" / "preprocessing.json", lambda document: document["columns"].pop(0))
    refused(command("predict", "run", folder / "all.csv", inside=tmp_path))


@pytest.mark.parametrize("run", ["absent", "run/model.keras"])
def test_something_that_is_no_run_is_refused(command, table, tmp_path, refused, run):
    folder, _ = table
    refused(command("predict", folder / run, folder / "all.csv", inside=tmp_path), "run.json")
