"""A run folder is chosen, put in its place whole, and read back."""

from __future__ import annotations

import errno
import json
import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from trainwell.datasets.array_encoder import ArrayEncoder
from trainwell.errors import InputError
from trainwell.run import DataRecord, Run
from trainwell.run_folder import (
    ENCODER_FILE,
    MODEL_FILE,
    check_fits,
    choose_folder,
    load_data_record,
    load_encoder,
    load_model,
    save_encoder,
    save_model,
    writing,
)

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")], name="small")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def make_run(folder, mark="earlier"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps({"mark": mark}))
    return folder


class TestChooseFolder:
    def test_a_name_below_runs_and_nothing_is_made(self, here):
        assert choose_folder(None, "wine", overwrite=False) == Path("runs/wine")
        assert names(here) == []

    def test_a_taken_name_is_numbered_from_two(self, here):
        make_run(here / "runs" / "wine")
        assert choose_folder(None, "wine", overwrite=False) == Path("runs/wine-2")
        make_run(here / "runs" / "wine-2")
        make_run(here / "runs" / "wine-4")
        assert choose_folder(None, "wine", overwrite=True) == Path("runs/wine-3"), "--overwrite needs --out"

    def test_a_file_takes_a_name_too(self, here):
        (here / "runs").mkdir()
        (here / "runs" / "wine").write_text("")
        assert choose_folder(None, "wine", overwrite=False) == Path("runs/wine-2")

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_a_new_or_an_empty_folder_is_taken_as_it_is(self, here, overwrite):
        (here / "empty").mkdir()
        assert choose_folder("empty", "wine", overwrite=overwrite) == Path("empty")
        assert choose_folder(here / "a" / "b", "wine", overwrite=overwrite) == here / "a" / "b"

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_a_file_is_refused(self, here, overwrite):
        (here / "note").write_text("")
        with pytest.raises(InputError, match="'note' is a file, and a run is a folder") as caught:
            choose_folder("note", "wine", overwrite=overwrite)
        assert "--out" in caught.value.hint

    def test_an_earlier_run_needs_overwrite(self, here):
        make_run(here / "old")
        with pytest.raises(InputError, match="The folder 'old' exists already") as caught:
            choose_folder("old", "wine", overwrite=False)
        assert "--overwrite" in caught.value.hint
        assert choose_folder("old", "wine", overwrite=True) == Path("old")

    def test_a_folder_that_is_no_run_is_never_replaced(self, here):
        (here / "thesis").mkdir()
        (here / "thesis" / "chapter.tex").write_text("years of work")
        with pytest.raises(InputError, match=r"there is no run\.json in it") as caught:
            choose_folder("thesis", "wine", overwrite=True)
        assert "replaces only its own runs" in caught.value.hint

    @pytest.mark.parametrize(
        "extra", ["notes.txt", "figures/mine.svg", "figures/deeper.png/a.png", "report.html/a", ".hidden", "b/c"]
    )
    def test_files_of_the_user_in_a_run_are_named_and_never_replaced(self, here, extra):
        run = make_run(here / "old")
        (run / "figures").mkdir()
        for name in ("model.keras", "signals.npz", "preprocessing.json", "figures/curves.png"):
            (run / name).write_text("")
        assert choose_folder("old", "", overwrite=True) == Path("old")
        (run / extra).parent.mkdir(exist_ok=True)
        (run / extra).write_text("mine")
        with pytest.raises(InputError, match="files in it that trainwell did not write") as caught:
            choose_folder("old", "", overwrite=True)
        shown = extra.removesuffix("/a").removesuffix("/a.png").removesuffix("/c")
        assert repr(shown) in caught.value.message
        assert caught.value.hint
        assert (run / extra).read_text() == "mine"

    def test_many_files_of_the_user_are_counted(self, here):
        run = make_run(here / "old")
        for number in range(9):
            (run / f"{number}.txt").write_text("")
        with pytest.raises(InputError, match=r"'4\.txt' and 4 more\."):
            choose_folder("old", "", overwrite=True)

    @pytest.mark.parametrize(
        ("out", "words"),
        [
            ("note/sub", "Not a directory"),
            ("note/sub/deeper", "Not a directory"),
            ("x" * 300, "too long"),
            (f"a/{'x' * 300}/b", "too long"),
            ("broken", "'broken' is a link to 'nowhere'"),
            ("broken/sub", "'broken' is a link to 'nowhere'"),
            ("round", "'round' is a link to 'round'"),
        ],
    )
    def test_a_place_that_cannot_be_is_refused_and_nothing_is_made(self, here, out, words):
        (here / "note").write_text("")
        (here / "broken").symlink_to("nowhere")
        (here / "round").symlink_to("round")
        with pytest.raises(InputError, match=words) as caught:
            choose_folder(out, "", overwrite=True)
        assert out in caught.value.message or out.startswith("broken")
        assert "--out" in caught.value.hint
        assert names(here) == ["broken", "note", "round"]

    @pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder that no one may write to, root included")
    def test_a_folder_that_takes_no_files_is_refused(self):
        with pytest.raises(InputError, match="cannot be written to '/proc/wine'"):
            choose_folder("/proc/wine", "", overwrite=False)

    def test_a_read_only_disk_is_refused(self, here, monkeypatch):
        def refuse(**_):
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr(tempfile, "mkdtemp", refuse)
        for out in ("wine", None):
            with pytest.raises(InputError, match="Read-only file system"):
                choose_folder(out, "wine", overwrite=False)
        assert names(here) == []

    @pytest.mark.parametrize("out", ["a/b/c", "empty", "link", "link/sub", "."])
    def test_trying_a_place_out_leaves_no_trace(self, tmp_path, monkeypatch, out):
        here = tmp_path / "empty"
        here.mkdir()
        monkeypatch.chdir(here if out == "." else tmp_path)
        (tmp_path / "link").symlink_to("empty")
        assert choose_folder(out, "", overwrite=False) == Path(out)
        assert (names(tmp_path), names(here)) == (["empty", "link"], [])

    @pytest.mark.parametrize("name", ["", ".", ".."])
    def test_a_name_that_leads_elsewhere_is_not_taken(self, here, name):
        (here / "runs").mkdir()
        assert choose_folder(None, name, overwrite=False) == Path("runs/run")


