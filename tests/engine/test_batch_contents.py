"""Counts of what batches hold: rows that come again, classes, weights."""

from __future__ import annotations

import numpy as np
import pytest

from trainwell.engine import batch_contents
from trainwell.engine.batch_contents import BatchContents
from trainwell.engine.batches import Batches

X = np.random.default_rng(0).normal(size=(120, 2)).astype("float32")


def counted(*batches):
    contents = BatchContents()
    for batch in batches:
        contents.take(batch)
    return contents


def test_rows_and_batches_are_told_apart_by_content():
    one, other = X[:40], X[20:60]
    found = counted((one, one), (one, one), (other, other), (other[::-1], other[::-1]))
    assert (found.batches, found.rows) == (4, 160)
    assert (found.distinct_batches, found.distinct_rows) == (3, 60)  # the order of rows counts for a batch
    assert found.overlap == pytest.approx((1 + 0.5 + 1) / 3)
    assert found.distinct_within == 1


def test_other_targets_make_other_rows():
    assert counted((X[:40], X[:40, 0])).distinct_rows == 40
    assert counted((X[:1].repeat(40, 0), X[:40, 0])).distinct_rows == 40


def test_classes_of_batches():
    assert counted((X[:40], np.zeros(40)), (X[:40], np.ones(40))).classes() == (2, 1.0, pytest.approx(1))
    mixed = np.arange(40) % 2
    assert counted((X[:40], mixed), (X[:40], np.eye(2)[mixed].argmax(1)[:, None])).classes() == (2, 0.0, 0.0)
    one_hot = counted(*((X[:40], np.eye(3)[np.full(40, label)]) for label in range(3))).classes()
    assert one_hot == (3, 1.0, pytest.approx(1))


@pytest.mark.parametrize("y", [X[:40, 0], X[:40], np.zeros(40), np.full(40, "a"), np.zeros((40, 3))])
def test_targets_that_are_no_classes_are_not_counted(y):
    assert counted((X[:40], y), (X[:40], y)).classes() is None


def test_weights_of_zero_are_counted_by_row():
    weights = np.r_[np.zeros(30), np.ones(10)]
    steps = np.zeros((40, 5))
    steps[0, 3] = 1
    found = counted((X[:40], X[:40], weights), (X[:40], X[:40], steps))
    assert (found.weighted, found.zero) == (80, 69)


@pytest.mark.parametrize("batch", [(np.array([None, "a"], object),), (np.float32(1),), (np.zeros((0, 2)), np.zeros(0))])
def test_odd_batches_are_left_out(batch):
    assert counted(batch).distinct_rows == 0


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(batch_contents, "MOST_ROWS", 50)
    found = counted(*((X[start : start + 40], X[start : start + 40]) for start in range(0, 120, 40)))
    assert found.rows == 80


def test_a_source_is_counted_while_it_is_read():
    found = Batches.of((X[:40], X[:40]) for _ in range(5)).contents
    assert (found.batches, found.distinct_batches, found.distinct_rows) == (5, 1, 40)
