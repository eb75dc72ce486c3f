"""Which backend is chosen, each time in a process of its own: Keras reads it once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trainwell.backend import _keras_folder

DEFAULTS = {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}
REPORT = "import os; print(os.environ.get('KERAS_BACKEND', 'left to Keras'))"


def python(code, home, **environment):
    """What `code` prints in a fresh process whose home is `home`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KERAS_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**inherited, "HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write_config(folder, config):
    folder.mkdir(parents=True)
    text = config if isinstance(config, str) else json.dumps(config)
    (folder / "keras.json").write_text(text, encoding="utf-8")


def chosen(home, **environment):
    return python(f"import trainwell; {REPORT}", home, **environment)


def test_no_file_means_jax(tmp_path):
    assert chosen(tmp_path) == "jax"
    assert list(tmp_path.iterdir()) == [], "choosing writes nothing"


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(DEFAULTS, id="as Keras writes it"),
        pytest.param({"backend": "tensorflow"}, id="part of the defaults"),
        pytest.param({"floatx": "float16"}, id="no backend in it"),
        pytest.param({}, id="empty"),
        pytest.param([1, 2], id="a list"),
        pytest.param("{not json", id="no JSON"),
        pytest.param("", id="an empty file"),
    ],
)
def test_a_file_that_chooses_nothing_means_jax(tmp_path, config):
    write_config(tmp_path / ".keras", config)
    assert chosen(tmp_path) == "jax"


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({**DEFAULTS, "backend": "torch"}, id="torch"),
        pytest.param({"backend": "numpy"}, id="the backend alone"),
        pytest.param({**DEFAULTS, "floatx": "float64"}, id="tensorflow, edited by hand"),
        pytest.param({**DEFAULTS, "nnx_enabled": True}, id="tensorflow and a key that Keras does not write"),
    ],
)
def test_a_file_that_a_person_wrote_is_a_choice(tmp_path, config):
    write_config(tmp_path / ".keras", config)
    assert chosen(tmp_path) == "left to Keras"


def test_keras_home_comes_before_the_home_folder(tmp_path):
    write_config(tmp_path / ".keras", DEFAULTS)
    write_config(tmp_path / "elsewhere", {**DEFAULTS, "backend": "torch"})
    assert chosen(tmp_path, KERAS_HOME=str(tmp_path / "elsewhere")) == "left to Keras"
    assert chosen(tmp_path, KERAS_HOME=str(tmp_path / "absent")) == "jax"


def test_keras_home_may_begin_with_a_tilde(tmp_path):
    write_config(tmp_path / "elsewhere", {**DEFAULTS, "backend": "torch"})
    assert chosen(tmp_path, KERAS_HOME="~/elsewhere") == "left to Keras"


def test_an_empty_keras_home_is_the_working_folder_as_it_is_for_keras(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keras.json").write_text('{"backend": "torch"}', encoding="utf-8")
    assert chosen(tmp_path / "home", KERAS_HOME="") == "left to Keras"


def test_a_tilde_of_nobody_chooses_nothing(tmp_path):
    assert chosen(tmp_path, KERAS_HOME="~no-such-person-here/x") == "jax"


@pytest.mark.parametrize("home", ["/nowhere/at/all", "/proc"])
def test_a_home_that_cannot_be_written_to_gives_way_to_the_folder_that_keras_takes(monkeypatch, home):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", home)
    monkeypatch.setattr(os, "access", lambda path, mode: (str(path), mode) != (home, os.W_OK))
    assert _keras_folder() == Path("/tmp/.keras")  # noqa: S108 -- Keras's own choice


def test_an_account_without_a_home_is_no_error(monkeypatch):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    assert _keras_folder() == Path("/tmp/.keras")  # noqa: S108 -- as above


def test_bytes_that_are_no_text_choose_nothing(tmp_path):
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_bytes(b"\xff\xfe\x00garbage")
    assert chosen(tmp_path) == "jax"


def test_the_environment_wins(tmp_path):
    write_config(tmp_path / ".keras", {**DEFAULTS, "backend": "torch"})
    assert chosen(tmp_path, KERAS_BACKEND="numpy") == "numpy"
    assert chosen(tmp_path / "no-file", KERAS_BACKEND="tensorflow") == "tensorflow"


def test_an_empty_variable_is_no_choice(tmp_path):
    assert chosen(tmp_path, KERAS_BACKEND="") == "jax"


def test_nothing_changes_once_keras_is_imported(tmp_path):
    stand_in = "import sys, types; sys.modules['keras'] = types.ModuleType('keras')"
    assert python(f"{stand_in}; import trainwell; {REPORT}", tmp_path) == "left to Keras"


@pytest.mark.heavy
def test_keras_itself_follows_the_choice_beside_its_own_defaults(tmp_path):
    write_config(tmp_path / ".keras", DEFAULTS)
    assert python("import trainwell, keras; print(keras.backend.backend())", tmp_path) == "jax"


def test_importing_trainwell_loads_nothing_heavy(tmp_path):
    heavy = "{'keras', 'jax', 'numpy', 'sklearn', 'pyarrow', 'matplotlib', 'PIL', 'rich', 'typer', 'jinja2'}"
    assert python(f"import trainwell, sys; print(sorted({heavy} & set(sys.modules)))", tmp_path) == "[]"


def test_a_name_that_is_not_there_is_an_attribute_error(tmp_path):
    code = "import trainwell; print(hasattr(trainwell, 'absent'), 'fit' in dir(trainwell))"
    assert python(code, tmp_path) == "False True"
