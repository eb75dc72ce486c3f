"""Shared by the tests of folding: small deep nets on the digits, trained by Keras's steps folded and unfolded."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from sklearn.datasets import load_digits

from trainwell.engine import compat, state
from trainwell.engine.folding import Folding, why_not

BATCH = 32
_QUICK = {"xla_backend_optimization_level": 0}  # compiling is what takes these tests their time


@pytest.fixture(scope="session")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32"), y.astype("int32")


@pytest.fixture(scope="session")
def compiled(digits):
    """`compiled(model, **compile_arguments)`: the model, compiled and with all its variables built."""

    def make(model, optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=("accuracy",), batch=None):
        model.compile(optimizer, loss, metrics=list(metrics))
        compat.build(model, lambda: (digits[0][:BATCH], digits[1][:BATCH]) if batch is None else batch)
        return model

    return make


@pytest.fixture(scope="session")
def assert_trains_the_same(digits):
    """Trains a compiled model by Keras's `train_step`, folded and unfolded; gives the folding and the last state.

    Weights, optimizer's values and logs must agree to 1e-6 after the first step and to 1e-5 after all of them.
    """

    def check(model, steps=20, batches=None, between=None):
        batches = batches or [
            tuple(array[at * BATCH : (at + 1) * BATCH] for array in digits) for at in range(min(steps, 20))
        ]
        assert why_not(model, fewest_blocks=4) == ""
        folding = Folding.of(model, fewest_blocks=4)
        plain = state.copy(state.train_state(model))
        folded = folding.fold(plain)
        programs = [
            jax.jit(step).lower(values, batches[0]).compile(compiler_options=_QUICK)
            for step, values in ((model.train_step, plain), (folding.train_step, folded))
        ]
        for step in range(steps):
            batch = batches[step % len(batches)]
            logs, plain = programs[0](plain, batch)
            folded_logs, folded = programs[1](folded, batch)
            if step in {0, steps - 1}:
                tolerance = 1e-6 if step == 0 else 1e-5
                assert_close(folding.unfold(folded), plain, tolerance)
                assert_close(folded_logs, logs, tolerance * 10)
            if between is not None:
                plain, folded = between(plain), folding.fold(between(folding.unfold(folded)))
        return folding, plain

    return check


def assert_close(tree, expected, tolerance):
    assert jax.tree.structure(tree) == jax.tree.structure(expected)
    for one, other in zip(jax.tree.leaves(tree), jax.tree.leaves(expected), strict=True):
        assert one.dtype == other.dtype
        # Metrics hold sums over all rows, far from 1.
        np.testing.assert_allclose(np.asarray(one, "float64"), np.asarray(other, "float64"), rtol=1e-6, atol=tolerance)
