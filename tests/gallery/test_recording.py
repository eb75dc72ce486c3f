"""A recorded Run is read back as it was, goes stale with its sources alone, and can be recorded in pieces."""

from __future__ import annotations

import ast

import numpy as np
import pytest

import gallery
from gallery import recording, sources
from gallery.recording import Recordings, before_training, differences, key, packed, same, unpacked
from trainwell.run import Run, Series


def run_of(case="digits-dense"):
    return Recordings().run(gallery.find(case))


@pytest.fixture
def run():
    odd = np.array([0.1, 1 / 3, np.nan, np.inf, -np.inf, 1e-45, 3.4e38], "float32")
    return Run.from_plain(
        {
            "fit": {"epochs": 2, "steps": 7, "seconds": 1.5},
            "versions": {"keras": "3"},
            "probes": {"rates": {"rate": 0.3}},
        },
        {
            "loss": Series.over("step", odd),
            "whole": Series.over("epoch", np.arange(4, dtype="int64").reshape(2, 2), "rows", start=0),
            "none": Series.over("epoch", np.zeros((0, 3))),
            "probe/rates/1": Series.over("step", odd),
        },
    )


def test_signals_are_read_back_bit_for_bit(run):
    found = unpacked(packed(run))
    assert found.to_plain() == run.to_plain()
    assert found.signals.keys() == run.signals.keys() - {"probe/rates/1"}
    for name, series in found.signals.items():
        expected = run.signals[name]
        assert (series.axis, series.unit, series.values.dtype) == (expected.axis, expected.unit, expected.values.dtype)
        assert series.values.tobytes() == expected.values.tobytes()
        assert series.values.shape == expected.values.shape
        assert series.at.tolist() == expected.at.tolist()


def test_any_float32_is_read_back_bit_for_bit():
    bits = np.random.default_rng(0).integers(0, 2**32, 2000, "uint32")
    values = bits.view("float32")
    values = values[np.isfinite(values)]
    found = unpacked(packed(Run.from_plain({"fit": {}}, {"loss": Series.over("step", values)})))
    assert found.signals["loss"].values.tobytes() == values.tobytes()


def test_equal_runs_give_equal_bytes(run):
    assert packed(unpacked(packed(run))) == packed(run)


def test_time_and_versions_are_no_difference(run):
    other = unpacked(packed(run))
    other.fit.seconds, other.versions = 99.0, {"keras": "4"}
    assert same(run, other)
    other.fit.steps = 8
    assert not same(run, other)


def test_a_recording_differs_from_itself_in_nothing():
    run = run_of()
    assert differences(run, run, gallery.find("digits-dense")) == []


def test_another_verdict_and_other_signals_are_told():
    case = gallery.find("digits-dense")
    run = run_of()
    fewer = run_of()
    del fewer.signals["gradient_norm"]
    assert differences(run, fewer, case) == ["signals of one alone: gradient_norm"]
    sick = run_of("wine-raw-columns")
    assert differences(run, sick, case)[0] == "causes: nothing, now unscaled-inputs"


def test_facts_alone_tell_whether_a_run_was_short():
    short = [each for each in gallery.sick("frozen") if Recordings().keys.get(each.name, "").endswith("-short")]
    long = [each for each in gallery.sick("frozen") if Recordings().keys.get(each.name, "-short")[-6:] != "-short"]
    assert short
    assert all(Recordings().run(each).probes.is_empty for each in short)
    assert not any(Recordings().run(each).probes.is_empty for each in long)


def test_before_training_there_are_neither_probes_nor_signals():
    run = before_training(run_of())
    assert not run.signals
    assert run.probes.is_empty
    assert run.fit.to_plain().keys() == {
        *("epochs", "batch_size", "steps_per_epoch", "shuffle", "class_weight", "sample_weight", "callbacks", "raised")
    }


