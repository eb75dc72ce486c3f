import subprocess
import sys

import pytest

import trainwell
from trainwell.errors import InputError


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["predict", "--help"], ["--version"]])
def test_help_and_version_answer_on_standard_output(command, tmp_path, arguments):
    answer = command(*arguments, inside=tmp_path)
    assert answer.code == 0
    assert answer.out
    assert not answer.err
    assert max(map(len, answer.out.splitlines())) <= 80


def test_version_is_the_packages(command, tmp_path):
    assert command("--version", inside=tmp_path).out == f"trainwell {trainwell.__version__}\n"


def test_help_names_the_commands(command, tmp_path):
    out = command("--help", inside=tmp_path).out
    assert "train " in out
    assert "predict " in out


def test_no_command_shows_the_help(command, tmp_path):
    answer = command(inside=tmp_path)
    assert answer.code == 2
    assert "COMMAND [ARGS]" in answer.out + answer.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trian"], "'train'"),
        (["train"], "Missing argument"),
        (["train", "wine", "extra"], "extra"),
        (["train", "wine", "--epoch"], "--epochs"),
        (["train", "wine", "--epochs", "many"], "--epochs"),
        (["train", "wine", "--learning-rate", "fast"], "--learning-rate"),
        (["predict", "runs/wine"], "Missing argument"),
    ],
)
def test_wrong_usage_is_said_with_code_2(command, tmp_path, arguments, words):
    answer = command(*arguments, inside=tmp_path)
    assert answer.code == 2
    assert words in answer.err
    assert not answer.out
    assert not answer.changed


def raising(error):
    def train(*_arguments, **_options):
        raise error

    return train


def test_bad_input_is_one_message_and_a_hint(command, tmp_path, monkeypatch):
    monkeypatch.setattr(trainwell, "train", raising(InputError("What happened.", "What to do.")))
    answer = command("train", "wine", inside=tmp_path)
    assert answer.code == 2
    assert answer.err == "error: What happened.\n  What to do.\n"


def test_bad_input_without_a_hint_is_one_line(command, tmp_path, monkeypatch):
    monkeypatch.setattr(trainwell, "train", raising(InputError("What happened.")))
    assert command("train", "wine", inside=tmp_path).err == "error: What happened.\n"


@pytest.mark.parametrize("error", [RuntimeError("broken"), ValueError("wrong"), KeyError("data"), OSError("no disk")])
def test_anything_else_that_escapes_is_our_bug(command, tmp_path, monkeypatch, error):
    monkeypatch.setattr(trainwell, "train", raising(error))
    answer = command("train", "wine", inside=tmp_path)
    assert answer.code == 101
    assert type(error).__name__ in answer.err
    assert "bug in trainwell" in answer.err


def test_a_file_that_ends_early_is_no_abort(command, tmp_path, monkeypatch):
    monkeypatch.setattr(trainwell, "train", raising(EOFError("No data left in file")))
    assert command("train", "wine", inside=tmp_path).code == 101


def test_interruption_ends_with_130(command, tmp_path, monkeypatch):
    monkeypatch.setattr(trainwell, "train", raising(KeyboardInterrupt()))
    answer = command("train", "wine", inside=tmp_path)
    assert answer.code == 130
    assert "Traceback" not in answer.err


def test_interruption_says_that_nothing_was_written(command, tmp_path, monkeypatch):
    monkeypatch.setattr(trainwell, "train", raising(KeyboardInterrupt()))
    assert "nothing was written" in command("train", "wine", inside=tmp_path).err


def test_help_loads_neither_keras_nor_the_readers_of_data():
    program = (
        "import sys; from trainwell.cli.app import main\n"
        "sys.argv = ['trainwell', 'train', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('keras', 'jax', 'sklearn', 'pyarrow', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
