"""The battery over all figures: drawn from every kind of run, in both styles, the same bytes each time."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from trainwell.errors import InputError
from trainwell.report import figures
from trainwell.report.figures.saving import encode
from trainwell.report.palette import DARK, LIGHT
from trainwell.run import Run, Series

CLASSES = ["loss", "accuracy", "learning_rate", "range_test", "confusion", "recall"]
VALUES = ["loss", "accuracy", "learning_rate", "range_test", "predicted", "residuals"]


def names(run):
    return [plate.name for plate in figures.plates(run)]


def parse(svg):
    return ET.fromstring(svg)  # noqa: S314 -- our own output


def words_in(figure):
    """All texts of a figure, read from its SVG."""
    return [element.text for element in parse(encode(figure, "svg")).iter("{http://www.w3.org/2000/svg}text")]


def test_each_run_has_the_figures_it_has_data_for(run, regression, interrupted):
    assert names(run) == CLASSES
    assert names(regression) == VALUES
    assert names(interrupted) == ["loss", "learning_rate"]
    assert names(Run()) == []


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=lambda style: style.name)
@pytest.mark.parametrize("kind", ["run", "regression", "interrupted"])
def test_every_figure_is_valid_svg_on_its_paper(kind, style, request):
    for plate in figures.plates(request.getfixturevalue(kind)):
        data = encode(plate.draw(style), "svg")
        parse(data)
        assert style.paper.encode() in data


@pytest.mark.heavy
def test_the_same_run_gives_the_same_bytes(run, regression):
    for plate in [*figures.plates(run), *figures.plates(regression)[-2:]]:
        assert encode(plate.draw(LIGHT), "svg") == encode(plate.draw(LIGHT), "svg"), plate.name
    assert encode(figures.curve(run), "png", 50) == encode(figures.curve(run), "png", 50)


def test_every_figure_is_described_in_words(run, regression):
    for plate in figures.plates(run) + figures.plates(regression):
        assert re.search(r"\d", plate.description), plate.name
        assert plate.description.endswith(".")


@pytest.mark.parametrize(
    "draw",
    [
        figures.curve,
        figures.learning_rate,
        figures.range_test,
        figures.confusion_matrix,
        figures.recall_by_class,
        figures.predicted_and_true,
        figures.residuals,
    ],
    ids=lambda draw: draw.__name__,
)
def test_what_a_run_lacks_is_an_error_that_says_so(draw):
    with pytest.raises(InputError, match=r"This run holds no .+, so there is nothing to draw\."):
        draw(Run())


def test_names_are_never_read_as_mathematics(run_of):
    for plate in figures.plates(run_of(("$x^2$", r"\alpha", "{"))):
        encode(plate.draw(LIGHT), "png", 40)
    assert "$x^2$" in words_in(figures.recall_by_class(run_of(("$x^2$", "b"))))


def test_characters_that_no_font_has_are_drawn_without_a_warning(run_of):
    assert encode(figures.confusion_matrix(run_of(("日本", "b\x00c\nd"))), "png", 40).startswith(b"\x89PNG")


@pytest.mark.parametrize("size", [2, 13, *(pytest.param(size, marks=pytest.mark.heavy) for size in (12, 30, 81))])
def test_confusion_matrices_of_any_size(run_of, size):
    run = run_of([f"class number {number}" for number in range(size)])
    words = words_in(figures.confusion_matrix(run))
    counts = np.asarray(run.result.confusion)
    if size <= 40:
        for number in np.diag(counts):
            assert str(number) in words
    shares = [word for word in words if word and word.endswith("%")]
    expected = np.count_nonzero(counts) if size <= 12 else size if size <= 30 else len(shares)
    assert len(shares) == expected


def test_confusion_cells_are_counts_and_shares_of_the_true_class(run_of):
    run = run_of(("a", "b"))
    run.result.confusion = [[30, 10], [0, 0]]
    words = words_in(figures.confusion_matrix(run))
    assert {"30", "75%", "10", "25%"} <= set(words)
    assert "0" not in words


def test_curves_are_labelled_directly_and_the_best_epoch_is_marked(run):
    words = words_in(figures.curve(run))
    assert "training 0.200" in words
    assert "validation 0.300" in words
    assert "best: epoch 5, 0.417" in words
    assert "loss (nats)" in words


def test_curves_that_diverge_leave_gaps(run):
    run.signals["train/loss"] = Series.over("epoch", [1.0, 2.0, np.nan, np.inf, np.nan, np.nan])
    run.signals["validation/loss"] = Series.over("epoch", [np.nan] * 6)
    words = words_in(figures.curve(run))
    assert "training 2.000" in words
    assert not any(word.startswith("validation") for word in words if word)


def test_a_wide_span_is_drawn_on_a_logarithmic_scale(run):
    run.signals["validation/loss"] = Series.over("epoch", np.geomspace(1e4, 1, 6))
    assert figures.curve(run).axes[0].get_yscale() == "log"
    assert "10,000" in words_in(figures.curve(run))


def test_labels_at_the_same_height_are_moved_apart(run):
    run.signals["validation/loss"] = run.signals["train/loss"]
    heights = [text.get_position()[1] for text in figures.curve(run).axes[0].texts if text.get_position()[0] == 1.02]
    assert len(heights) == 2
    assert abs(heights[0] - heights[1]) > 0.07


def test_the_range_test_marks_the_rate_and_where_it_comes_from(run):
    assert "suggested 0.00123" in words_in(figures.range_test(run))
    run.fit.learning_rate_from = "given"
    assert "used 0.00123" in words_in(figures.range_test(run))


def test_the_range_test_does_without_what_is_not_finite(run):
    losses = np.linspace(2, 1, 50)
    losses[40:] = np.nan
    run.signals["range_test/loss"] = Series.over("step", losses)
    encode(figures.range_test(run), "png", 40)
    assert "lowest at" in figures.plates(run)[3].description


def test_a_constant_learning_rate_is_described_as_such(run):
    run.signals["learning_rate"] = Series.over("step", [0.01] * 20)
    assert figures.plates(run)[2].description == "The learning rate over 20 steps: 0.01 throughout."


def test_only_the_worst_of_very_many_classes_get_a_bar(run_of):
    words = words_in(figures.recall_by_class(run_of([f"c{number}" for number in range(60)])))
    assert "recall by class, the 40 worst of 60" in words


def test_residuals_say_where_they_lie(regression):
    regression.signals["test/prediction"] = Series.over("row", regression.signals["test/target"].values + 2.0)
    words = words_in(figures.residuals(regression))
    assert {"too low: 0%", "too high: 100%", "mean 2"} <= set(words)


def test_crowds_of_points_stay_small(regression):
    values = np.random.default_rng(0).normal(size=20_000)
    regression.signals["test/target"] = Series.over("row", values)
    regression.signals["test/prediction"] = Series.over("row", values.reshape(-1, 1))
    assert len(encode(figures.predicted_and_true(regression), "svg", 100)) < 300_000


def test_one_row_is_drawn_too(regression):
    for name in ("test/target", "test/prediction"):
        regression.signals[name] = Series.over("row", [3.0])
    encode(figures.predicted_and_true(regression), "png", 40)
    encode(figures.residuals(regression), "png", 40)
