"""`trainwell cache`: what is kept, and its removal."""

from __future__ import annotations

import json

import pytest

from trainwell.engine.compile_store import CompileStore


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache folder of its own."""
    monkeypatch.setenv("TRAINWELL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("TRAINWELL_COMPILE_CACHE", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def _filled(home):
    fill(home)


def fill(home):
    store = CompileStore(home / "compiled", "machine")
    store.put("one", bytes(1000))
    store.put("two", bytes(2000))
    (home / "mnist").mkdir()
    (home / "mnist" / "mnist.npz").write_bytes(bytes(12_340_000))


def test_nothing_kept(command, tmp_path):
    answer = command("cache", inside=tmp_path)
    assert (answer.code, answer.out, answer.err) == (0, "Nothing is kept.\n", "")
    assert not answer.changed


@pytest.mark.usefixtures("_filled")
def test_path_entries_and_size(command, tmp_path, home):
    answer = command("cache", inside=tmp_path)
    assert answer.code == 0
    assert answer.out.splitlines() == [
        f"compiled programs: 2 programs, 3.0 kB, {home / 'compiled'}",
        f"mnist: 1 files, 12.3 MB, {home / 'mnist'}",
    ]
    assert not answer.changed


@pytest.mark.usefixtures("_filled")
def test_json(command, tmp_path, home):
    document = json.loads(command("cache", "--json", inside=tmp_path).out)
    assert document == {
        "schema_version": 1,
        "kept": True,
        "cleared": False,
        "parts": [
            {
                "name": "compiled programs",
                "path": str(home / "compiled"),
                "entries": 2,
                "bytes": 3032,
                "kind": "programs",
            },
            {"name": "mnist", "path": str(home / "mnist"), "entries": 1, "bytes": 12_340_000, "kind": "files"},
        ],
    }


@pytest.mark.usefixtures("_filled")
def test_clear_removes_what_is_ours_and_nothing_else(command, tmp_path, home):
    (home / "letters").mkdir()
    (home / "letters" / "letter.txt").write_text("dear")
    answer = command("cache", "--clear", inside=tmp_path)
    assert answer.code == 0
    assert answer.out.splitlines()[-1] == "All of it was removed."
    assert [path.name for path in home.rglob("*")] == ["letters", "letter.txt"]
    assert command("cache", inside=tmp_path).out == "Nothing is kept.\n"


@pytest.mark.usefixtures("_filled")
def test_clear_in_json(command, tmp_path, home):
    document = json.loads(command("cache", "--clear", "--json", inside=tmp_path).out)
    assert document["cleared"]
    assert sum(part["entries"] for part in document["parts"]) == 3
    assert list(home.iterdir()) == []


def test_a_moved_folder_is_shown_and_cleared_beside_the_customary_one(command, tmp_path, home, monkeypatch):
    fill(home)
    monkeypatch.setenv("TRAINWELL_COMPILE_CACHE", str(tmp_path / "moved"))
    CompileStore(tmp_path / "moved", "machine").put("three", bytes(10))
    out = command("cache", "--clear", inside=tmp_path).out
    assert f"compiled programs: 1 programs, 26 bytes, {tmp_path / 'moved'}" in out
    assert f"compiled programs: 2 programs, 3.0 kB, {home / 'compiled'}" in out
    assert not (tmp_path / "moved").exists()
    assert not (home / "compiled").exists()


@pytest.mark.usefixtures("_filled")
def test_turned_off_it_says_so_and_shows_what_is_left(command, tmp_path, monkeypatch):
    monkeypatch.setenv("TRAINWELL_COMPILE_CACHE", "off")
    out = command("cache", inside=tmp_path).out
    assert "2 programs" in out
    assert out.splitlines()[-1].startswith("Compiled programs are not kept here: TRAINWELL_COMPILE_CACHE")
    assert json.loads(command("cache", "--json", inside=tmp_path).out)["kept"] is False


def test_a_wrong_variable_is_said(command, tmp_path, monkeypatch, refused):
    monkeypatch.setenv("TRAINWELL_COMPILE_CACHE", "disabled")
    refused(command("cache", inside=tmp_path), "TRAINWELL_COMPILE_CACHE=disabled", "neither on, off nor")


@pytest.mark.usefixtures("_filled")
def test_what_cannot_be_removed_is_named(command, tmp_path, home, monkeypatch, refused):
    def deny(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("shutil.rmtree", deny)
    refused(command("cache", "--clear", inside=tmp_path), str(home / "compiled"), "Permission denied")
