"""Figures of what happens layer by layer: heat maps, update ratios, curves with a threshold."""

import numpy as np
import pytest
from report.diagnosis.made import DYING, SICK, judged, make_run

from trainwell.errors import InputError
from trainwell.report.figures import finding, gradient_norm, heat_map, update_ratios
from trainwell.report.figures.layers import ByLayer, bins, main_variables, outputs, weights
from trainwell.report.figures.lines import thinned
from trainwell.report.palette import DARK, LIGHT, channels
from trainwell.run import Run, Series


def table(values, axis="step"):
    values = np.asarray(values, dtype=float)
    names = tuple(f"layer {number}" for number in range(len(values)))
    return ByLayer(names, np.arange(1, values.shape[1] + 1), values, np.ones(values.shape, dtype=bool), axis)


def texts(sheet):
    found = [text.get_text() for axes in sheet.axes for text in axes.texts]
    for axes in sheet.axes:
        found += [label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels())]
        found += [axes.get_title(loc="left"), axes.get_xlabel()]
    return found


def image(sheet):
    return sheet.axes[0].images[0].get_array()


def test_layers_come_in_the_order_of_the_calls():
    series = Series.over("step", np.ones(3))
    run = Run.from_plain(
        {"model": {"calls": [{"place": "b"}, {"place": "a"}]}}, {"m/a": series, "m/b": series, "m/z": series}
    )
    assert outputs(run, "m").names == ("b", "a", "z")


def test_the_main_variable_stands_for_the_layer():
    series, other = Series.over("step", np.ones(3)), Series.over("step", np.zeros(3))
    run = Run.from_plain(
        {"model": {"calls": [{"place": "words"}, {"place": "gru"}, {"place": "dense"}]}},
        {
            "g/dense/bias": other,
            "g/dense/kernel": series,
            "g/gru/gru_cell/recurrent_kernel": other,
            "g/gru/gru_cell/kernel": series,
            "g/words/embeddings": series,
            "g/norm/gamma": other,
        },
    )
    assert list(main_variables(run, "g")) == ["dense", "gru/gru_cell", "words"]
    assert weights(run, "g").names == ("words", "gru/gru_cell", "dense")
    assert (weights(run, "g").values == 1).all()


def test_what_was_recorded_at_other_steps_is_not_taken_for_zero():
    run = Run.from_plain(
        {}, {"m/a": Series.over("step", [1.0, 2.0]), "m/b": Series(np.array([3.0]), np.array([2]), "step")}
    )
    found = outputs(run, "m")
    assert found.seen.tolist() == [[True, True], [False, True]]
    assert np.array_equal(image(heat_map.draw_heat_map(found))[1, 0], channels(LIGHT.paper))


def test_larger_values_are_darker_on_light_paper_and_lighter_on_dark():
    values = [[1e-6, 1e-6], [1e-3, 1e-3], [1.0, 1.0]]
    light = image(heat_map.draw_heat_map(table(values), LIGHT)).sum(axis=-1)
    dark = image(heat_map.draw_heat_map(table(values), DARK)).sum(axis=-1)
    assert light[0, 0] > light[1, 0] > light[2, 0]
    assert dark[0, 0] < dark[1, 0] < dark[2, 0]


def test_zero_and_what_is_not_finite_have_colours_of_their_own():
    sheet = heat_map.draw_heat_map(table([[0.0, 1.0], [np.nan, np.inf]]))
    shown = image(sheet)
    assert np.array_equal(shown[1, 0], channels(LIGHT.contrast))
    assert np.array_equal(shown[1, 1], channels(LIGHT.contrast))
    assert not np.array_equal(shown[0, 0], shown[0, 1])
    assert {"exactly 0", "not finite"} <= set(texts(sheet))


def test_a_map_of_zeros_has_no_scale():
    words = texts(heat_map.draw_heat_map(table(np.zeros((2, 3)))))
    assert "exactly 0" in words
    assert "0.1" not in words


@pytest.mark.heavy
def test_many_layers_and_moments_are_binned_and_no_nan_is_lost():
    values = np.ones((300, 1000))
    values[137, 501] = np.nan
    sheet = heat_map.draw_heat_map(table(values))
    shown = image(sheet)
    assert shown.shape[0] <= 120
    assert shown.shape[1] <= 160
    assert (shown == channels(LIGHT.contrast)).all(axis=-1).sum() == 1
    names = [label for label in texts(sheet) if label.startswith("layer ")]
    assert len(names) <= 28
    assert names[0] == "layer 0"
    assert names[-1] == "layer 299"


def test_bins_are_of_one_length():
    assert [len(each) for each in bins(130, 120)] == [2] * 65
    assert [len(each) for each in bins(3, 120)] == [1, 1, 1]


