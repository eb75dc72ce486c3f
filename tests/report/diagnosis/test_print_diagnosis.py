import io
import json

import numpy as np
from report.diagnosis.made import NASTY, SICK, judged, make_rule, make_run
from rich.console import Console

from trainwell.report.diagnosis.notebook import repr_html
from trainwell.report.diagnosis.terminal import diagnosis_json, print_diagnosis
from trainwell.rule import NotMeasured, Threshold, evidence


def printed(diagnosis, *, encoding="utf-8", width=80, verbose=False, **settings):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    print_diagnosis(*diagnosis, Console(file=stream, width=width, **settings), verbose=verbose)
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_verdict_faults_advice_and_counts_come_in_this_order(sick):
    text = printed(sick)
    order = ["Unscaled inputs: the dev", "TW001", "explains  ", "TW203", "TW301", "passed 1", "trained 600 steps"]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert "TW001  Unscaled inputs  serious\n" in text
    assert "x  ratio  5,210  above 100  52 × the limit" in text
    assert "NaN loss: The loss was NaN at 2 of the steps." in text
    assert "normalize-inputs" in text
    assert "TW301  Learning rate high  advice\n       The rate is 0.02.\n" in text
    assert "not measured 1 (There is no validation data)" in text
    assert "trainwell explain TW001" in text


def test_a_consequence_is_no_fault_of_its_own(sick):
    assert "TW210" not in printed(sick)


def test_it_fits_80_columns_whatever_the_terminal(deep):
    for width in (80, 200):
        for verbose in (False, True):
            lines = printed(deep, width=width, verbose=verbose).splitlines()
            assert max(map(len, lines)) <= 80
            assert not [line for line in lines if line != line.rstrip()]


def test_a_narrow_terminal_is_not_exceeded(sick):
    assert max(map(len, printed(sick, width=50).splitlines())) <= 50


def test_without_colour_it_says_the_same(sick):
    plain = printed(sick)
    colored = printed(sick, force_terminal=True, color_system="truecolor")
    assert "\x1b[" in colored
    assert "\x1b" not in plain


def test_an_old_terminal_gets_plainer_characters(sick):
    text = printed(sick, encoding="ascii")
    assert "52 x the limit" in text


def test_only_some_places_are_named(deep):
    text = printed(deep)
    assert "and 30 more places" in text
    assert "dense_0  units  90%  above 70%  1.3 × the limit" in text


def test_verbose_names_all_rules(blind, sick):
    text = printed(sick, verbose=True)
    assert "TW302  learning rate low  0.005 per step  fault above 0.01  2 × away" in text
    assert "TW101  classes missing  No output is a choice among classes." in text
    assert "TW203  dying ReLU   No units were looked at." in printed(blind, verbose=True)


def test_reasons_are_told_one_by_one(blind):
    text = printed(blind)
    assert "not measured 2\n" in text
    assert "  1  There is no validation data.\n  1  No units were looked at.\n" in text


def test_a_healthy_training_takes_few_lines(well):
    assert printed(well) == (
        "This training is healthy: 1 rule passed.\n\n"
        "passed 1 · not applicable 1 · not measured 0\n"
        "trained 600 steps in 5 epochs\n"
    )


def test_names_cannot_move_the_cursor():
    run = make_run()
    run.model.layers = run.model.layers[:1]
    run, findings, faults = judged(run, SICK)
    for each in findings:
        object.__setattr__(each, "message", "a\x1b[2Jb")
    assert "\x1b" not in printed((run, findings, faults))


def test_json_is_strict_and_complete(sick):
    run, findings, faults = sick
    run.signals["loss"].values[:] = np.nan
    document = diagnosis_json(*judged(run, SICK))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["schema"] == "trainwell/diagnose"
    assert document["schema_version"] == 1
    assert document["faults"] == ["TW001", "TW203"]
    assert len(document["findings"]) == len(findings)
    assert document["findings"][0]["remedies"] == ["normalize-inputs"]
    assert document["findings"][0]["evidence"][0]["measurements"][0]["limit"] == 100.0
    assert document["not_measured"]["flatten"] == "it only arranges its inputs anew"
    assert document["verdict"].startswith("Unscaled inputs: ")
    assert [each.rule.id for each in faults] == document["faults"]


def test_a_notebook_shows_all_and_runs_nothing(sick):
    html = repr_html(*sick)
    for each in ("Unscaled inputs", "TW203", "5,210", "NaN loss", "normalize-inputs", "There is no validation data"):
        assert each in html
    assert "<script" not in html
    assert "http" not in html
    assert "prefers-color-scheme: dark" in html
    assert len(html) < 10_000


def test_a_notebook_escapes_names(sick):
    run, findings, faults = sick
    nasty = judged(run, SICK)[1]
    object.__setattr__(nasty[0], "message", NASTY)
    html = repr_html(run, nasty, [nasty[0]])
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert findings
    assert faults


def test_a_healthy_training_in_a_notebook(well):
    html = repr_html(*well)
    assert "This training is healthy: 1 rule passed." in html
    assert "passed 1 · not applicable 1 · not measured 0" in html


def test_long_names_and_units_are_wrapped_and_not_cut(sick):
    run, _, _ = sick
    limit = Threshold("deviation_between_units", 0.02, "share of the targets' deviation from their mean", "below", "")
    where = "encoder/block_12/attention/output_projection"
    rule = make_rule(
        "TW305",
        "constant-predictions",
        "speed",
        "fatal",
        lambda _: [evidence(where, (0.0068, limit), says="It is constant.")],
        limit,
    )
    text = printed(judged(run, [rule]))
    assert max(map(len, text.splitlines())) <= 80
    for words in ("0.7% of the", "deviation", "below 2%", "0.34 × the limit"):
        assert words in text


def test_a_long_reason_stands_whole_on_its_own_lines(sick):
    def unseen(run):
        del run
        raise NotMeasured("dropout leaves only one of a hundred units of the output, which hides what fits")

    text = printed(judged(sick[0], [make_rule("TW305", "a-rule", "speed", "minor", unseen)]))
    assert "not measured 1\n" in text
    assert " ".join(text.split()).count("units of the output, which hides what fits.") == 1
