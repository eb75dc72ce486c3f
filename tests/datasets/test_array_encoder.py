import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from trainwell.datasets.array_encoder import ArrayEncoder
from trainwell.errors import InputError


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.sampled_from(["int64", "float32", "bool"]))
def test_json_brings_back_the_same_encoder(shape, dtype):
    encoder = ArrayEncoder(tuple(shape), dtype)
    assert ArrayEncoder.from_json(json.loads(json.dumps(encoder.to_json()))) == encoder


@given(arrays.arrays(np.int16, (3, 2)))
def test_numbers_become_floats(x):
    found = ArrayEncoder((2,)).transform(x)
    assert found.dtype == np.float32
    assert np.array_equal(found, x)


def test_one_input_a_row_may_be_a_vector():
    assert ArrayEncoder((1,)).transform(np.array([1.0, 2.0])).tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("x", "complaint"),
    [
        (np.zeros((2, 3)), r"'x' has shape \(2, 3\); this model was trained on shape \(rows, 4\), of float32"),
        (np.zeros(4), r"shape \(4,\)"),
        (np.zeros(()), r"shape \(\)"),
        (np.full((2, 4), "a"), "holds text; expected real numbers"),
        (np.zeros((2, 4), complex), "holds complex numbers"),
        (np.zeros((2, 4), "datetime64[D]"), "holds dates"),
    ],
)
def test_other_arrays_are_refused(x, complaint):
    with pytest.raises(InputError, match=complaint):
        ArrayEncoder((4,)).transform(x)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [(np.nan, "missing or infinite"), (-np.inf, "missing or infinite"), (1e300, "too large for 32-bit floats")],
)
def test_values_that_cannot_be_used_are_placed(value, complaint):
    x = np.zeros((5, 4))
    x[3, 1] = x[4, 0] = x[4, 1] = value
    with pytest.raises(InputError, match=rf"in row 3 \(counted from 0\), at \[3, 1\]: {complaint}.*: 2 of 5\."):
        ArrayEncoder((4,)).transform(x)


def test_a_single_row_gets_a_hint():
    with pytest.raises(InputError) as caught:
        ArrayEncoder((4,)).transform(np.zeros(4))
    assert "x[None]" in caught.value.hint


@pytest.mark.parametrize("document", [{"kind": "array"}, {"shape": 3, "dtype": "float32"}])
def test_a_damaged_document_is_refused(document):
    with pytest.raises(InputError, match="needs `shape` and `dtype`"):
        ArrayEncoder.from_json(document)
