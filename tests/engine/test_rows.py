"""Rows kept of the batches that go by: evenly spread, few, and none that matters left out."""

from __future__ import annotations

import numpy as np

from trainwell.engine.feeds import FeedPart
from trainwell.engine.rows import Rows


def batches(rows, size, x=None, y=None):
    x = np.arange(rows * 2, dtype="float32").reshape(rows, 2) if x is None else x
    y = np.arange(rows) % 3 if y is None else y
    return [(x[i : i + size], y[i : i + size]) for i in range(0, rows, size)]


def taken(all_batches, **options):
    rows = Rows(**options)
    for batch in all_batches:
        rows.take(FeedPart(batch, alone=True))
    return rows


def test_few_rows_are_all_kept_in_their_order():
    rows = taken(batches(50, 16))
    kept = rows.kept()
    assert (rows.seen, rows.batch_size, rows.weighted) == (50, 16, False)
    np.testing.assert_array_equal(kept.at, np.arange(50))
    np.testing.assert_array_equal(kept.x[:, 0], 2 * np.arange(50))
    np.testing.assert_array_equal(kept.y, np.arange(50) % 3)


def test_many_are_thinned_out_evenly():
    rows = taken(batches(10_000, 32, y=np.zeros(10_000)), most=100)
    kept = rows.kept()
    assert 50 < len(kept.at) <= 101, "the least and the greatest target are the same row here"
    assert set(np.diff(kept.at).tolist()) == {128}
    np.testing.assert_array_equal(kept.x[:, 0], 2 * kept.at)


def test_memory_is_bounded_by_bytes():
    x = np.zeros((200, 1000), "float32")
    assert len(taken(batches(200, 10, x=x), most_bytes=40_000).kept().at) <= 10 + 2


def test_nothing_holds_on_to_the_batches():
    batch = batches(1000, 1000)[0]
    kept = taken([batch], most=10).kept()
    assert kept.x.base is None or kept.x.base.nbytes <= 2 * kept.x.nbytes
    assert not np.shares_memory(kept.x, batch[0])


def test_a_single_row_that_stands_out_stays():
    x, y = np.ones((5000, 2), "float32"), np.ones(5000, int)
    x[1237, 1], y[3001], y[4003] = np.nan, -1, 99
    kept = taken(batches(5000, 32, x=x, y=y), most=64).kept()
    assert {1237, 3001, 4003} <= set(kept.at.tolist())
    assert np.isnan(kept.x[kept.at == 1237]).any()
    assert (kept.y.min(), kept.y.max()) == (-1, 99)
    assert len(kept.at) < 80


def test_chunks_of_several_batches_are_rows_too():
    chunk = np.arange(4 * 8 * 3).reshape(4, 8, 3), np.arange(32).reshape(4, 8)
    rows = Rows()
    rows.take(FeedPart(chunk, 1, 3))
    np.testing.assert_array_equal(rows.kept().y, np.arange(8, 24))
    assert (rows.batch_size, rows.seen) == (8, 16)


def test_trees_weights_and_batches_without_targets():
    rows = taken([({"a": np.ones((4, 2)), "b": np.zeros((4, 3))}, [np.ones(4), np.zeros(4)], np.ones(4))])
    kept = rows.kept()
    assert rows.weighted
    assert {name: each.shape for name, each in kept.x.items()} == {"a": (4, 2), "b": (4, 3)}
    assert [each.shape for each in kept.y] == [(4,), (4,)]
    alone = taken([(np.ones((4, 2)),)]).kept()
    assert (alone.x.shape, alone.y) == ((4, 2), {})


def test_what_is_no_dense_array_is_said():
    rows = taken([(object(), np.ones(4))])
    assert rows.kept() is None
    assert rows.reason == "the batches hold something else than dense arrays"


def test_rows_of_another_shape_are_counted_only():
    rows = taken([(np.ones((4, 5)), np.ones(4)), (np.ones((4, 7)), np.ones(4))])
    assert rows.kept().x.shape == (4, 5)
    assert rows.seen == 8
