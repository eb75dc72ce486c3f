import errno
import json
import os
import signal
import struct
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits, load_wine
from tensorboardX.proto.event_pb2 import Event

from trainwell import engine, report
from trainwell.run import RowCounts, Run

QUICK = ("--epochs", "2", "--learning-rate", "0.002")
SMALL = (*QUICK, "--depth", "1", "--units", "4")
CLASSES = ('<script>alert("x")</script>', "a, b", "😀 ünï")
WRITTEN = {"model.keras", "preprocessing.json", "report.html", "run.json", "signals.npz", "figures"}


def wine_rows():
    wine = load_wine()
    names = [name.replace("/", " ") for name in wine.feature_names]
    return [*names, "cultivar"], [
        [*row, CLASSES[number]] for row, number in zip(wine.data.tolist(), wine.target, strict=True)
    ]


def scalars(path, tag):
    """Of a file of events; its checksums are tested with the callback."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        (length,) = struct.unpack("<Q", data[at : at + 8])
        event = Event.FromString(data[at + 12 : at + 12 + length])
        found += [value.simple_value for value in event.summary.value if value.tag == tag]
        at += length + 16
    return found


def strict_json(text):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture(scope="module")
def place(tmp_path_factory, write_csv):
    """A folder of good and bad sources, all small."""
    folder = tmp_path_factory.mktemp("train")
    names, rows = wine_rows()

    def spoiled(name, value, line=7, column=2):
        changed = [list(row) for row in rows]
        changed[line - 2][column] = value
        write_csv(folder / name, names, changed)

    write_csv(folder / "wine.csv", names, rows)
    write_csv(folder / "one_class.csv", names, [[*row[:-1], "x"] for row in rows])
    write_csv(folder / "lonely.csv", names, [*rows, [*rows[0][:-1], "lonely"]])
    write_csv(folder / "no_target_values.csv", names, [[*row[:-1], ""] for row in rows])
    write_csv(folder / "empty_column.csv", ["nothing", *names], [["", *row] for row in rows])
    write_csv(folder / "one_row.csv", names, rows[:1])
    write_csv(folder / "two_rows.csv", names, [rows[0], rows[-1]])
    write_csv(folder / "names_only.csv", names, [])
    write_csv(folder / "twice.csv", ["a", "a", "y"], [[1, 2, "x"], [3, 4, "y"]] * 9)
    spoiled("infinite.csv", "inf")
    spoiled("too_large.csv", "1e39")
    spoiled("text.csv", "banana")
    (folder / "empty.csv").touch()
    (folder / "short_row.csv").write_text("a,b,y\n1,2,x\n1,2\n", encoding="utf-8")
    (folder / "long_row.csv").write_text("a,b,y\n1,2,x\n1,2,3,4\n", encoding="utf-8")
    (folder / "latin.csv").write_bytes("a,b,y\n1,2,café\n".encode("latin-1"))
    (folder / "false.parquet").write_bytes(b"no such format")
    (folder / "false.npz").write_bytes(b"no such format")
    (folder / "sheet.xlsx").write_bytes(b"PK")

    wine = load_wine()
    np.savez(folder / "no_y.npz", x=wine.data)
    np.savez(folder / "other_names.npz", data=wine.data, target=wine.target)
    np.savez(folder / "pickled.npz", x=wine.data.astype(object), y=wine.target)
    np.savez(folder / "lengths.npz", x=wine.data, y=wine.target[:-3])
    np.savez(folder / "missing.npz", x=np.full_like(wine.data, np.nan), y=wine.target)

    for source in ("pictures", "broken_picture", "cut_picture", "lonely_picture"):
        make_pictures(folder / source)
    (folder / "broken_picture" / "1" / "broken.png").write_bytes(b"no picture")
    whole = (folder / "cut_picture" / "1" / "3.png").read_bytes()
    (folder / "cut_picture" / "1" / "3.png").write_bytes(whole[: len(whole) // 2])
    for number in range(1, 12):
        (folder / "lonely_picture" / "1" / f"{number}.png").unlink()
    (folder / "no_pictures").mkdir()
    return folder


def make_pictures(folder, classes=2, each=12):
    digits = load_digits()
    for number in range(classes):
        home = folder / str(number)
        home.mkdir(parents=True)
        for position, image in enumerate(digits.images[digits.target == number][:each]):
            Image.fromarray((image * 15).astype(np.uint8)).save(home / f"{position}.png")


@pytest.fixture(scope="module")
def trained(command, place):
    options = ("--drop", "hue", "--drop", "ash", "--depth", "4", "--units", "8", "--out", "runs/first")
    answer = command("train", "wine.csv", "--target", "cultivar", *QUICK, *options, inside=place)
    assert answer.code == 0, answer.err
    return answer


@pytest.fixture
def no_training(monkeypatch):
    """A refusal must come before the work: a training that begins is an error of another code."""

    def begin(*_arguments, **_options):
        raise AssertionError("The training began.")

    monkeypatch.setattr(engine, "fit", begin)


@pytest.fixture
def training_that(monkeypatch):
    """Replaces the training proper by a change to the model, for what happens after it."""

    def leave(_model):
        """Keeps the initial weights."""

    def replace(change=leave, epochs=1):
        def fit(model, *_arguments, **_options):
            model.history = keras.callbacks.History()
            model.history.history = {name: [1.0] * epochs for name in ("loss", "val_loss")} if epochs else {}
            change(model)

        monkeypatch.setattr(engine, "fit", fit)

    return replace


# What a training leaves.


@pytest.mark.heavy
def test_writes_a_whole_run_folder(trained, place):
    folder = place / "runs" / "first"
    assert {path.name for path in folder.iterdir()} == WRITTEN
    assert not [path for path in trained.changed if "/." in path or path.startswith(".")], "a temporary file is left"
    assert "loss.png" in {path.name for path in (folder / "figures").iterdir()}


def test_says_the_task_and_the_progress_on_standard_error_only(trained):
    assert "Task: multi-class on 'cultivar'" in trained.err
    assert "epoch 2 of 2: loss" in trained.err
    assert "epoch 2 of 2" not in trained.out
    assert "Task:" not in trained.out


def test_summary_fits_80_columns_and_has_result_baseline_classes_and_place(trained):
    lines = trained.out.splitlines()
    assert max(map(len, lines)) <= 80
    for words in ("accuracy", "balanced accuracy", "baseline", "Recall by class", "runs/first", *CLASSES):
        assert words in trained.out
    assert "\x1b" not in trained.out + trained.err, "colour codes in a pipe"


def test_report_has_the_classes_escaped_and_no_path_of_this_machine(trained, place):
    page = (place / "runs" / "first" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "😀 ünï" in page
    assert str(place) not in page
    assert trained.code == 0


def test_run_file_is_strict_json_with_seed_versions_and_curves(trained, place):
    facts = strict_json((place / "runs" / "first" / "run.json").read_text(encoding="utf-8"))
    assert facts["format_version"] == 3
    assert facts["seeds"] == {"seed": 0}
    assert {"python", "keras", "jax", "trainwell"} <= set(facts["versions"])
    run = Run.load(place / "runs" / "first")
    assert len(run.signals["validation/loss"].values) == 2
    assert run.fit.learning_rate == pytest.approx(0.002)
    assert run.data.rows == RowCounts(train=115, validation=27, test=36)
    assert trained.code == 0


@pytest.mark.heavy
def test_json_is_all_of_standard_output(command, place):
    options = ("--depth", "1", "--units", "16", "--batch-size", "50", "--recipe", "self-normalizing", "--no-samples")
    answer = command("train", "diabetes", *QUICK, *options, "--json", inside=place)
    assert answer.code == 0, answer.err
    document = strict_json(answer.out)
    assert document["schema_version"] == 1
    assert document["fit"]["recipe"] == "self-normalizing"
    assert document["result"]["baseline_mae"] > 0
    assert "Task: regression" in answer.err
    run = Run.load(place / "runs" / "diabetes")
    units = [layer.config.get("units") for layer in run.model.layers if layer.kind == "Dense"]
    assert units == [16, 1]
    assert run.fit.steps == 2 * 6  # 288 rows in batches of 50


@pytest.mark.heavy
def test_a_second_run_takes_a_free_name(command, tmp_path, training_that):
    training_that()
    for folder in ("runs/wine", "runs/wine-2"):
        answer = command("train", "wine", *SMALL, inside=tmp_path)
        assert answer.code == 0, answer.err
        assert f"{folder}/run.json" in answer.changed
        assert folder in answer.out


@pytest.mark.heavy
def test_tensorboard_s_files_hold_what_the_run_holds(command, place):
    options = ("--out", "runs/watched", "--tensorboard", "boards/watched")
    answer = command("train", "wine.csv", "--target", "cultivar", *SMALL, *options, inside=place)
    assert answer.code == 0, answer.err
    for part in ("train", "validation"):
        (file,) = (place / "boards" / "watched" / part).iterdir()
        values = scalars(file, "epoch_loss")
        assert values == pytest.approx(Run.load(place / "runs" / "watched").signals[f"{part}/loss"].values)


def test_depth_four_has_batch_normalization_and_drop_leaves_columns_out(trained, place):
    run = Run.load(place / "runs" / "first")
    assert sum(layer.kind == "BatchNormalization" for layer in run.model.layers) == 4
    encoder = json.loads((place / "runs" / "first" / "preprocessing.json").read_text(encoding="utf-8"))
    names = {column["name"] for column in encoder["columns"]}
    assert len(names) == 11
    assert not names & {"hue", "ash"}
    assert trained.code == 0


@pytest.mark.heavy
def test_full_disk_leaves_the_earlier_run_and_nothing_else(
    command, place, trained, refused, monkeypatch, training_that
):
    training_that()

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full)
    before = {path: path.read_bytes() for path in (place / "runs" / "first").iterdir() if path.is_file()}
    options = ("--epochs", "1", "--learning-rate", "0.001", "--out", "runs/first", "--overwrite")
    answer = command("train", "wine.csv", "--target", "cultivar", *options, inside=place)
    refused(answer, "No space left on device", "runs/first")
    assert {path: path.read_bytes() for path in before} == before
    assert trained.code == 0


@pytest.mark.heavy
def test_a_training_that_diverges_is_no_bug_of_ours(command, place, training_that):
    training_that(lambda model: model.set_weights([np.full_like(array, np.nan) for array in model.get_weights()]))
    answer = command("train", "diabetes", *SMALL, "--out", "runs/far", inside=place)
    assert answer.code != 101


@pytest.mark.heavy
def test_a_net_that_answers_nan_names_no_class(command, place, training_that):
    training_that(lambda model: model.set_weights([np.full_like(array, np.nan) for array in model.get_weights()]))
    answer = command("train", "wine.csv", "--target", "cultivar", *SMALL, "--out", "runs/nothing", inside=place)
    assert "33.3%" not in answer.out


@pytest.mark.heavy
def test_a_test_part_of_one_row_is_no_warning(command, tmp_path, write_csv, training_that):
    training_that()
    write_csv(tmp_path / "six.csv", ["p", "q", "y"], [[row % 7, row * 3.5, row * 1.7 + 0.1] for row in range(6)])
    assert command("train", "six.csv", "--target", "y", *SMALL, "--out", "six", inside=tmp_path).code == 0


@pytest.mark.heavy
def test_overwrite_spares_files_that_trainwell_did_not_write(command, tmp_path, training_that):
    training_that()
    assert command("train", "wine", *SMALL, "--out", "run", inside=tmp_path).code == 0
    (tmp_path / "run" / "notes.txt").write_text("mine", encoding="utf-8")
    command("train", "wine", *SMALL, "--out", "run", "--overwrite", inside=tmp_path)
    assert (tmp_path / "run" / "notes.txt").is_file()


@pytest.mark.heavy
def test_overwrite_replaces_the_earlier_run_and_no_samples_leaves_rows_out(command, place, trained, training_that):
    training_that()
    arguments = ("train", "wine.csv", "--target", "cultivar", *SMALL, "--out", "runs/again")
    assert command(*arguments, inside=place).code == 0
    page = place / "runs" / "again" / "report.html"
    with_rows = page.read_text(encoding="utf-8")
    assert "worst errors" in with_rows
    answer = command(*arguments, "--overwrite", "--no-samples", inside=place)
    assert answer.code == 0
    assert not answer.changed
    assert "worst errors" not in page.read_text(encoding="utf-8")
    assert trained.code == 0


# Ctrl-C.


def interrupt_at(monkeypatch, epoch):
    """Ctrl-C while `epoch` (counted from 1) runs."""
    moved = report.TrainingFigures.on_train_steps_end

    def move(figures, step, logs=None):
        moved(figures, step, logs)
        if figures._epochs_done + 1 == epoch:
            raise KeyboardInterrupt

    monkeypatch.setattr(report.TrainingFigures, "on_train_steps_end", move)


@pytest.mark.heavy
def test_interruption_keeps_the_best_model_so_far_and_says_so(command, place, monkeypatch):
    interrupt_at(monkeypatch, epoch=3)
    options = ("--epochs", "50", "--learning-rate", "0.002", "--depth", "1", "--units", "4", "--out", "runs/cut")
    answer = command("train", "wine.csv", "--target", "cultivar", *options, inside=place)
    assert answer.code == 0, answer.err
    assert "Stopped by Ctrl-C. The best model so far, of epoch" in " ".join(answer.err.split())
    assert "interrupted" in answer.out
    assert {path.name for path in (place / "runs" / "cut").iterdir()} == WRITTEN
    run = Run.load(place / "runs" / "cut")
    assert run.fit.epochs_run == 2
    assert run.fit.best_epoch in {1, 2}
    assert "interrupted" in (place / "runs" / "cut" / "report.html").read_text(encoding="utf-8")


def test_interruption_in_the_first_epoch_claims_no_best_model(command, place, training_that):
    def stop(_model):
        raise KeyboardInterrupt

    training_that(stop, epochs=0)
    answer = command("train", "wine.csv", "--target", "cultivar", *SMALL, "--out", "runs/early", inside=place)
    assert "Ctrl-C" in answer.err
    assert "best model" not in answer.err


def test_interruption_before_the_training_leaves_nothing(command, place, trained, monkeypatch):
    def stop(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["trainwell.training.fitting"], "find_lr", stop)
    answer = command("train", "wine.csv", "--target", "cultivar", "--out", "runs/never", inside=place)
    assert answer.code == 130
    assert not answer.changed
    assert "Traceback" not in answer.err
    assert trained.code == 0


@pytest.mark.heavy
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_a_real_sigint_ends_a_real_process_cleanly(place):
    program = "from trainwell.cli.app import main; main()"
    arguments = ["train", "wine.csv", "--target", "cultivar", "--epochs", "100000", "--depth", "1"]
    arguments += ["--units", "4", "--learning-rate", "0.001"]
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments, "--out", "runs/signalled"],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        lines = iter(process.stderr.readline, "")
        assert any("epoch" in line for line in lines), "no epoch ended"
        time.sleep(0.2)  # into an epoch, not between two
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, err
    assert "Stopped by Ctrl-C" in err
    assert "interrupted by Ctrl-C" in out
    assert Run.load(place / "runs" / "signalled").fit.epochs_run > 0


# Bad input.


@pytest.mark.usefixtures("trained", "no_training")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("absent.csv --target y", ["absent.csv"]),
        ("fashon-mnist", ["fashon-mnist", "Did you mean fashion-mnist"]),
        ("empty.csv --target y", ["empty.csv", "empty"]),
        ("names_only.csv --target cultivar", ["no rows"]),
        ("short_row.csv --target y", ["line 3", "2 values", "expected 3"]),
        ("long_row.csv --target y", ["line 3", "4 values", "expected 3"]),
        ("latin.csv --target y", ["UTF-8", "line 2"]),
        ("twice.csv --target y", ["more than once: a"]),
        ("wine.csv", ["--target", "cultivar"]),
        ("wine.csv --target cultivr", ["'cultivr'", "Did you mean 'cultivar'"]),
        ("one_class.csv --target cultivar", ["one class only", "'x'"]),
        ("lonely.csv --target cultivar", ["fewer than two members", "lonely"]),
        ("no_target_values.csv --target cultivar", ["no value in 178 of 178 rows"]),
        ("empty_column.csv --target cultivar", ["'nothing'", "no value", "--drop nothing"]),
        ("infinite.csv --target cultivar", ["'ash'", "infinite", "line 7"]),
        ("too_large.csv --target cultivar", ["'ash'", "line 7"]),
        ("text.csv --target cultivar", ["'ash'", "line 7", "'banana'", "expected a number"]),
        ("one_row.csv --target cultivar", ["one class only"]),
        ("two_rows.csv --target cultivar", ["fewer than two members"]),
        ("false.parquet --target y", ["false.parquet", "not a Parquet file"]),
        ("false.npz", ["false.npz"]),
        ("sheet.xlsx", ["sheet.xlsx", ".parquet"]),
        ("no_y.npz", ["no array 'y'"]),
        ("other_names.npz", ["'x' and 'y'", "'data', 'target'"]),
        ("pickled.npz", ["pickled", "'x'"]),
        ("lengths.npz", ["178", "175"]),
        ("missing.npz", ["nan", "row 0"]),
        ("no_pictures", ["no_pictures"]),
        ("broken_picture", ["broken_picture/1/broken.png", "does not decode"]),
        ("cut_picture", ["cut_picture/1/3.png", "does not decode"]),
        ("lonely_picture", ["fewer than two members"]),
    ],
)
def test_bad_source_is_refused_before_the_training(command, place, refused, arguments, words):
    refused(command("train", *arguments.split(), inside=place), *words)


@pytest.mark.usefixtures("trained", "no_training")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--recipe defalt", ["'defalt'", "'default'"]),
        ("--net cnv", ["'cnv'", "dense, conv"]),
        ("--net conv", ["images"]),
        ("--depth 0", ["--depth"]),
        ("--units -1", ["--units"]),
        ("--epochs 0", ["--epochs"]),
        ("--batch-size 0", ["--batch-size"]),
        ("--learning-rate 0", ["--learning-rate"]),
        ("--learning-rate nan", ["--learning-rate"]),
        ("--learning-rate inf", ["--learning-rate"]),
        ("--seed -1", ["--seed"]),
        ("--drop absent", ["--drop", "'absent'"]),
        ("--drop cultivar", ["--target and --drop"]),
        ("--split-column absent", ["--split-column", "'absent'"]),
        ("--split-column alcohol", ["'alcohol'", "line 2", "train"]),
        ("--group-column cultivar", ["--target and --group-column"]),
        ("--split-column hue --group-column ash", ["Leave one of them out"]),
        ("--task regression", ["regression needs numbers"]),
        ("--task binary", ["3 classes", "two"]),
        ("--out runs/first", ["runs/first", "exists already", "--overwrite"]),
        ("--out wine.csv", ["is a file"]),
        ("--out pictures --overwrite", ["other than a run"]),
        pytest.param("--seed 4294967296", ["--seed"]),
        ("--task clasification", ["clasification", "Did you mean multi-class"]),
        pytest.param("--out wine.csv/below", ["wine.csv/below"]),
        ("--tensorboard wine.csv", ["wine.csv", "a folder was expected"]),
        pytest.param(f"--out {'long' * 80}", ["--out"]),
    ],
)
def test_bad_option_is_refused_before_the_training(command, place, refused, options, words):
    arguments = ("train", "wine.csv", "--target", "cultivar", "--epochs", "1", "--learning-rate", "0.001")
    refused(command(*arguments, *options.split(), inside=place), *words)


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("option", ["--target", "--drop", "--split-column", "--group-column"])
def test_options_for_tables_are_refused_elsewhere(command, place, refused, option):
    refused(command("train", "pictures", option, "x", inside=place), option, "pictures")
    refused(command("train", "digits", option, "x", inside=place), option, "digits")


@pytest.mark.usefixtures("no_training")
def test_names_of_classes_are_no_values(command, tmp_path, refused):
    make_pictures(tmp_path / "pets")
    (tmp_path / "pets" / "0").rename(tmp_path / "pets" / "cat")
    (tmp_path / "pets" / "1").rename(tmp_path / "pets" / "dog")
    options = ("--task", "regression", "--epochs", "1", "--learning-rate", "0.001")
    refused(command("train", "pets", *options, inside=tmp_path), "cat")
