"""A recipe's finished model, saved: plain Keras reads it in another process and gives the same bits."""

from __future__ import annotations

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from trainwell.recipes import DEFAULT, SELF_NORMALIZING

READ = """
import sys, keras, numpy as np
for name in sys.argv[1:]:
    model = keras.saving.load_model(name + ".keras")
    arrays = dict(np.load(name + ".npz"))
    inputs = arrays["x"] if "x" in arrays else arrays
    np.save(name + ".npy", model.predict(inputs, batch_size=16, verbose=0))
assert not any(name.split(".")[0] == "trainwell" for name in sys.modules)
"""


def finished(recipe, dataset, **arguments):
    """A finished model whose every weight, moving statistics included, has left its first value."""
    spec = recipe.spec(dataset, **arguments)
    recipe.follow_one_cycle(spec, 0.01)
    generator = np.random.default_rng(0)
    model = spec.compiled()
    model.set_weights([weight + generator.uniform(0, 0.1, weight.shape) for weight in model.get_weights()])
    return spec.finished_model()


@pytest.fixture
def cases(table, images):
    """Name to finished model and new inputs, of each kind that differs in layers."""
    keras.utils.set_random_seed(0)
    regression, pictures = table(sizes=(5, 20), classes=()), images((8, 8), classes="abc")
    return {
        "table": (finished(DEFAULT, regression, depth=4, units=8), regression.test.x),
        "conv": (finished(SELF_NORMALIZING, pictures, net="conv", units=2), {"x": pictures.test.x}),
    }


@pytest.mark.heavy
def test_another_process_without_trainwell_gives_the_same_bits(cases, tmp_path):
    for name, (model, inputs) in cases.items():
        model.save(tmp_path / f"{name}.keras")
        np.savez(tmp_path / f"{name}.npz", **inputs)
    done = subprocess.run(
        [sys.executable, "-c", READ, *cases],
        cwd=tmp_path,
        env={**os.environ, "KERAS_BACKEND": "jax", "KERAS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name, (model, inputs) in cases.items():
        here = model.predict(inputs.get("x", inputs), batch_size=16, verbose=0)
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), here)
        assert np.ptp(here) > 0, "rows get different answers"
