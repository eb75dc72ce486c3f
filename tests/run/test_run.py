"""A Run saves and loads whole, and says what is wrong with a damaged one."""

from __future__ import annotations

import errno
import io
import json
import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from trainwell.errors import InputError
from trainwell.run import FORMAT_VERSION, RUN_FILE, SIGNALS_FILE, FitRecord, Run, Series

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=10,
)
OPTIONS = st.dictionaries(WORDS, PLAIN, max_size=4)  # plain values of any names
COUNTS = st.none() | st.integers(0)
SECTIONS = st.builds(
    dict,
    fit=st.builds(dict, options=OPTIONS, epochs=COUNTS, cut=st.none() | st.booleans()),
    data=st.builds(dict, classes=st.lists(WORDS, max_size=3), rows=st.builds(dict, train=COUNTS)),
    result=st.builds(dict, recall=st.dictionaries(WORDS, st.floats(0, 1), max_size=3)),
    not_measured=st.dictionaries(WORDS, WORDS, max_size=2),
)
VALUES = st_numpy.arrays(
    st.sampled_from(["float32", "float64", "int32", "uint8", "bool"]),
    st_numpy.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4),
)
NAMES = st.sampled_from(["train/loss", "validation/loss", "file", "learning_rate", "größe · 1", "a:values", "../up"])


@pytest.fixture
def saved(tmp_path):
    """A folder with a Run in it."""
    Run.from_plain({"data": {"task": "binary"}}, {"train/loss": Series.over("epoch", np.geomspace(2, 0.1, 300))}).save(
        tmp_path
    )
    return tmp_path


@settings(deadline=None, max_examples=40)
@given(
    sections=SECTIONS, arrays=st.dictionaries(NAMES, VALUES, max_size=3), axis=st.sampled_from(["step", "epoch", "row"])
)
def test_what_is_saved_is_loaded(sections, arrays, axis):
    signals = {name: Series.over(axis, values, "nats", start=3) for name, values in arrays.items()}
    with tempfile.TemporaryDirectory() as folder:
        run = Run.from_plain(sections, signals)
        run.save(folder)
        loaded = Run.load(folder)
    assert loaded.to_plain() == run.to_plain()
    assert (loaded.fit, loaded.data, loaded.result) == (run.fit, run.data, run.result)
    assert list(loaded.signals) == list(signals)
    for name, series in signals.items():
        found = loaded.signals[name]
        assert found.values.dtype == series.values.dtype
        np.testing.assert_array_equal(found.values, series.values)
        np.testing.assert_array_equal(found.at, series.at)
        assert (found.axis, found.unit) == (axis, "nats")


def test_not_a_number_and_infinity_keep_their_places(tmp_path):
    values = np.array([np.nan, 1.0, np.inf, -np.inf, np.nan])
    Run(signals={"train/loss": Series.over("step", values)}).save(tmp_path)
    np.testing.assert_array_equal(Run.load(tmp_path).signals["train/loss"].values, values)


def test_numpy_in_a_section_becomes_plain(tmp_path):
    options = {"a": np.float32(0.5), "b": np.int64(3), "c": np.bool_(1), "d": np.arange(4).reshape(2, 2)}
    run = Run(fit=FitRecord(epochs=np.int64(3), seconds=np.float64(1.5), recipe=np.str_("é"), options=options))
    run.save(tmp_path)
    fit = Run.load(tmp_path).fit
    assert (fit.epochs, fit.seconds, fit.recipe) == (3, 1.5, "é")
    assert fit.options == {"a": 0.5, "b": 3, "c": True, "d": [[0, 1], [2, 3]]}


def test_the_file_is_readable_json_with_a_version(saved):
    document = json.loads((saved / RUN_FILE).read_text(encoding="utf-8"))
    assert document["format_version"] == FORMAT_VERSION == 3
    assert document["signals"] == {"train/loss": {"axis": "epoch", "unit": ""}}
    assert document["data"] == {"task": "binary"}


def test_a_value_that_is_no_plain_data_is_refused_by_name_of_its_type(saved):
    before = (saved / RUN_FILE).read_bytes(), (saved / SIGNALS_FILE).read_bytes()
    with pytest.raises(TypeError, match=r"A Run holds plain data only, got \w*Path"):
        Run(fit=FitRecord(options={"path": Path("x")})).save(saved)
    assert ((saved / RUN_FILE).read_bytes(), (saved / SIGNALS_FILE).read_bytes()) == before


def test_a_folder_is_made_where_none_is(tmp_path):
    Run(seeds={"seed": 1}).save(tmp_path / "deep" / "er")
    assert Run.load(tmp_path / "deep" / "er").seeds == {"seed": 1}