class TestRecordings:
    @pytest.fixture
    def cases(self):
        return [gallery.find(each) for each in ("wine-raw-columns", "digits-dense")]

    @pytest.fixture
    def store(self, tmp_path, monkeypatch):
        """Recordings in an empty folder; what trains gives the recorded Run."""
        kept = Recordings()
        monkeypatch.setattr(
            recording, "trained_apart", lambda cases, _seed, _processes: ((each, kept.run(each)) for each in cases)
        )
        return Recordings(tmp_path)

    def test_what_was_never_recorded_is_stale_and_says_what_to_do(self, store, cases):
        assert len(store.stale(cases)) == 2
        with pytest.raises(FileNotFoundError, match="'digits-dense' has no recording"):
            store.run(cases[1])

    def test_what_is_recorded_is_not_stale_in_another_process_either(self, store, cases):
        assert list(store.record(cases, 2)) == cases
        assert Recordings(store.folder).stale(cases) == []
        assert Recordings(store.folder).verdict(cases[0]).is_right

    def test_recording_goes_on_where_it_was_interrupted(self, store, cases):
        next(store.record(cases, 2))
        assert Recordings(store.folder).stale(cases) == cases[1:]

    def test_an_equal_run_leaves_the_file_as_it_is(self, store, cases):
        list(store.record(cases, 2))
        before = store.path(cases[0]).stat().st_mtime_ns
        list(store.record(cases, 2))
        assert store.path(cases[0]).stat().st_mtime_ns == before

    def test_other_sources_make_it_stale_until_it_is_trusted(self, store, cases, monkeypatch):
        list(store.record(cases, 2))
        monkeypatch.setattr(sources, "DIGITS", 8)
        assert store.stale(cases)
        store.trust(cases)
        assert Recordings(store.folder).stale(cases) == []

    def test_rules_that_settle_earlier_make_it_stale(self, store, cases, monkeypatch):
        list(store.record(cases, 2))
        monkeypatch.setattr(recording, "is_settled", lambda _: True)
        assert len(store.stale(cases)) == 2


class TestSources:
    def test_comments_docstrings_and_layout_do_not_count(self):
        one = 'def f(x):\n    """Say one."""\n    # a comment\n    return g(x, 1)\n'
        other = "def f(x):\n    return g(\n        x,\n        1,\n    )\n"
        assert sources.dump(ast.parse(one)) == sources.dump(ast.parse(other))
        assert sources.dump(ast.parse(one)) != sources.dump(ast.parse(other.replace("1", "2")))

    def test_what_a_case_is_said_to_be_does_not_count(self):
        one = '@case(fault="a", note="One.")\ndef f(seed):\n    return seed\n'
        other = '@case(fault="b", note="Two.")\ndef f(seed):\n    return seed\n'
        assert sources.dump(ast.parse(one)) == sources.dump(ast.parse(other))
        assert sources.dump(ast.parse(one)) != sources.dump(ast.parse(other.replace("@case", "@cache")))

    def test_every_case_has_its_own_digest(self):
        digests = {sources.digest(each) for each in gallery.every()}
        assert len(digests) == len(gallery.every())

    def test_a_case_leads_to_what_it_uses_in_other_modules(self):
        names = leads_to("own-deep-sigmoid")
        assert {
            "gallery.own.healthy_gradients.own_deep_relu_digits",
            "gallery.data.digits",
            "gallery.nets.adam",
        } <= names
        assert "gallery.own.gradients.own_deep_conv_sigmoid" not in names

    def test_a_case_registered_in_a_loop_leads_to_its_whole_module(self):
        assert "gallery.frozen.healthy.recipes.PEAKS" in leads_to("recipe-default-digits")

    def test_a_recipe_leads_to_the_recipes(self):
        case = gallery.find("recipe-default-digits")
        _, imported = sources._definitions(case.build.__module__, case.build.__name__)
        assert "trainwell.recipes" in imported

    def test_recording_leads_to_the_engine_and_not_to_the_rules(self):
        modules = sources._closure({sources.RECORDS, *sources.WRITTEN})
        assert {
            "trainwell.engine.fit",
            "trainwell.probes.rates",
            "trainwell.diagnosis.gather",
            "trainwell.run.data",
        } <= modules
        assert not any(
            each.startswith(("trainwell.rules", "trainwell.run.heads", "trainwell.report")) for each in modules
        )

    def test_the_key_names_what_the_rules_settle(self):
        run = run_of()
        assert key(gallery.find("digits-dense"), run) == sources.digest(gallery.find("digits-dense"))


def leads_to(name):
    case = gallery.find(name)
    texts, _ = sources._definitions(case.build.__module__, case.build.__name__)
    return {each.partition("=")[0] for each in texts}
