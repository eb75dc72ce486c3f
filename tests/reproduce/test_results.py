"""One file a result: whole, read back, and never mixed with results made otherwise."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from trainwell.errors import InputError
from trainwell.reproduce.experiment import VALIDATION, Preparation
from trainwell.reproduce.results import Result, Results


def change(path, **changed):
    document = json.loads(path.read_text(encoding="utf-8"))
    for name, value in changed.items():
        document[name] = {**document[name], **value} if isinstance(value, dict) else value
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def written(tmp_path, short, made):
    """A folder with one result, and its file."""
    Results(tmp_path, 360, [short]).write(made((0.25, 0.5))[0])
    return tmp_path, tmp_path / "results" / "leaky-relu-seed-0.json"


def test_results_are_read_back_as_they_were(written, short):
    folder, path = written
    results = Results(folder, 360, [short])
    assert results.of(short) == [Result("leaky-relu", 0, {VALIDATION: [0.25, 0.5]}, 1.5)]
    assert results.missing(short, range(3)) == [1, 2]
    assert json.loads(path.read_text(encoding="utf-8"))["versions"]["keras"]


def test_a_folder_that_is_not_there_has_none_and_is_not_made(tmp_path, short):
    results = Results(tmp_path / "new", 360, [short])
    assert results.of(short) == []
    assert not (tmp_path / "new").exists()


def test_other_files_are_left_alone(written, short):
    folder, path = written
    (path.parent / "notes.txt").write_text("mine", encoding="utf-8")
    (path.parent / ".leaky-relu-seed-1-0123.json").write_text("{", encoding="utf-8")
    assert len(Results(folder, 360, [short]).of(short)) == 1


def test_other_versions_are_refused_by_name(written, short):
    folder, path = written
    change(path, versions={"jax": "0.0.1"})
    with pytest.raises(InputError, match=r"jax 0\.0\.1, not ") as caught:
        Results(folder, 360, [short])
    assert "--out" in caught.value.hint


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"epochs": 9}, "epochs 2, not 9"),
        ({"batch_size": 64}, "batch_size 32, not 64"),
        ({"preparation": Preparation("last", 40)}, "held_out first, not last"),
    ],
)
def test_other_settings_are_refused_by_name(written, short, changed, words):
    with pytest.raises(InputError, match=words):
        Results(written[0], 360, [replace(short, **changed)])


def test_other_data_are_refused(written, short):
    with pytest.raises(InputError, match="rows 360, not 500"):
        Results(written[0], 500, [short])


def test_another_format_is_told_apart_from_damage(written, short):
    folder, path = written
    path.write_text('{"format_version": 0}', encoding="utf-8")
    with pytest.raises(InputError, match="format_version 0, not 1"):
        Results(folder, 360, [short])


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"experiment": "leaky-relu", "seed": 0, "series": 3}'])
def test_a_damaged_file_is_named(written, short, content):
    folder, path = written
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"leaky-relu-seed-0\.json cannot be read"):
        Results(folder, 360, [short])


def test_a_file_under_another_seeds_name_is_refused(written, short):
    folder, path = written
    path.rename(path.with_name("leaky-relu-seed-7.json"))
    with pytest.raises(InputError, match="holds a result of leaky-relu, seed 0"):
        Results(folder, 360, [short])


def test_a_file_in_the_folders_place_is_refused(tmp_path, short):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="is a file"):
        Results(tmp_path / "taken", 360, [short])


def test_a_place_that_cannot_be_written_to_is_refused(tmp_path, short, made):
    (tmp_path / "results").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        Results(tmp_path, 360, [short]).write(made((0.5,))[0])