def test_a_series_counts_from_one_or_from_where_it_is_told():
    assert Series.over("step", [5, 6, 7]).at.tolist() == [1, 2, 3]
    assert Series.over("row", [5, 6], start=0).at.tolist() == [0, 1]


def test_a_series_needs_a_position_for_each_value():
    with pytest.raises(ValueError, match="got 3 values at 2"):
        Series(np.zeros(3), np.arange(2))


def test_no_run_says_where_one_is_found(tmp_path):
    with pytest.raises(InputError, match=r"run\.json is missing") as caught:
        Run.load(tmp_path)
    assert str(tmp_path) in caught.value.message
    assert "trainwell train" in caught.value.hint


def test_a_newer_format_is_refused(saved):
    document = json.loads((saved / RUN_FILE).read_text(encoding="utf-8"))
    (saved / RUN_FILE).write_text(json.dumps({**document, "format_version": 7}), encoding="utf-8")
    with pytest.raises(InputError, match="format version 7; this trainwell reads up to 3") as caught:
        Run.load(saved)
    assert caught.value.hint == "Update trainwell."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "3",
        "null",
        '{"signals": {}}',
        '{"format_version": 1}',
        '{"format_version": true, "signals": {}}',
        '{"format_version": 1.0, "signals": {}}',
        '{"format_version": null, "signals": {}}',
        '{"format_version": 1, "signals": {"train/loss": {"axis": "epoch"}}}',
        '{"format_version": 1, "signals": {"train/loss": {"axis": "hour", "unit": ""}}}',
        '{"format_version": 1, "signals": {"train/loss": {"axis": [], "unit": ""}}}',
        pytest.param("[" * 100_000, id="very deep"),
        "[]",
        '{"format_version": "1", "signals": {}}',
        '{"format_version": 1, "signals": []}',
        '{"format_version": 1, "signals": {"train/loss": "epoch"}}',
    ],
)
def test_damaged_facts_are_named(saved, text):
    (saved / RUN_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=RUN_FILE) as caught:
        Run.load(saved)
    assert caught.value.hint


