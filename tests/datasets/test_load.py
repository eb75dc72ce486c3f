import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from trainwell.datasets import encoder_from_json, load
from trainwell.errors import InputError


@pytest.fixture
def sources(tmp_path):
    """A source of each kind, by its kind."""
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(40, 3)), np.arange(40) % 2
    (tmp_path / "some.csv").write_text(
        "a,b,label\n" + "".join(f"{p:.3f},{q:.3f},{c}\n" for (p, q, _), c in zip(x, y, strict=True))
    )
    np.savez(tmp_path / "some.npz", x=x, y=y)
    for label in ("rose", "daisy"):
        (tmp_path / "flowers" / label).mkdir(parents=True)
        for number in range(8):
            Image.fromarray(np.full((4, 4), number, np.uint8)).save(tmp_path / "flowers" / label / f"{number}.png")
    return {"table": tmp_path / "some.csv", "array": tmp_path / "some.npz", "image": tmp_path / "flowers"}


@pytest.mark.parametrize("kind", ["table", "array", "image"])
def test_each_kind_finds_its_reader_and_its_encoder_comes_back(sources, kind):
    dataset = load(str(sources[kind]), target="label" if kind == "table" else None)
    assert dataset.kind == kind
    document = json.loads(json.dumps(dataset.encoder.to_json()))
    assert document["kind"] == kind
    again = encoder_from_json(document)
    assert type(again) is type(dataset.encoder)
    assert again.to_json() == dataset.encoder.to_json()


def test_options_reach_the_table(sources):
    dataset = load(sources["table"], target="label", drop=("a",), task="multi-class", test_share=0.4)
    assert dataset.task == "multi-class"
    assert dataset.encoder.feature_names == ("b",)
    assert len(dataset.test) == 16


@pytest.mark.parametrize("kind", ["table", "array", "image", "wine", "digits", "gone.csv"])
def test_a_task_that_does_not_exist_is_refused_before_anything_is_read(sources, kind):
    with pytest.raises(InputError, match="--task is 'clasification'; expected one of binary, multi-class, regression"):
        load(sources.get(kind, kind), target="label" if kind == "table" else None, task="clasification")


def test_names_of_folders_are_no_values(sources):
    with pytest.raises(InputError, match="no numbers: daisy, rose"):
        load(sources["image"], task="regression")


@pytest.mark.parametrize("kind", ["array", "image", "wine"])
@pytest.mark.parametrize(
    ("option", "value"), [("target", "y"), ("split_column", "part"), ("group_column", "who"), ("drop", ["a"])]
)
def test_options_of_tables_are_refused_elsewhere(sources, kind, option, value):
    flag = "--" + option.replace("_", "-")
    with pytest.raises(InputError, match=f"{flag} is for tables; it does not apply to") as caught:
        load(sources.get(kind, kind), **{option: value})
    assert caught.value.hint == f"Leave {flag} out."


def test_a_built_in_name_goes_before_a_folder_and_says_so(sources, monkeypatch):
    sources["image"].rename(sources["image"].parent / "wine")
    monkeypatch.chdir(sources["image"].parent)
    dataset = load("wine")
    assert dataset.kind == "table"
    assert dataset.notes[0].endswith("not the file or folder of that name: that is ./wine.")
    assert load("./wine").kind == "image"


@pytest.mark.parametrize(
    ("source", "complaint", "hint"),
    [
        ("minst", "no built-in data set 'minst'.* no file or folder of that name", "Did you mean mnist?"),
        ("gone/flowers", "no file or folder 'gone/flowers'; expected a built-in name", "Check the path."),
        ("gone.xlsx", "no file or folder 'gone.xlsx'", "Check the path."),
        ("gone.npz", "gone.npz does not exist", "Check the name."),
        ("gone.csv", "gone.csv does not exist", ""),
        ("", "no file or folder ''", "Check the path."),
        ("notes.docx", "notes.docx is no source of data that is known here", "Convert it"),
        ("alone.npy", "alone.npy holds one array only", "numpy.savez"),
    ],
)
def test_anything_else_is_refused(tmp_path, monkeypatch, source, complaint, hint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.docx").write_text("words")
    np.save(tmp_path / "alone.npy", np.zeros(3))
    with pytest.raises(InputError, match=complaint) as caught:
        load(source)
    assert hint in caught.value.hint


@pytest.mark.parametrize("document", [{}, {"kind": "sound"}, [], None])
def test_a_document_of_no_encoder_is_refused(document):
    with pytest.raises(InputError, match="expected table, image or array"):
        encoder_from_json(document)


def test_importing_the_package_is_light_and_its_names_are_the_functions():
    code = (
        "import sys, trainwell.datasets as d; from trainwell.datasets.load import load\n"
        "heavy = {'numpy', 'keras', 'jax', 'sklearn', 'pyarrow', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert d.load is load and callable(d.read_new) and d.Part and d.Dataset and d.builtin_names()\n"
        "assert d.load is load"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
