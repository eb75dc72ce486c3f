"""Use each main part of trainwell once and assert what comes out, in under two minutes.

    python tools/smoke.py

For versions of Keras and JAX that the whole test suite is not run on. It shows that trainwell imports, trains,
diagnoses, repairs and writes a report. It does not show that every layer or rule works.
"""

from __future__ import annotations  # noqa: I001 -- trainwell comes before Keras, whose backend it chooses

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trainwell as tw
import jax
import keras
import numpy as np

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1000, 4)).astype("float32")


def network(loss: str, output: str, *hidden: keras.layers.Layer) -> keras.Model:
    """Return a compiled network with one unit at its end."""
    model = keras.Sequential([keras.Input((4,)), *hidden, keras.layers.Dense(1, output)])
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


def fit_trains_to_the_weights_of_keras() -> None:
    """Train by both loops, with dropout and shuffling, and compare the bits."""
    y = (X[:, :1] * X[:, 1:2] > 0).astype("float32")
    ends = []
    for fit, options in ((keras.Model.fit, {}), (tw.fit, {"exact": True})):
        keras.utils.set_random_seed(1)
        model = network("binary_crossentropy", "sigmoid", keras.layers.Dense(16, "relu"), keras.layers.Dropout(0.2))
        history = fit(model, X, y, epochs=3, validation_split=0.2, verbose=0, **options)  # pyright: ignore[reportArgumentType] -- two functions, one list of options
        ends.append((model.get_weights(), history.history["val_loss"]))
    (theirs, their_losses), (ours, losses) = ends
    assert losses[-1] < losses[0], losses
    assert losses == their_losses, (losses, their_losses)
    assert all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))


def diagnose_names_a_planted_fault() -> None:
    """Put a softmax on one unit, which always gives 1, and expect the rule of that name."""
    y = (X[:, :1] > 0).astype("float32")
    faulty = network("binary_crossentropy", "softmax", keras.layers.Dense(8, "relu"))
    found = tw.diagnose(faulty, X, y, epochs=3, validation_split=0.2)
    assert "softmax-on-one-unit" in [fault.rule.name for fault in found.faults], found
    healthy = network("binary_crossentropy", "sigmoid", keras.layers.Dense(8, "relu"))
    found = tw.diagnose(healthy, X, y, epochs=3, validation_split=0.2)
    assert "softmax-on-one-unit" not in [fault.rule.name for fault in found.faults], found


def repair_improves_the_network() -> None:
    """Give a sigmoid targets of -1 and 1, and expect a better score on rows that no trial saw."""
    repaired = tw.repair(network("binary_crossentropy", "sigmoid"), X, np.sign(X[:, :1]), epochs=5)
    assert repaired.outcome == "repaired", repaired
    assert "labels-from-0-to-1" in repaired.remedies, repaired.remedies
    assert repaired.after.value > repaired.before.value + 0.1, (repaired.before, repaired.after)
    assert np.isfinite(repaired.model.predict(X[:5], verbose=0)).all()


def train_writes_a_report() -> None:
    """Run the command line in a process of its own, and read what it leaves."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-c", "from trainwell.cli import main; main()"]
        arguments = ["train", "wine", "--epochs", "3", "--learning-rate", "0.01", "--out", "run"]
        done = subprocess.run([*command, *arguments], cwd=place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        page = Path(place, "run", "report.html").read_text(encoding="utf-8")
        assert "wine" in page, page[:1000]
        assert len(tw.Run.load(Path(place, "run")).signals["train/loss"].values) == 3


CHECKS = (
    fit_trains_to_the_weights_of_keras,
    diagnose_names_a_planted_fault,
    repair_improves_the_network,
    train_writes_a_report,
)


def main() -> None:
    """Run all checks; the first that fails raises."""
    keras.utils.set_random_seed(0)
    print(f"Python {sys.version.split()[0]}, Keras {keras.version()}, JAX {jax.__version__}, NumPy {np.__version__}")
    for check in CHECKS:
        began = time.monotonic()
        check()
        print(f"{check.__name__.replace('_', ' ')}: {time.monotonic() - began:.1f} s", flush=True)
    print(f"{len(CHECKS)} passed, 0 failed")


if __name__ == "__main__":
    main()
