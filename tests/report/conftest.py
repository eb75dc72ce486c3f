"""Runs as trainings leave them: whole, of each task, and cut short."""

import numpy as np
import pytest

from trainwell.run import ResultRecord, Run, Series

NASTY = "<script>alert(1)</script> & $x_1$"


def make_run(classes=("cat", "dog", NASTY), *, epochs=6, seed=0):
    """A classification run with everything that a report can show."""
    generator = np.random.default_rng(seed)
    size = len(classes)
    confusion = generator.integers(0, 5, (size, size)) + np.diag(np.full(size, 20))
    members = confusion.sum(axis=1)
    recall = np.diag(confusion) / members
    facts = {
        "source": {"name": "pets", "kind": "csv", "path": "/home/someone/data/pets.csv", "sha256": "ab" * 32},
        "data": {
            "task": "multi-class",
            "kind": "table",
            "target": "animal",
            "classes": list(classes),
            "rows": {"train": 900, "validation": 100, "test": int(members.sum())},
            "class_counts": {"train": [300] * size, "validation": [33] * size, "test": members.tolist()},
            "notes": ["The column `id` identifies rows and was left out."],
        },
        "model": {
            "name": "net",
            "parameters": 266610,
            "layers": [
                {"name": "flat", "class": "Flatten", "output_shape": [None, 28, 28], "parameters": 0, "config": {}},
                {
                    "name": "dense",
                    "class": "Dense",
                    "output_shape": [None, 300],
                    "parameters": 235500,
                    "config": {"units": 300, "activation": "elu", "kernel_initializer": {"class_name": "HeNormal"}},
                },
                {"name": "dense_2", "class": "Dense", "output_shape": [None, 100], "parameters": 30100, "config": {}},
                {"name": "output", "class": "Dense", "output_shape": [None, size], "parameters": 1010, "config": {}},
            ],
        },
        "compile": {"optimizer": {"class": "Nadam", "config": {"beta_1": 0.9, "clipnorm": None}}, "loss": "mse"},
        "fit": {
            "recipe": "default",
            "net": "dense",
            "epochs": 20,
            "epochs_run": epochs,
            "best_epoch": max(1, epochs - 1),
            "batch_size": 32,
            "steps": 29 * epochs,
            "seconds": 83.0,
            "learning_rate": 0.00123,
            "learning_rate_from": "range test",
            "stopped": "early stopping",
        },
        "result": {
            "accuracy": float(np.trace(confusion) / confusion.sum()),
            "balanced_accuracy": float(recall.mean()),
            "recall": dict(zip(classes, recall.tolist(), strict=True)),
            "majority_class": classes[0],
            "baseline_accuracy": 0.4,
            "confusion": confusion.tolist(),
            "rows": int(members.sum()),
        },
        "seeds": {"seed": 42},
        "versions": {"trainwell": "0.1.0", "keras": "3.15.1"},
        "machine": {"system": "Linux", "cores": 2},
    }
    falling = np.geomspace(2.0, 0.2, epochs)
    signals = {
        "train/loss": Series.over("epoch", falling, "nats"),
        "validation/loss": Series.over("epoch", falling + 0.1, "nats"),
        "train/accuracy": Series.over("epoch", 1 - falling / 3, "share"),
        "validation/accuracy": Series.over("epoch", 0.95 - falling / 3, "share"),
        "learning_rate": Series.over("step", np.linspace(1e-3, 1e-5, 29 * epochs)),
        "range_test/learning_rate": Series.over("step", np.geomspace(1e-5, 1, 50)),
        "range_test/loss": Series.over("step", np.abs(np.log10(np.geomspace(1e-5, 1, 50)) + 2) + 0.5),
    }
    return Run.from_plain(facts, signals)


def make_regression(rows=89, seed=0):
    run = make_run()
    generator = np.random.default_rng(seed)
    true = generator.uniform(30, 340, rows)
    run.data.task, run.data.classes, run.data.class_counts, run.data.target = "regression", [], {}, "progression"
    run.result = ResultRecord(r2=0.4512, mae=43.21, baseline_mae=66.02, rows=rows)
    run.signals["test/target"] = Series.over("row", true)
    run.signals["test/prediction"] = Series.over("row", true * 0.5 + 80 + generator.normal(0, 30, rows))
    return run


def make_interrupted():
    """Ctrl-C in the second epoch: one epoch of curves, no result."""
    run = make_run(epochs=1)
    run.result, run.fit.stopped = ResultRecord(), "interrupted by Ctrl-C"
    run.signals = {name: run.signals[name] for name in ("train/loss", "validation/loss", "learning_rate")}
    return run


@pytest.fixture
def run():
    return make_run()


@pytest.fixture
def run_of():
    """Makes a classification run of the classes given."""
    return make_run


@pytest.fixture
def regression():
    return make_regression()


@pytest.fixture
def interrupted():
    return make_interrupted()
