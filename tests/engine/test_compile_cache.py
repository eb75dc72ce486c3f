"""JAX with our store behind it: hits, the bound, damaged entries, folders that cannot be used, and silence."""

from __future__ import annotations

import logging
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import pytest
from jax.experimental.compilation_cache import compilation_cache

from trainwell.engine import compile_cache
from trainwell.engine.compat import compilation_cache as inner
from trainwell.engine.compat import is_configured
from trainwell.engine.compile_store import SUFFIX
from trainwell.errors import InputError

SETTINGS = (
    "jax_compilation_cache_dir",
    "jax_persistent_cache_min_compile_time_secs",
    "jax_persistent_cache_min_entry_size_bytes",
    "jax_enable_compilation_cache",
)


@pytest.fixture
def _fresh(monkeypatch):
    """JAX and this module as in a new process; put back afterwards."""
    before = {name: getattr(jax.config, name) for name in SETTINGS}
    monkeypatch.setattr(compile_cache, "_chosen", [])
    monkeypatch.setattr(inner._thread, "store", None)
    jax.config.update("jax_compilation_cache_dir", None)
    compilation_cache.reset_cache()
    yield
    for name, value in before.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()


@pytest.fixture
def folder(_fresh, monkeypatch, tmp_path):
    """Where the cache is to be; it is not there yet."""
    monkeypatch.setenv("TRAINWELL_COMPILE_CACHE", str(tmp_path / "compiled"))
    return tmp_path / "compiled"


@pytest.fixture
def events():
    """How often JAX asked its cache, found something there, and wrote something."""
    seen = []

    def listen(name, **_):
        seen.append(name.rpartition("/")[2])

    jax.monitoring.register_event_listener(listen)
    yield lambda: (seen.count("compile_requests_use_cache"), seen.count("cache_hits"), seen.count("cache_misses"))
    jax.monitoring.unregister_event_listener(listen)


def compute_elsewhere():
    """Run a program of somebody else's, which JAX compiles anew whenever this is called."""
    return float(jax.jit(lambda x: jnp.tanh(x) + 3.0)(0.0))


@compile_cache.kept()
def compute():
    """Run a program of ours, which JAX compiles anew whenever this is called."""
    return compute_elsewhere()


def programs(folder):
    return sorted(folder.glob(f"*/*{SUFFIX}"))


def test_a_second_compilation_comes_from_the_disk(folder, events):
    assert compute() == 3.0
    assert events() == (1, 0, 1)
    assert [path.parent.name for path in programs(folder)] == [compile_cache.machine_name()]
    assert compute() == 3.0
    assert events() == (2, 1, 1)


def test_other_programs_of_the_process_never_see_it(folder, events):
    compute()
    kept = programs(folder)
    assert compute_elsewhere() == 3.0
    assert events() == (2, 0, 1)
    with ThreadPoolExecutor(1) as pool, compile_cache.kept():
        assert pool.submit(compute_elsewhere).result() == 3.0
    assert events() == (3, 0, 1)
    assert programs(folder) == kept


def test_no_setting_of_jax_is_changed(folder):
    before = {name: getattr(jax.config, name) for name in SETTINGS}
    with compile_cache.kept():
        compute()
        assert {name: getattr(jax.config, name) for name in SETTINGS} == before
    assert programs(folder)


def test_jax_keeps_no_files_of_its_own_there(folder):
    compute()
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {SUFFIX}


def test_it_is_private(folder):
    compute()
    assert [path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())] == [0o700, 0o700]


@pytest.mark.usefixtures("_fresh")
def test_it_is_in_the_cache_folder_unless_moved(monkeypatch, tmp_path):
    monkeypatch.delenv("TRAINWELL_COMPILE_CACHE", raising=False)
    monkeypatch.setenv("TRAINWELL_CACHE", str(tmp_path))
    compute()
    assert programs(tmp_path / "compiled")


@pytest.mark.parametrize("content", [b"", b"garbage", bytes(10_000)])
def test_a_damaged_entry_is_compiled_anew_in_silence(folder, events, content):
    compute()
    for path in programs(folder):
        path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compute() == 3.0
    assert events() == (2, 0, 2)
    assert compute() == 3.0
    assert events() == (3, 1, 2), "the damaged entry was replaced"


