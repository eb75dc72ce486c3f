"""`trainwell predict --uncertainty`: columns of spread, their units, and nets without dropout."""

import csv

import keras
import numpy as np
import pytest

import trainwell
from trainwell.techniques import mc_dropout

ROWS = 90
NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(0).normal(size=(ROWS, 3)).round(3)


@pytest.fixture(scope="module")
def run(tmp_path_factory, inputs, write_csv):
    """Trains on the inputs and a target, and gives the folder with the run and its table."""

    def train(name, target, **options):
        folder = tmp_path_factory.mktemp(name)
        path = write_csv(folder / "all.csv", [*NAMES, "y"], [[*row, y] for row, y in zip(inputs, target, strict=True)])
        sizes = {"epochs": 2, "depth": 1, "units": 8, "learning_rate": 0.002}
        quiet = {"verbose": 0, "say": len}
        training = trainwell.train(str(path), out=folder / "run", target="y", **sizes, **quiet, **options)
        return folder, training

    return train


@pytest.fixture(scope="module")
def classes(run, inputs):
    target = np.array(["low", "middle", "high"])[np.digitize(inputs[:, 0], [-0.5, 0.5])]
    return run("classes", target, recipe="self-normalizing")


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def predicted(command, folder, tmp_path, *options):
    answer = command("predict", folder / "run", folder / "all.csv", "--out", "out.csv", *options, inside=tmp_path)
    assert answer.code == 0, answer.err
    return answer, read(tmp_path / "out.csv")


@pytest.mark.heavy
def test_classes_get_three_columns_of_the_mean_of_many_passes(command, classes, tmp_path):
    folder, training = classes
    answer, rows = predicted(command, folder, tmp_path, "--uncertainty", "20", "--seed", "3")
    assert answer.out == "90 predictions of y (means of 20 passes with dropout): out.csv\n"
    names = list(training.dataset.classes)
    assert list(rows[0]) == [
        *("row", "prediction", *(f"probability_{name}" for name in names)),
        *("std", "entropy", "mutual_information"),
    ]
    x = {"numeric": np.array([[float(row[name]) for name in NAMES] for row in read(folder / "all.csv")], "float32")}
    expected = mc_dropout.mc_predict(training.model, x, 20, seed=3)
    for number, row in enumerate(rows):
        shares = [float(row[f"probability_{name}"]) for name in names]
        np.testing.assert_allclose(shares, expected.mean[number], atol=1e-6)
        assert row["prediction"] == names[int(np.argmax(shares))]
        assert float(row["std"]) == pytest.approx(expected.std[number, np.argmax(shares)], abs=1e-6)
        assert float(row["entropy"]) == pytest.approx(expected.entropy[number], abs=1e-5)
        assert float(row["mutual_information"]) == pytest.approx(expected.mutual_information[number], abs=1e-5)
    assert np.mean([float(row["std"]) for row in rows]) > 0.01


@pytest.mark.heavy
def test_the_seed_decides(command, classes, tmp_path):
    folder, _ = classes
    first, again, other, plain = (
        predicted(command, folder, tmp_path, "--overwrite", *options)[1]
        for options in (
            ["--uncertainty", "5"],
            ["--uncertainty", "5", "--seed", "0"],
            ["--uncertainty", "5", "--seed", "1"],
            [],
        )
    )
    assert first == again
    assert first != other
    assert "std" not in plain[0]


@pytest.mark.heavy
def test_values_deviate_in_the_units_of_the_target(command, run, inputs, tmp_path):
    folder, training = run("values", 1000 + 500 * inputs[:, 0], recipe="self-normalizing")
    _, rows = predicted(command, folder, tmp_path, "--uncertainty", "50")
    assert list(rows[0]) == ["row", "prediction", "std"]
    deviation = np.median([float(row["std"]) for row in rows])
    assert 10 < deviation < 1000
    once = training.model.predict({"numeric": inputs.astype("float32")}, verbose=0)[:, 0]
    assert abs(np.mean([float(row["prediction"]) for row in rows]) - once.mean()) < deviation


@pytest.mark.heavy
def test_one_sigmoid_unit_has_the_spread_of_both_classes(command, run, inputs, tmp_path):
    folder, training = run("binary", np.where(inputs[:, 0] > 0, "yes", "no"), recipe="self-normalizing")
    assert training.model.output_shape == (None, 1)
    _, rows = predicted(command, folder, tmp_path, "--uncertainty", "20")
    for row in rows:
        share = float(row["probability_yes"])
        entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
        assert float(row["entropy"]) == pytest.approx(entropy, abs=1e-4)
        assert 0 < float(row["std"]) < 0.5


@pytest.mark.heavy
def test_a_net_without_dropout_is_refused(command, run, inputs, tmp_path, refused):
    folder, training = run("plain", inputs[:, 0])
    assert not any(isinstance(layer, keras.layers.Dropout) for layer in training.model.layers)
    answer = command("predict", folder / "run", folder / "all.csv", "--uncertainty", "100", inside=tmp_path)
    refused(answer, "--uncertainty", "dropout", "self-normalizing")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--uncertainty", "0"], ["--uncertainty", "at least 1", "0"]),
        (["--uncertainty", "-5"], ["--uncertainty", "-5"]),
        (["--uncertainty", "5", "--seed", "-1"], ["--seed", "-1"]),
    ],
)
def test_numbers_out_of_range(command, classes, tmp_path, refused, options, words):
    folder, _ = classes
    refused(command("predict", folder / "run", folder / "all.csv", *options, inside=tmp_path), *words)


def test_help_tells_what_it_adds(command, tmp_path):
    text = " ".join(command("predict", "--help", inside=tmp_path).out.split())
    for word in ("--uncertainty", "dropout", "std, entropy and mutual_information"):
        assert word in text