class TestWriting:
    def test_the_folder_appears_whole_at_the_end(self, tmp_path):
        target = tmp_path / "runs" / "wine"
        with writing(target) as temporary:
            (temporary / "a").write_text("1")
            assert temporary.parent == target.parent
            assert not target.exists()
        assert (target / "a").read_text() == "1"
        assert names(target.parent) == ["wine"]

    def test_success_replaces_the_earlier_run_and_all_that_was_in_it(self, tmp_path):
        target = make_run(tmp_path / "wine")
        (target / "figures").mkdir()
        (target / "figures" / "old.png").write_text("old")
        with writing(target) as temporary:
            (temporary / "run.json").write_text("new")
        assert names(target) == ["run.json"]
        assert (target / "run.json").read_text() == "new"
        assert names(tmp_path) == ["wine"]

    @pytest.mark.parametrize("inside", [False, True])
    def test_what_a_person_adds_during_the_training_is_kept(self, tmp_path, monkeypatch, inside):
        target = make_run(tmp_path / "wine")
        monkeypatch.chdir(target if inside else tmp_path)
        with writing(target) as temporary:
            (temporary / "run.json").write_text("new")
            (target / "notes.txt").write_text("mine")
        assert (target / "run.json").read_text() == "new"
        kept = next(tmp_path.rglob("notes.txt"))
        assert kept.read_text() == "mine"
        assert "replaced" in kept.parent.parent.name

    def test_a_link_stays_a_link(self, here):
        make_run(here / "disk" / "wine")
        (here / "link").symlink_to("disk/wine")
        with writing(choose_folder("link", "", overwrite=True)) as temporary:
            (temporary / "run.json").write_text("new")
        assert (here / "link").is_symlink()
        assert (here / "disk" / "wine" / "run.json").read_text() == "new"
        assert (names(here), names(here / "disk")) == (["disk", "link"], ["wine"])

    @pytest.mark.parametrize("name", ["x" * 255, "é" * 127])
    def test_the_longest_names_can_be_written_and_replaced(self, here, name):
        for mark in ("first", "second"):
            with writing(choose_folder(name, "", overwrite=True)) as temporary:
                (temporary / "run.json").write_text(mark)
        assert (here / name / "run.json").read_text() == "second"
        assert names(here) == [name]

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("bad"), InputError("bad")])
    def test_failure_leaves_the_earlier_run_and_no_trace(self, tmp_path, error):
        target = make_run(tmp_path / "wine")
        with pytest.raises(type(error)) as caught, writing(target) as temporary:  # noqa: PT012 -- half-written first
            (temporary / "run.json").write_text("ha")
            raise error
        assert caught.value is error
        assert json.loads((target / "run.json").read_text()) == {"mark": "earlier"}
        assert names(tmp_path) == ["wine"]

    def test_a_full_disk_is_told_in_words(self, tmp_path):
        target = make_run(tmp_path / "wine")
        with pytest.raises(InputError, match="No space left on device") as caught, writing(target) as temporary:  # noqa: PT012 -- as above
            (temporary / "run.json").write_text("ha")
            raise FULL
        assert str(target) in caught.value.message
        assert "an earlier run there is untouched" in caught.value.hint
        assert json.loads((target / "run.json").read_text()) == {"mark": "earlier"}
        assert names(tmp_path) == ["wine"]

    def test_a_full_disk_while_the_model_is_saved(self, tmp_path, model, monkeypatch):
        def full(_, path):
            Path(path).write_bytes(b"ha")
            raise FULL

        monkeypatch.setattr(keras.Model, "save", full)
        with pytest.raises(InputError, match="No space left on device"), writing(tmp_path / "wine") as temporary:
            save_model(model, temporary)
        assert names(tmp_path) == []

    def test_a_rename_that_fails_puts_the_earlier_run_back(self, tmp_path, monkeypatch):
        target = make_run(tmp_path / "wine")
        replace = Path.replace

        def fails_for_the_new_one(path, to):
            if path.name.startswith(".wine-"):
                raise FULL
            return replace(path, to)

        monkeypatch.setattr(Path, "replace", fails_for_the_new_one)
        with pytest.raises(InputError), writing(target) as temporary:
            (temporary / "run.json").write_text("new")
        assert json.loads((target / "run.json").read_text()) == {"mark": "earlier"}
        assert names(tmp_path) == ["wine"]

    def test_a_place_below_a_file_is_told_in_words(self, tmp_path):
        (tmp_path / "note").write_text("")
        with pytest.raises(InputError, match="cannot be written to"), writing(tmp_path / "note" / "wine"):
            pytest.fail("nothing can be written there")

    def test_the_folder_is_as_open_as_any_other(self, tmp_path):
        (tmp_path / "ordinary").mkdir()
        with writing(tmp_path / "wine") as temporary:
            assert temporary.stat().st_mode & 0o777 == 0o700, "private while it is half-written"
        assert (tmp_path / "wine").stat().st_mode == (tmp_path / "ordinary").stat().st_mode

    def test_the_working_folder_may_be_the_run(self, here):
        with writing(choose_folder(".", "wine", overwrite=False)) as temporary:
            (temporary / "run.json").write_text("new")
        assert (here / "run.json").read_text() == "new"
        assert Path("run.json").read_text() == "new", "whoever works here sees it"

    def test_an_earlier_run_in_the_working_folder_is_replaced_where_it_is(self, here):
        make_run(here)
        (here / "figures").mkdir()
        (here / "figures" / "old.png").write_text("old")
        with writing(choose_folder(".", "wine", overwrite=True)) as temporary:
            (temporary / "run.json").write_text("new")
            (temporary / "report.html").write_text("new")
        assert names(here) == ["report.html", "run.json"]
        assert Path("run.json").read_text() == "new"

    def test_an_earlier_run_in_the_working_folder_survives(self, here, monkeypatch):
        make_run(here)
        replace = Path.replace

        def fails_for_the_second_new_one(path, to):
            if path.parent.name.startswith(f".{here.name[:40]}-") and path.name == "run.json" and to.parent == here:
                raise FULL
            return replace(path, to)

        monkeypatch.setattr(Path, "replace", fails_for_the_second_new_one)
        with pytest.raises(InputError), writing(Path()) as temporary:  # noqa: PT012 -- several files to move
            (temporary / "a.html").write_text("new")
            (temporary / "run.json").write_text("new")
        assert json.loads((here / "run.json").read_text()) == {"mark": "earlier"}
        assert names(here) == ["run.json"]

    def test_a_neighbour_called_replaced_is_left_alone(self, tmp_path):
        target = make_run(tmp_path / "wine")
        (tmp_path / "wine.replaced").mkdir()
        (tmp_path / "wine.replaced" / "chapter.tex").write_text("years of work")
        with writing(target) as temporary:
            (temporary / "run.json").write_text("new")
        assert (tmp_path / "wine.replaced" / "chapter.tex").exists()


