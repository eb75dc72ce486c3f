"""Ids that reach an Embedding, straight from an input and by way of other layers."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from experiments.specs import outcome, tried

L = keras.layers
IDS = np.arange(240).reshape(40, 6) % 20  # 0 to 19
Y = np.zeros((40, 1))


def ending(values):
    return L.Dense(1)(L.Flatten()(values))


def plain(rows):
    inputs = keras.Input((6,))
    return keras.Model(inputs, ending(L.Embedding(rows, 2)(inputs)))


def behind_a_reshape(rows):
    inputs = keras.Input((6,))
    return keras.Model(inputs, ending(L.Embedding(rows, 2)(L.Reshape((2, 3))(inputs))))


def in_ranges(rows):
    """Ids that a layer makes: 0 to 4."""
    inputs = keras.Input((6,))
    return keras.Model(inputs, ending(L.Embedding(rows, 2)(L.Discretization([2.0, 4.0, 6.0, 8.0])(inputs))))


def one_column(rows):
    inputs = keras.Input((6,))
    return keras.Model(inputs, ending(L.Embedding(rows, 2)(L.Cropping1D((0, 5))(L.Reshape((6, 1))(inputs)))))


def nested(rows):
    return keras.Sequential([keras.Input((6,)), plain(rows), L.Dense(1)])


@pytest.mark.parametrize("make", [plain, behind_a_reshape, nested])
def test_ids_beyond_the_rows_are_named(make):
    run = tried("embedding_ids", make(15), IDS, Y)
    (record,) = run.experiments.embedding_ids.embeddings
    assert (record.minimum, record.maximum, record.outside, record.ids) == (0, 19, 60, 240)
    assert outcome(run, "ids-out-of-range") == "fault"


def test_a_single_id_of_the_validation_is_named():
    held = IDS[:10].copy()
    held[3, 3] = 20
    run = tried("embedding_ids", plain(20), IDS, Y, validation_data=(held, Y[:10]))
    assert [each.outside for each in run.experiments.embedding_ids.embeddings] == [0, 1]
    assert outcome(run, "ids-out-of-range") == "fault"


@pytest.mark.parametrize("make", [plain, behind_a_reshape, in_ranges, one_column, nested])
def test_ids_within_the_rows_are_in_order(make):
    assert outcome(tried("embedding_ids", make(20), IDS, Y), "ids-out-of-range") != "fault"


def test_ids_that_a_layer_makes_are_read_from_some_rows():
    run = tried("embedding_ids", in_ranges(4), IDS, Y)
    (record,) = run.experiments.embedding_ids.embeddings
    assert (record.name, record.maximum) == ("", 4)
    assert outcome(run, "ids-out-of-range") == "fault"


def test_a_column_that_is_cut_off_does_not_count():
    x = IDS.copy()
    x[:, 5] = 1000
    assert outcome(tried("embedding_ids", one_column(20), x, Y), "ids-out-of-range") != "fault"


def test_a_float_is_cut_to_a_whole_number_as_the_layer_does():
    assert outcome(tried("embedding_ids", plain(20), IDS + 0.5, Y), "ids-out-of-range") == "passed"


def test_a_model_without_embedding_has_no_such_record():
    model = keras.Sequential([keras.Input((6,)), L.Dense(1)])
    assert tried("embedding_ids", model, IDS, Y).experiments.embedding_ids is None
