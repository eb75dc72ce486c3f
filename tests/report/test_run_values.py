import math

import numpy as np
import pytest

from trainwell.report import run_values
from trainwell.run import Run, Series


@pytest.mark.parametrize("value", [None, math.nan, math.inf, "3", True, [1]])
def test_what_is_no_finite_number_is_none(value):
    assert run_values.finite(value) is None


def test_numpy_numbers_are_numbers():
    assert run_values.finite(np.float32(0.5)) == 0.5


def test_empty_signals_count_as_absent():
    run = Run.from_plain({}, {"train/loss": Series.over("epoch", [])})
    assert run_values.signal(run, "train/loss") is None


def test_metrics_are_listed_once_and_without_the_loss():
    series = Series.over("epoch", [1.0])
    run = Run.from_plain(
        {}, {"train/loss": series, "train/accuracy": series, "validation/accuracy": series, "loss": series}
    )
    assert run_values.metric_names(run) == ["accuracy"]


def test_of_a_path_only_the_last_part_is_shown():
    assert run_values.source_name(Run.from_plain({"source": {"name": "/home/someone/pets.csv"}})) == "pets.csv"
    assert run_values.source_name(Run.from_plain({"source": {"name": "C:\\Users\\someone\\pets"}})) == "pets"


def test_epoch_zero_is_no_best_epoch():
    assert run_values.best_epoch(Run.from_plain({"fit": {"best_epoch": 0}})) is None
    assert run_values.best_epoch(Run.from_plain({"fit": {"best_epoch": 3}})) == 3