class TestModel:
    def test_it_comes_back_with_the_same_numbers(self, tmp_path, model):
        save_model(model, tmp_path)
        x = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
        loaded = load_model(str(tmp_path))
        np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
        assert not loaded.compiled
        assert names(tmp_path) == [MODEL_FILE]

    def test_a_missing_one_is_named(self, tmp_path):
        with pytest.raises(InputError, match=r"model\.keras is missing") as caught:
            load_model(tmp_path)
        assert str(tmp_path) in caught.value.message
        assert caught.value.hint

    @pytest.mark.parametrize("damage", ["empty", "text", "cut short", "bits turned over", "weights turned over"])
    def test_a_damaged_one_is_named(self, tmp_path, model, damage):
        save_model(model, tmp_path)
        path = tmp_path / MODEL_FILE
        content = path.read_bytes()
        place = {"bits turned over": 200, "weights turned over": len(content) // 2}.get(damage, 0)
        path.write_bytes(
            {"empty": b"", "text": b"hello", "cut short": content[: len(content) // 2]}.get(
                damage,
                content[:place] + bytes(byte ^ 255 for byte in content[place : place + 20]) + content[place + 20 :],
            )
        )
        with pytest.raises(InputError, match=r"model\.keras cannot be read") as caught:
            load_model(tmp_path)
        if damage in ("empty", "text", "cut short"):
            assert caught.value.message.endswith("it is damaged.")

    @pytest.mark.parametrize("config", [None, "{", "[]", '{"class_name": "Absent", "config": {}}'])
    def test_an_archive_that_holds_no_model_is_named(self, tmp_path, config):
        with zipfile.ZipFile(tmp_path / MODEL_FILE, "w") as archive:
            if config is not None:
                archive.writestr("config.json", config)
        with pytest.raises(InputError, match=r"model\.keras cannot be read"):
            load_model(tmp_path)

    def test_no_code_runs_from_it(self, tmp_path):
        layer = keras.layers.Lambda(lambda tensor: tensor * 2)
        save_model(keras.Sequential([keras.Input((3,)), layer]), tmp_path)
        with pytest.raises(InputError, match="Lambda"):
            load_model(tmp_path)

    def test_a_full_disk_leaves_the_earlier_model(self, tmp_path, model, monkeypatch):
        save_model(model, tmp_path)
        before = (tmp_path / MODEL_FILE).read_bytes()

        def full(_, path):
            Path(path).write_bytes(b"ha")
            raise FULL

        monkeypatch.setattr(keras.Model, "save", full)
        with pytest.raises(OSError, match="No space left"):
            save_model(model, tmp_path)
        assert (tmp_path / MODEL_FILE).read_bytes() == before
        assert names(tmp_path) == [MODEL_FILE]


def table_model(numeric=3, codes=2, outputs=3):
    inputs = {"numeric": keras.Input((numeric,), name="numeric"), "codes": keras.Input((codes,), name="codes")}
    return keras.Model(inputs, keras.layers.Dense(outputs)(keras.layers.Concatenate()(list(inputs.values()))))


class TestFit:
    def test_what_a_model_was_trained_on_fits_it(self, model):
        check_fits(model, np.zeros((5, 3)))
        check_fits(model, np.zeros((0, 3)), ("no", "yes"))
        check_fits(table_model(), {"codes": np.zeros((4, 2)), "numeric": np.zeros((4, 3))}, "abc")
        check_fits(keras.Sequential([keras.Input((None, 1)), keras.layers.Dense(1)]), np.zeros((2, 9, 1)), ())
        check_fits(table_model(outputs=1), {"codes": np.zeros((4, 2)), "numeric": np.zeros((4, 3))}, ("no", "yes"))

    @pytest.mark.parametrize("shape", [(5, 4), (5,), (5, 3, 1)])
    def test_an_array_of_another_shape_is_refused(self, model, shape):
        with pytest.raises(InputError, match=r"takes .* of shape \(rows, 3\); preprocessing\.json makes") as caught:
            check_fits(model, np.zeros(shape))
        assert ", ".join(map(str, ("rows", *shape[1:]))) in caught.value.message
        assert caught.value.hint

    @pytest.mark.parametrize(
        "inputs",
        [
            {"numeric": np.zeros((4, 2)), "codes": np.zeros((4, 2))},
            {"numeric": np.zeros((4, 3))},
            {"numeric": np.zeros((4, 3)), "codes": np.zeros((4, 2)), "more": np.zeros((4, 2))},
            {},
            np.zeros((4, 3)),
        ],
    )
    def test_a_table_that_lacks_a_column_is_refused(self, inputs):
        with pytest.raises(InputError, match=r"takes codes of shape \(rows, 2\) and numeric of shape \(rows, 3\)"):
            check_fits(table_model(), inputs)

    @pytest.mark.parametrize("classes", ["ab", "abcd", ""])
    def test_another_number_of_classes_is_refused(self, classes):
        with pytest.raises(InputError, match=rf"outputs of size \[3\]; run\.json names {len(classes)} classes"):
            check_fits(table_model(), {"codes": np.zeros((4, 2)), "numeric": np.zeros((4, 3))}, classes)

    def test_a_model_that_was_never_built_is_refused(self):
        with pytest.raises(InputError, match="does not tell its inputs"):
            check_fits(keras.Sequential([keras.layers.Dense(1)]), np.zeros((2, 3)))


class TestDataFacts:
    def test_target_and_classes_come_from_the_facts_alone(self, tmp_path):
        Run.from_plain({"data": {"target": "y", "classes": ["no", "yes"]}}).save(tmp_path)
        (tmp_path / "signals.npz").unlink()
        assert load_data_record(tmp_path) == DataRecord(target="y", classes=["no", "yes"])
        Run.from_plain({"data": {"target": "y", "classes": [], "kind": "table"}}).save(tmp_path)
        assert load_data_record(str(tmp_path)) == DataRecord(target="y", kind="table")

    @pytest.mark.parametrize(
        "sections",
        [
            {},
            {"data": {"classes": []}},
            {"data": {"classes": ["a", "b"]}},
            {"data": {"target": "y", "classes": ["a", "a"]}},
        ],
    )
    def test_data_without_a_target_or_with_equal_classes_are_named(self, tmp_path, sections):
        Run.from_plain(sections).save(tmp_path)
        with pytest.raises(InputError, match=r"run\.json does not name the target") as caught:
            load_data_record(tmp_path)
        assert caught.value.hint

    @pytest.mark.parametrize(
        "data", [[1], {"target": 3}, {"target": "y", "classes": "ab"}, {"target": "y", "classes": [1, 2]}]
    )
    def test_data_of_the_wrong_type_are_no_run_file(self, tmp_path, data):
        Run(seeds={"seed": 0}).save(tmp_path)
        document = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
        (tmp_path / "run.json").write_text(json.dumps({**document, "data": data}), encoding="utf-8")
        with pytest.raises(InputError, match=r"is not a run file: Expected .* at `\$\.data"):
            load_data_record(tmp_path)


class TestEncoder:
    def test_it_comes_back_the_same(self, tmp_path):
        save_encoder(ArrayEncoder((3,), "float64"), tmp_path)
        assert load_encoder(str(tmp_path)) == ArrayEncoder((3,), "float64")
        assert names(tmp_path) == [ENCODER_FILE]

    def test_a_missing_one_is_named(self, tmp_path):
        with pytest.raises(InputError, match=r"preprocessing\.json cannot be read") as caught:
            load_encoder(tmp_path)
        assert caught.value.hint

    @pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
    def test_a_damaged_one_is_named(self, tmp_path, content):
        (tmp_path / ENCODER_FILE).write_bytes(content)
        with pytest.raises(InputError, match=r"preprocessing\.json cannot be read"):
            load_encoder(tmp_path)

    @pytest.mark.parametrize("text", ["[]", "3", "null", "{}", '{"kind": "absent"}', '{"kind": "table"}'])
    def test_json_of_another_kind_is_refused(self, tmp_path, text):
        (tmp_path / ENCODER_FILE).write_text(text)
        with pytest.raises(InputError, match=r"preprocessing\.json cannot be read") as caught:
            load_encoder(tmp_path)
        assert caught.value.hint

    def test_numbers_that_json_lacks_are_not_written(self, tmp_path):
        class Odd:
            def to_json(self):
                return {"kind": "array", "median": float("nan")}

        with pytest.raises(ValueError, match="not JSON compliant"):
            save_encoder(Odd(), tmp_path)
        assert names(tmp_path) == []


def test_a_run_saved_in_it_is_read_from_its_place(tmp_path):
    with writing(tmp_path / "wine") as temporary:
        Run.from_plain({"data": {"task": "binary"}}).save(temporary)
    assert Run.load(tmp_path / "wine").data.task == "binary"
    assert names(tmp_path) == ["wine"]
