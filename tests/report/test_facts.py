import math

import numpy as np
import pytest

from trainwell.report import facts
from trainwell.run import Run, Series


def test_absent_facts_are_none():
    run = Run({"fit": {"epochs": 3}, "data": "odd"})
    assert facts.fact(run, "fit", "epochs") == 3
    assert facts.fact(run, "fit", "epochs", "deeper") is None
    assert facts.fact(run, "data", "rows") is None
    assert facts.text(run, "nothing") == ""
    assert facts.mapping(run, "data") == {}
    assert facts.listing(run, "data") == []


@pytest.mark.parametrize("value", [None, math.nan, math.inf, "3", True, [1]])
def test_what_is_no_finite_number_is_none(value):
    assert facts.finite(value) is None


def test_numpy_numbers_are_numbers():
    assert facts.finite(np.float32(0.5)) == 0.5


def test_empty_signals_count_as_absent():
    run = Run({}, {"train/loss": Series.over("epoch", [])})
    assert facts.signal(run, "train/loss") is None


def test_metrics_are_listed_once_and_without_the_loss():
    series = Series.over("epoch", [1.0])
    run = Run({}, {"train/loss": series, "train/accuracy": series, "validation/accuracy": series, "loss": series})
    assert facts.metric_names(run) == ["accuracy"]


def test_of_a_path_only_the_last_part_is_shown():
    assert facts.source_name(Run({"source": {"name": "/home/someone/pets.csv"}})) == "pets.csv"
    assert facts.source_name(Run({"source": {"name": "C:\\Users\\someone\\pets"}})) == "pets"


def test_epoch_zero_is_no_best_epoch():
    assert facts.best_epoch(Run({"fit": {"best_epoch": 0}})) is None
    assert facts.best_epoch(Run({"fit": {"best_epoch": 3}})) == 3
