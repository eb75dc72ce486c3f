from pathlib import Path

import pytest

from trainwell.datasets.cache import cache_folder, make_cache_folder


def test_the_variable_of_ours_comes_first(monkeypatch, tmp_path):
    monkeypatch.setenv("TRAINWELL_CACHE", str(tmp_path / "ours"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "shared"))
    assert cache_folder() == tmp_path / "ours"


def test_then_the_shared_one(monkeypatch, tmp_path):
    monkeypatch.delenv("TRAINWELL_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "trainwell"


@pytest.mark.parametrize("shared", [None, "relative/folder", ""])
def test_then_the_home_folder(monkeypatch, tmp_path, shared):
    monkeypatch.delenv("TRAINWELL_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if shared is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", shared)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder() == tmp_path / ".cache" / "trainwell"


def test_our_folders_are_private(monkeypatch, tmp_path):
    monkeypatch.setenv("TRAINWELL_CACHE", str(tmp_path / "above" / "ours"))
    made = make_cache_folder("things")
    assert made == tmp_path / "above" / "ours" / "things"
    assert [each.stat().st_mode & 0o777 for each in (made, made.parent)] == [0o700, 0o700]
    assert make_cache_folder("things") == made


def test_looking_makes_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("TRAINWELL_CACHE", str(tmp_path / "ours"))
    cache_folder()
    assert not Path(tmp_path / "ours").exists()
