"""Files are whole or absent."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from trainwell.storage import replace_folder, staging_folder, write_atomically


@pytest.fixture
def umask():
    """Sets the umask of the process for one test."""
    before = os.umask(0)
    os.umask(before)
    yield os.umask
    os.umask(before)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_file_appears_only_at_the_end(tmp_path):
    target = tmp_path / "note.txt"
    with write_atomically(target) as temporary:
        temporary.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert names(tmp_path) == ["note.txt"]


def test_a_path_may_be_text(tmp_path):
    with write_atomically(str(tmp_path / "note.txt")) as temporary:
        temporary.write_text("new")
    assert (tmp_path / "note.txt").read_text() == "new"


@pytest.mark.parametrize("name", ["model.keras", "signals.npz", "plain", "archive.tar.gz", "ünïcode name.csv"])
def test_the_temporary_file_stands_beside_the_target_and_keeps_its_suffix(tmp_path, name):
    with write_atomically(tmp_path / name) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == (tmp_path / name).suffix
        assert temporary.name.startswith(".")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), SystemExit(1), ValueError("bad")]
)
def test_the_earlier_file_survives_whatever_goes_wrong(tmp_path, error):
    target = tmp_path / "note.txt"
    target.write_text("earlier")
    with pytest.raises(type(error)) as caught, write_atomically(target) as temporary:  # noqa: PT012 -- half-written first
        temporary.write_text("ha")
        raise error
    assert caught.value is error
    assert target.read_text() == "earlier"
    assert names(tmp_path) == ["note.txt"]


def test_a_failure_leaves_nothing_where_nothing_was(tmp_path):
    with pytest.raises(KeyboardInterrupt), write_atomically(tmp_path / "note.txt") as temporary:  # noqa: PT012 -- as above
        temporary.write_text("ha")
        raise KeyboardInterrupt
    assert names(tmp_path) == []


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664), (0o027, 0o640)])
def test_the_file_is_as_readable_as_any_other_new_file(tmp_path, umask, mask, mode):
    umask(mask)
    with write_atomically(tmp_path / "note.txt") as temporary:
        assert temporary.stat().st_mode & 0o777 == 0o600, "private while it is half-written"
        temporary.write_text("new")
    (tmp_path / "ordinary.txt").write_text("made by open")
    assert (tmp_path / "note.txt").stat().st_mode & 0o777 == mode
    assert (tmp_path / "ordinary.txt").stat().st_mode & 0o777 == mode
    assert umask(mask) == mask, "the umask itself is as it was"


def test_two_writers_do_not_share_a_temporary_file(tmp_path):
    target = tmp_path / "note.txt"
    with write_atomically(target) as first, write_atomically(target) as second:
        assert first != second
        second.write_text("second")
        first.write_text("first")
    assert target.read_text() == "first", "the last to finish wins, whole"
    assert names(tmp_path) == ["note.txt"]


def test_a_missing_folder_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError), write_atomically(tmp_path / "absent" / "note.txt"):
        pytest.fail("nothing can be written there")


class TestReplaceFolder:
    def test_a_new_folder_is_the_staged_one(self, tmp_path):
        temporary = staging_folder(tmp_path / "new")
        (temporary / "a").write_text("1")
        assert replace_folder(temporary, tmp_path / "new") is None
        assert (names(tmp_path), names(tmp_path / "new")) == (["new"], ["a"])

    @pytest.mark.parametrize("stays", [False, True])
    def test_the_earlier_folder_is_told_whole(self, tmp_path, monkeypatch, stays):
        folder = tmp_path / "old"
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / "b").write_text("earlier")
        monkeypatch.setattr(Path, "is_mount", lambda path: stays and path == folder)
        before = folder.stat().st_ino
        temporary = staging_folder(folder)
        assert (temporary.parent == folder) == stays
        (temporary / "a").write_text("1")
        earlier = replace_folder(temporary, folder)
        assert (folder / "a").read_text() == "1"
        assert not (folder / "deep").exists()
        assert (earlier / "deep" / "b").read_text() == "earlier"
        assert (names(earlier), names(earlier.parent)) == (["deep"], ["earlier"])
        assert (folder.stat().st_ino == before) == stays, "a mount keeps its place"

    @pytest.mark.parametrize("stays", [False, True])
    @pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
    @pytest.mark.parametrize("allowed", [0, 1, 2, 3])
    def test_a_move_that_fails_is_taken_back(self, tmp_path, monkeypatch, stays, error, allowed):
        folder = tmp_path / "old"
        folder.mkdir()
        for name in "ab":
            (folder / name).write_text("earlier")
        monkeypatch.setattr(Path, "is_mount", lambda path: stays and path == folder)
        temporary = staging_folder(folder)
        for name in "bc":
            (temporary / name).write_text("new")
        replace = Path.replace
        moves = [*[None] * (allowed if stays else min(allowed, 1)), error]

        def fails_once(path, to):
            problem = moves.pop(0) if moves else None
            if problem is not None:
                raise problem
            return replace(path, to)

        monkeypatch.setattr(Path, "replace", fails_once)
        with pytest.raises(type(error)):
            replace_folder(temporary, folder)
        assert {path.name: path.read_text() for path in folder.iterdir() if path.is_file()} == dict.fromkeys(
            "ab", "earlier"
        )
        assert names(temporary) == ["b", "c"]
