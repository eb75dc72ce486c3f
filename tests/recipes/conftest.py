"""Small Datasets of each kind, random but seeded."""

from __future__ import annotations

import numpy as np
import pytest

from trainwell.datasets.array_encoder import ArrayEncoder
from trainwell.datasets.dataset import Dataset, Part


def take(x, rows):
    return {name: part[rows] for name, part in x.items()} if isinstance(x, dict) else x[rows]


def make_dataset(x, y, kind, classes=(), category_sizes=()):
    """A Dataset whose first three fifths train, and the rest validates and tests."""
    count = len(y)
    parts = np.split(np.arange(count), [count * 3 // 5, count * 4 // 5])
    train, validation, test = (Part(take(x, rows), y[rows], rows) for rows in parts)
    task = {0: "regression", 2: "binary"}.get(len(classes), "multi-class")
    return Dataset(
        "toy", task, kind, train, validation, test, "y", tuple(classes), ArrayEncoder((1,)), tuple(category_sizes)
    )


def targets(generator, rows, classes):
    if classes:
        return generator.integers(0, len(classes), rows).astype("int32")
    return generator.normal(50, 12, rows).astype("float32")


@pytest.fixture
def dataset_of():
    """Makes a Dataset from given inputs and targets."""
    return make_dataset


@pytest.fixture
def images():
    """Makes grey or colour images."""

    def make(shape=(6, 6), rows=40, classes="abc"):
        generator = np.random.default_rng(0)
        pixels = generator.integers(0, 256, (rows, *shape)).astype("uint8")
        return make_dataset(pixels, targets(generator, rows, classes), "image", classes)

    return make


@pytest.fixture
def arrays():
    """Makes float arrays."""

    def make(shape=(5,), rows=40, classes="abc"):
        generator = np.random.default_rng(0)
        x = generator.normal(3, 2, (rows, *shape)).astype("float32")
        return make_dataset(x, targets(generator, rows, classes), "array", classes)

    return make


@pytest.fixture
def table():
    """Makes a table with numbers and codes; either may be left out."""

    def make(columns=3, sizes=(5, 16, 17, 100), rows=60, classes=("no", "yes")):
        generator = np.random.default_rng(0)
        x = {}
        if columns:
            x["numeric"] = generator.normal([10.0 * k for k in range(columns)], 3, (rows, columns)).astype("float32")
        if sizes:
            x["codes"] = np.stack([generator.integers(2, size, rows) for size in sizes], axis=1).astype("int32")
        return make_dataset(x, targets(generator, rows, classes), "table", classes, sizes)

    return make
