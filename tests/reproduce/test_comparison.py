"""Medians, ranges and what is a miss."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.reproduce.comparison import ResultRow, chance_of_inside, compare
from trainwell.reproduce.experiment import TEST, VALIDATION
from trainwell.reproduce.results import Result


def test_the_last_printed_epoch_is_judged_and_not_the_last_one_trained(short, made):
    cut = replace(short, epochs=3)
    found = compare(cut, made((0.4, 0.5, 0.9), (0.5, 0.7, 0.9), (0.6, 0.55, 0.9)))
    (final,) = found.finals
    assert (final.epoch, final.printed, final.median) == (2, 0.6, 0.55)
    assert (final.lowest, final.highest, final.inside) == (0.5, 0.7, True)
    assert found.misses == []
    assert [row.printed for row in found.of(VALIDATION)] == [0.5, 0.6, None]


@pytest.mark.parametrize(
    ("printed", "inside", "beside"), [(0.70, True, 0.0), (0.50, True, 0.0), (0.7001, False, 0.0001), (0.4, False, -0.1)]
)
def test_the_ends_of_the_range_are_inside(printed, inside, beside):
    row = ResultRow(VALIDATION, 1, printed, (0.5, 0.6, 0.7))
    assert row.inside is inside
    assert row.beside == pytest.approx(beside)


def test_rounding_of_float32_makes_no_miss(short, made):
    found = compare(short, made((0.4999999880790710, 0.5999999642372131)))
    assert found.rows[0].values == (0.5,)
    assert found.misses == []


def test_each_series_has_its_final(short):
    both = replace(short, printed={VALIDATION: (0.5,), TEST: (0.9,)})
    results = [Result("leaky-relu", 0, {VALIDATION: [0.5, 0.6], TEST: [0.8]}, 1.0)]
    found = compare(both, results)
    assert [(row.series, row.epoch, row.inside) for row in found.finals] == [(VALIDATION, 1, True), (TEST, 1, False)]
    assert [row.series for row in found.misses] == [TEST]


def test_without_printed_figures_the_last_epoch_is_shown_and_nothing_judged(short, made):
    found = compare(replace(short, printed={}), made((0.4, 0.5)))
    assert [(row.epoch, row.inside) for row in found.finals] == [(2, None)]
    assert found.misses == []


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=9), st.integers(0, 10_000))
def test_a_figure_is_inside_exactly_where_it_is_no_further_than_a_seed(values, printed):
    row = ResultRow(VALIDATION, 1, printed / 10_000, tuple(value / 10_000 for value in values))
    assert row.inside == (min(values) <= printed <= max(values))
    assert (row.beside == 0) == row.inside
    assert row.lowest <= row.median <= row.highest


def test_the_chance_that_one_more_run_lies_inside():
    assert [chance_of_inside(seeds) for seeds in (1, 3)] == [0, 0.5]
    assert chance_of_inside(10) == pytest.approx(9 / 11)