def test_a_folder_that_vanishes_breaks_nothing(folder):
    compute()
    folder.rename(folder.with_name("elsewhere"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compute() == 3.0


@pytest.mark.parametrize("value", ["off", "OFF", "0", "false", "no"])
@pytest.mark.usefixtures("_fresh")
def test_the_variable_turns_it_off(monkeypatch, value):
    monkeypatch.setenv("TRAINWELL_COMPILE_CACHE", value)
    assert compile_cache.store_in_use() is None
    assert compute() == 3.0


@pytest.mark.parametrize("value", ["offf", "disabled", "relative/folder"])
@pytest.mark.usefixtures("_fresh")
def test_another_word_is_refused_rather_than_made_a_folder(monkeypatch, value):
    monkeypatch.setenv("TRAINWELL_COMPILE_CACHE", value)
    with pytest.raises(InputError, match=f"TRAINWELL_COMPILE_CACHE={value} is neither on, off nor an absolute path"):
        compute()


def test_a_cache_that_the_person_configured_stays_theirs(folder, tmp_path):
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "theirs"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    assert is_configured()
    compute()
    assert list((tmp_path / "theirs").glob("*-cache"))
    assert not folder.exists()


def test_a_cache_that_is_configured_afterwards_is_jaxs_own(folder, tmp_path):
    compute()
    kept = programs(folder)
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "theirs"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    compute()
    assert list((tmp_path / "theirs").glob("*-cache"))
    assert programs(folder) == kept


def test_jax_with_its_cache_turned_off_is_left_alone(folder):
    jax.config.update("jax_enable_compilation_cache", False)
    assert compute() == 3.0
    assert not folder.exists()


def test_a_folder_that_cannot_be_used_is_said_once(folder, caplog):
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file in its place")
    with caplog.at_level(logging.DEBUG, "trainwell"):
        assert compute() == 3.0
        assert compute() == 3.0
    assert len(caplog.messages) == 1
    assert str(folder) in caplog.messages[0]
    assert "TRAINWELL_COMPILE_CACHE" in caplog.messages[0]
    assert compute() == 3.0


def test_a_folder_that_others_may_write_to_is_not_used(folder, caplog):
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    assert compile_cache.store_in_use() is None
    assert "others may write to" in caplog.text


def test_machines_are_told_apart_by_what_their_processor_can_do(monkeypatch):
    names = set()
    for flags in ("sse avx", "sse avx avx512f"):
        monkeypatch.setattr(compile_cache, "_processor_lines", lambda flags=flags: [f"flags : {flags}"])
        names |= {compile_cache.machine_name(), compile_cache.machine_name()}
    assert len(names) == 2


def test_the_name_of_a_machine_holds_the_versions():
    assert compile_cache.machine_name().startswith(f"jax-{jax.__version__}-")


SCRIPT = """
import warnings; warnings.simplefilter("error"); warnings.filterwarnings("ignore", "__array__")
import keras, numpy as np, trainwell as tw
keras.utils.set_random_seed(0)
digits = tw.datasets.load("digits")
spec = tw.recipes.find_recipe("default").spec(digits, epochs=2)
model = spec.compiled()
print(tw.find_lr(model, spec.data["x"], spec.data["y"], steps=32).suggestion)
tw.fit(model, **spec.data, **spec.fit, verbose=0)
print([float(np.sum(weight)) for weight in model.get_weights()])
"""


@pytest.mark.heavy
def test_a_second_process_trains_to_the_same_weights_and_neither_prints_anything(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAINWELL_COMPILE_CACHE", str(tmp_path / "compiled"))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    runs = [subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)]
    made = programs(tmp_path / "compiled")
    runs.append(subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True))
    assert [run.stderr for run in runs] == ["", ""]
    assert runs[0].stdout == runs[1].stdout
    assert made
    assert programs(tmp_path / "compiled") == made, "the second compiled something that the first had not kept"