def test_maps_are_drawn_of_what_was_recorded_and_says_something():
    assert [plate.name for plate in heat_map.plates(make_run())] == ["gradients", "activations", "silent_units"]
    assert heat_map.plates(Run()) == []
    run = make_run()
    for name, series in run.signals.items():
        if name.startswith("inference/output_zero_units/"):
            series.values[:] = 0.01
    assert [plate.name for plate in heat_map.plates(run)] == ["gradients", "activations"]


def test_only_layers_that_lose_units_are_shown():
    run = make_run()
    run.signals["inference/output_zero_units/dense_2"].values[:] = 0.0
    (plate,) = [plate for plate in heat_map.plates(run) if plate.name == "silent_units"]
    assert plate.description.startswith("Units that never fire of 3 layers at 6 epochs.")
    assert "At epoch 5: dense_0 90.0%" in plate.description


def test_update_ratios_have_their_reference_and_a_logarithmic_scale():
    run = make_run()
    (axes,) = update_ratios.update_ratios(run).axes
    assert axes.get_yscale() == "log"
    assert any(np.allclose(line.get_ydata(), 1e-3) for line in axes.lines)
    for ratio in (1e-6, 1e-5, 1e-4):  # update_rms / weight_rms of the first layers
        assert any(np.allclose(line.get_ydata(), ratio, rtol=1e-6, atol=0) for line in axes.lines)


def test_of_many_layers_the_range_and_three_lines_are_drawn():
    (axes,) = update_ratios.update_ratios(make_run(depth=100)).axes
    assert len(axes.lines) == 4
    assert len(axes.collections) == 1
    low, high = axes.get_ylim()
    assert 1e9 < high / low < 1e14


def test_what_did_not_move_has_no_ratios():
    run = make_run()
    for name, series in run.signals.items():
        if name.startswith("update_rms/"):
            series.values[:] = 0.0
    assert update_ratios.plates(run) == []
    with pytest.raises(InputError, match="update_rms"):
        update_ratios.update_ratios(run)


def test_the_first_step_that_is_not_finite_is_marked():
    run = make_run()
    (axes,) = gradient_norm.gradient_norm(run).axes
    first = run.signals["gradient_norm"].at[-2]
    assert any(text.get_text() == f"not finite from step {first}" for text in axes.texts)
    assert "not finite in 2 of the steps" in gradient_norm.plates(run)[0].description
    with pytest.raises(InputError, match="gradient_norm"):
        gradient_norm.gradient_norm(Run())


def test_a_long_curve_keeps_its_spikes():
    values = np.ones(100_000)
    values[70_001], values[20_002] = 50.0, -3.0
    at, kept = thinned(np.arange(100_000), values)
    assert len(kept) <= 600
    assert kept.max() == 50.0
    assert kept.min() == -3.0
    assert (np.diff(at) > 0).all()


@pytest.fixture
def dying():
    run, findings, _ = judged(make_run(), SICK)
    return run, next(each for each in findings if each.rule is DYING)


def test_a_finding_of_several_layers_is_drawn_by_place_and_over_time(dying):
    plates = finding.plates(*dying)
    assert [plate.heading for plate in plates] == ["Share of units by place", "Share of units that are always 0"]
    assert "dense_0 90% of units" in plates[0].description
    assert "the threshold is 70% of units" in plates[0].description
    for plate in plates:
        for style in (LIGHT, DARK):
            assert plate.draw(style).get_facecolor()[:3] == channels(style.paper)


def test_what_is_a_fault_is_orange_and_what_is_not_blue(dying):
    (axes,) = finding.by_place(*dying).axes
    colors = [tuple(bar.get_facecolor()[:3]) for bar in axes.patches]
    assert colors == [channels(LIGHT.contrast), *[channels(LIGHT.accent)] * 3]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([0.9, 0.68, 0.46, 0.24])


def test_the_threshold_and_the_measured_point_are_drawn(dying):
    run, found = dying
    sheet = finding.over_time(run, found, "inference/output_zero_units:epoch")
    assert "threshold 70% of units" in texts(sheet)
    dot = sheet.axes[0].lines[-1]
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (5.0, pytest.approx(0.9))


def test_no_threshold_is_drawn_where_the_curve_is_of_something_else(dying):
    run, found = dying
    run.signals["inference/output_zero_units/dense_0"].values[:] /= 3
    sheet = finding.over_time(run, found, "inference/output_zero_units:epoch")
    assert not any(words.startswith("threshold") for words in texts(sheet))


def test_a_finding_without_signals_or_places_has_no_figure():
    run, findings, _ = judged(make_run(signals=False), SICK)
    assert finding.plates(run, findings[0]) == []


def test_of_a_hundred_layers_the_worst_of_each_stretch_is_drawn():
    run, findings, _ = judged(make_run(depth=300), SICK)
    found = next(each for each in findings if each.rule is DYING)
    (axes,) = finding.by_place(run, found).axes
    assert len(axes.patches) == 100
    assert max(bar.get_height() for bar in axes.patches) == pytest.approx(0.9)
