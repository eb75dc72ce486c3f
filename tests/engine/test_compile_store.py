"""Entries on disk: kept whole, private and bounded, whatever happens to the files."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell.engine.compile_store import SUFFIX, CompileStore, clear, entries, prune

KEY = "jit_step-0123"
CONTENT = bytes(range(256)) * 8


@pytest.fixture
def root(tmp_path):
    return tmp_path / "compiled"


@pytest.fixture
def store(root):
    return CompileStore(root, "machine")


def files(root):
    return sorted(root.glob(f"*/*{SUFFIX}"))


def test_what_was_put_is_got_by_another_process_too(root, store):
    store.put(KEY, CONTENT)
    assert store.get(KEY) == CONTENT
    assert CompileStore(root, "machine").get(KEY) == CONTENT
    assert store.get("another key") is None


def test_machines_do_not_see_each_others_entries(root, store):
    store.put(KEY, CONTENT)
    assert CompileStore(root, "another machine").get(KEY) is None


@settings(deadline=None, max_examples=30)
@given(key=st.text(min_size=1, max_size=300), value=st.binary(max_size=200))
def test_any_key_and_any_bytes(tmp_path_factory, key, value):
    store = CompileStore(tmp_path_factory.mktemp("root"), "machine")
    store.put(key, value)
    assert store.get(key) == value


def test_folders_and_entries_are_private(root, store):
    store.put(KEY, CONTENT)
    assert [path.stat().st_mode & 0o777 for path in (root, store.folder)] == [0o700, 0o700]


@pytest.mark.parametrize("damage", [b"", b"garbage", b"\0" * len(CONTENT), CONTENT])
def test_a_damaged_entry_is_no_entry_and_is_removed(root, store, damage):
    store.put(KEY, CONTENT)
    files(root)[0].write_bytes(damage)
    assert store.get(KEY) is None
    assert files(root) == []
    store.put(KEY, CONTENT)
    assert store.get(KEY) == CONTENT


@pytest.mark.parametrize("position", [0, 20, -1])
def test_a_single_changed_byte_is_noticed(root, store, position):
    store.put(KEY, CONTENT)
    content = bytearray(files(root)[0].read_bytes())
    content[position] ^= 1
    files(root)[0].write_bytes(content)
    assert store.get(KEY) is None


def test_the_least_recently_used_go_first(root):
    store = CompileStore(root, "machine", largest_bytes=10 * 1016)
    for number in range(10):
        store.put(f"key {number}", bytes(1000))
    for second, number in enumerate([1, 2, 3, 4, 5, 6, 7, 8, 9, 0]):
        os.utime(store._file(f"key {number}"), (second, second))
    store.get("key 1")
    prune(root, 4 * 1016)
    assert [number for number in range(10) if store.get(f"key {number}")] == [0, 1, 8, 9]


def test_it_stays_near_its_bound(root):
    store = CompileStore(root, "machine", largest_bytes=100_000)
    largest = 0
    for number in range(400):
        store.put(f"key {number}", bytes(1000))
        largest = max(largest, sum(status.st_size for status in entries(root)))
    assert largest <= 100_000 * (1 + 1 / 16) + 2 * 1016
    assert store.get("key 399")
    assert not store.get("key 0")


def test_the_bound_is_over_all_machines_and_versions(root):
    old = CompileStore(root, "earlier version", largest_bytes=5000)
    for number in range(4):
        old.put(f"key {number}", bytes(1000))
        os.utime(old._file(f"key {number}"), (number, number))
    CompileStore(root, "machine", largest_bytes=5000).put(KEY, bytes(3000))
    assert [number for number in range(4) if old.get(f"key {number}")] == [3]


def test_what_alone_exceeds_the_bound_is_not_kept(root):
    store = CompileStore(root, "machine", largest_bytes=100)
    store.put(KEY, bytes(101))
    assert files(root) == []


def test_what_a_killed_process_left_is_removed_once_it_is_old(root, store):
    old, new = store.folder / f".one-{SUFFIX}", store.folder / f".two-{SUFFIX}"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    prune(root, 10**9)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_folder_that_vanishes_costs_nothing_but_the_entries(store):
    store.put(KEY, CONTENT)
    store._file(KEY).unlink()
    store.folder.rmdir()
    assert store.get(KEY) is None
    store.put(KEY, CONTENT)
    assert store.get(KEY) is None


def test_a_full_disk_leaves_no_half_entry(store, monkeypatch):
    def full(path, target):
        del path, target
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    store.put(KEY, CONTENT)
    assert list(store.folder.iterdir()) == []


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_may_write_to_is_refused(root, mode):
    root.mkdir()
    root.chmod(mode)
    with pytest.raises(PermissionError, match="others may write to"):
        CompileStore(root, "machine")


def test_a_folder_of_another_user_is_refused(root, monkeypatch):
    root.mkdir()
    monkeypatch.setattr("os.getuid", lambda: os.stat_result(root.stat()).st_uid + 1)
    with pytest.raises(PermissionError, match="belongs to another user"):
        CompileStore(root, "machine")


def test_a_file_in_the_place_of_the_folder_is_an_error(root):
    root.write_text("a file")
    with pytest.raises(FileExistsError):
        CompileStore(root, "machine")


def test_clearing_leaves_what_is_not_ours(root, store):
    store.put(KEY, CONTENT)
    CompileStore(root, "another").put(KEY, CONTENT)
    (root / "letters").mkdir()
    (root / "letters" / "letter.txt").write_text("dear")
    clear(root)
    assert sorted(path.name for path in root.rglob("*")) == ["letter.txt", "letters"]


def test_clearing_an_empty_or_missing_folder(root, store):
    store.put(KEY, CONTENT)
    clear(root)
    assert not root.exists()
    clear(root)


def test_writers_at_the_same_time_never_read_anything_wrong(root):
    def put_and_get(seed):
        store = CompileStore(root, "machine", largest_bytes=20_000)
        wrong = 0
        for turn in range(150):
            number = (turn * 7 + seed) % 40
            content = bytes([number]) * 1000
            wrong += store.get(f"key {number}") not in {None, content}
            store.put(f"key {number}", content)
        return wrong

    with ThreadPoolExecutor(4) as pool:  # each with a store of its own, as processes have
        assert list(pool.map(put_and_get, range(4))) == [0] * 4
    assert list(root.glob("*/.*")) == []