def _as_npy(array):
    """The bytes of an `.npy` file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _flipped(content):
    """The same archive with one stretch of its compressed data turned over."""
    middle = 100
    return content[:middle] + bytes(byte ^ 255 for byte in content[middle : middle + 10]) + content[middle + 10 :]


def _complaint(folder):
    """The error as text: held itself, it would keep open what NumPy had opened."""
    try:
        Run.load(folder)
    except Exception as error:  # noqa: BLE001 -- whichever it is, it is compared
        return f"{type(error).__name__}: {error}"
    return "nothing"


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"hello", id="no archive"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda content: content[: len(content) // 2], id="cut short"),
        pytest.param(_flipped, id="bits turned over"),
        pytest.param(lambda _: _as_npy(np.zeros(3)), id="one array"),
    ],
)
def test_damaged_signals_are_named(saved, damage):
    path = saved / SIGNALS_FILE
    path.write_bytes(damage(path.read_bytes()))
    assert _complaint(saved).startswith(f"InputError: {path} cannot be read")


@pytest.fixture
def archive(saved):
    """The bytes of the signals before any damage."""
    return (saved / SIGNALS_FILE).read_bytes()


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_byte_is_damaged_it_is_told_or_harmless(saved, archive, data):
    content = bytearray(archive)
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    (saved / SIGNALS_FILE).write_bytes(content)
    complaint = _complaint(saved)
    assert complaint == "nothing" or complaint.startswith("InputError: ")
    if complaint == "nothing":
        np.testing.assert_array_equal(Run.load(saved).signals["train/loss"].values, np.geomspace(2, 0.1, 300))


def test_facts_alone_need_no_signals(saved):
    (saved / SIGNALS_FILE).write_bytes(b"")
    loaded = Run.load(saved, signals=False)
    assert (loaded.to_plain(), loaded.signals) == ({"data": {"task": "binary"}}, {})
    (saved / SIGNALS_FILE).unlink()
    assert Run.load(saved, signals=False).to_plain() == loaded.to_plain()


def test_missing_signals_are_named(saved):
    (saved / SIGNALS_FILE).unlink()
    with pytest.raises(InputError, match=SIGNALS_FILE):
        Run.load(saved)


def test_a_signal_that_the_archive_lacks_is_named(saved):
    with (saved / SIGNALS_FILE).open("wb") as file:
        np.savez(file, other=np.zeros(1))
    with pytest.raises(InputError, match="train/loss"):
        Run.load(saved)


class _Trap:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def test_no_code_runs_from_a_pickle(saved, tmp_path):
    mark = tmp_path / "unpickled"
    trap = np.array([_Trap(mark)], dtype=object)
    with (saved / SIGNALS_FILE).open("wb") as file:
        np.savez(file, **{"train/loss:values": trap, "train/loss:at": np.arange(1)})
    with pytest.raises(InputError, match="allow_pickle=False"):
        Run.load(saved)
    assert not mark.exists()


def test_objects_are_not_saved_either(saved):
    before = (saved / SIGNALS_FILE).read_bytes()
    with pytest.raises(ValueError, match="allow_pickle=False"):
        Run(signals={"s": Series(np.array([{}], dtype=object), np.arange(1))}).save(saved)
    assert (saved / SIGNALS_FILE).read_bytes() == before


@pytest.mark.parametrize("failing", ["signals", "facts"])
def test_a_full_disk_leaves_the_earlier_run(saved, monkeypatch, failing):
    def full(target, *_args, **_arguments):
        target.write(b"ha") if failing == "signals" else target.write_bytes(b"ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    earlier = Run.load(saved)
    if failing == "signals":
        monkeypatch.setattr(np, "savez_compressed", full)
    else:
        monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        Run.from_plain({"seeds": {"new": 1}}, {"train/loss": earlier.signals["train/loss"]}).save(saved)
    monkeypatch.undo()
    assert Run.load(saved).to_plain() == earlier.to_plain()
    np.testing.assert_array_equal(Run.load(saved).signals["train/loss"].values, earlier.signals["train/loss"].values)
    assert sorted(path.name for path in saved.iterdir()) == [RUN_FILE, SIGNALS_FILE]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -np.float64("inf"), np.float32("nan"), np.longdouble("nan")]
)
def test_the_file_is_strict_json(tmp_path, value):
    options = {"r2": value, "each": [value, (value, 1.5)], "array": np.array([value, 2.0])}
    Run(fit=FitRecord(options=options, seconds=value)).save(tmp_path)
    seen = []
    json.loads((tmp_path / RUN_FILE).read_text(encoding="utf-8"), parse_constant=seen.append)
    assert seen == []
    fit = Run.load(tmp_path).fit
    assert fit.options == {"r2": None, "each": [None, [None, 1.5]], "array": [None, 2.0]}
    assert fit.seconds is None


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"fit": {"epoch": 3}}, r"unknown field `epoch` - at `\$\.fit`"),
        ({"fits": {}}, "unknown field `fits`"),
        ({"fit": {"epochs": "three"}}, r"Expected `int \| null`, got `str` - at `\$\.fit\.epochs`"),
        ({"model": {"calls": [{"name": "dense"}]}}, r"missing required field `place` - at `\$\.model\.calls\[0\]`"),
    ],
)
def test_an_unknown_or_wrong_value_is_named_with_its_place(saved, sections, says):
    document = {"format_version": FORMAT_VERSION, "signals": {}, **sections}
    (saved / RUN_FILE).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=says) as caught:
        Run.load(saved)
    assert "run.json is not a run file" in caught.value.message


def test_the_archive_holds_the_signals_and_nothing_else(saved):
    with np.load(saved / SIGNALS_FILE) as arrays:
        assert sorted(arrays.files) == ["train/loss:at", "train/loss:values"]


def test_a_signal_may_be_called_as_an_argument_of_numpys(tmp_path):
    Run(signals={"allow_pickle": Series.over("step", [1.0])}).save(tmp_path)
    assert Run.load(tmp_path).signals["allow_pickle"].values.tolist() == [1.0]


STORED = sorted((Path(__file__).parent.parent / "stored_runs").iterdir())


@pytest.mark.parametrize("folder", STORED, ids=[each.name for each in STORED])
def test_a_run_of_each_format_version_still_loads(folder):
    run = Run.load(folder)
    assert len(run.signals["train/loss"].values) == run.fit.epochs_run
    assert run.data.classes


def test_there_is_a_stored_run_of_each_format_version():
    assert [int(each.name) for each in STORED] == list(range(1, FORMAT_VERSION + 1))


def test_differences_are_told_by_path():
    one = Run.from_plain(
        {"fit": {"epochs": 3, "steps": 1}, "data": {"notes": ["a"]}}, {"train/loss": Series.over("epoch", [1.0, 0.5])}
    )
    other = Run.from_plain({"fit": {"epochs": 5, "steps": 1}}, {"train/loss": Series.over("epoch", [1.0, 0.25])})
    assert one.differences(other) == {"fit.epochs": (3, 5), "data.notes": (["a"], None), "train/loss": (0.5, 0.25)}


def test_a_run_does_not_differ_from_itself():
    fit = FitRecord(seconds=math.nan, options={"b": [1, 2], "c": "x"})
    run = Run(fit=fit, signals={"loss": Series.over("epoch", [math.nan])})
    assert run.differences(run) == {}
