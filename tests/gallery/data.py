"""The gallery's data: what ships with scikit-learn, and sequences and texts drawn from a seed.

Each function splits by its seed into training and held-out rows, and leaves the values as a file would hold them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import sklearn.datasets
from sklearn.model_selection import train_test_split


@dataclass(frozen=True)
class Rows:
    """Training and held-out rows of one task: `x`, `y`, `held_x`, `held_y`."""

    x: np.ndarray
    y: np.ndarray
    held_x: np.ndarray
    held_y: np.ndarray

    def standardized(self) -> Rows:
        """With every input feature at mean 0 and deviation 1 on the training rows."""
        mean, deviation = moments(self.x)
        return Rows((self.x - mean) / deviation, self.y, (self.held_x - mean) / deviation, self.held_y)

    def with_standardized_target(self) -> Rows:
        """With the target at mean 0 and deviation 1 on the training rows."""
        mean, deviation = moments(self.y)
        return Rows(self.x, (self.y - mean) / deviation, self.held_x, (self.held_y - mean) / deviation)

    def centered(self) -> Rows:
        """With one mean and one deviation for all features, as is usual for pixels."""
        mean, deviation = self.x.mean(), self.x.std()
        return Rows((self.x - mean) / deviation, self.y, (self.held_x - mean) / deviation, self.held_y)

    def divided_by(self, white: float) -> Rows:
        """With the inputs divided by their largest possible value."""
        return Rows(self.x / np.float32(white), self.y, self.held_x / np.float32(white), self.held_y)

    def first(self, count: int) -> Rows:
        """With no more than `count` training rows."""
        return Rows(self.x[:count], self.y[:count], self.held_x, self.held_y)


def moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each feature; a constant feature has deviation 1."""
    deviation = values.std(axis=0)
    return values.mean(axis=0), np.where(deviation > 0, deviation, 1).astype(values.dtype)


def split(x: np.ndarray, y: np.ndarray, seed: int, *, by_class: bool = False) -> Rows:
    """A quarter of the rows, drawn by the seed, is held out."""
    x, held_x, y, held_y = train_test_split(
        x.astype(x.dtype if x.dtype.kind == "i" else "float32"),
        y.astype("float32" if y.dtype.kind == "f" else "int32"),
        test_size=0.25,
        random_state=seed,
        stratify=y if by_class else None,
    )
    return Rows(x, y, held_x, held_y)


@cache
def _bundled(name: str) -> tuple[np.ndarray, np.ndarray]:
    return getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)


def digits(seed: int) -> Rows:
    """Handwritten digits: 64 pixels from 0 to 16, 10 classes."""
    return split(*_bundled("digits"), seed, by_class=True)


def noisy_digits(seed: int) -> Rows:
    """The digits, their pixels from 0 to 1, under noise of deviation 0.4."""
    x, y = _bundled("digits")
    return split(x / 16 + np.random.default_rng(seed).normal(0, 0.4, x.shape), y, seed, by_class=True)


def digit_images(seed: int) -> Rows:
    """The digits as images `(8, 8, 1)` in [0, 1]."""
    x, y = _bundled("digits")
    return split(x.reshape(-1, 8, 8, 1) / 16, y, seed, by_class=True)


def wine(seed: int) -> Rows:
    """178 wines: 13 measurements from 0.1 to 1700, 3 classes."""
    return split(*_bundled("wine"), seed, by_class=True)


def cancer(seed: int) -> Rows:
    """569 tumours: 30 measurements from 0.001 to 4000, 2 classes."""
    return split(*_bundled("breast_cancer"), seed, by_class=True)


def diabetes(seed: int) -> Rows:
    """442 patients: 10 small measurements, progression from 25 to 346."""
    x, y = _bundled("diabetes")
    return split(x, y[:, None], seed)


def friedman(seed: int, rows: int = 1200, noise: float = 0.5) -> Rows:
    """A smooth function of 5 of 10 features, around 14 ± 5."""
    x, y = sklearn.datasets.make_friedman1(rows, noise=noise, random_state=seed)
    return split(x, y[:, None], seed)


def three_targets(seed: int) -> Rows:
    """Three values that depend on 8 features, each in another way."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(1000, 8))
    y = np.stack([x[:, 0] * x[:, 1], np.sin(2 * x[:, 2]) + x[:, 3], np.abs(x[:, 4]) - x[:, 5]], axis=1)
    return split(x, (y - y.mean(axis=0)) / y.std(axis=0), seed)


def moons(seed: int) -> Rows:
    """Two interleaved half circles."""
    return split(*sklearn.datasets.make_moons(1200, noise=0.15, random_state=seed), seed, by_class=True)


def imbalanced(seed: int) -> Rows:
    """2,400 rows of two overlapping classes, 4 in 100 of them positive."""
    generator = np.random.default_rng(seed)
    y = (np.arange(2400) % 25 == 0).astype(int)
    return split(generator.normal(size=(2400, 6)) + 1.2 * y[:, None] * [1, 1, 0, 0, 0, 0], y, seed, by_class=True)


def topics(seed: int) -> Rows:
    """Word counts of 1,200 texts, each of which may have several of 5 topics."""
    x, y = sklearn.datasets.make_multilabel_classification(1200, 20, n_classes=5, n_labels=2, random_state=seed)
    return split(x, y, seed)


def counts(seed: int) -> Rows:
    """Numbers of events, many of them 0, at a rate that depends on 6 features."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(1200, 6))
    return split(x, generator.poisson(np.exp(0.8 * x[:, :1] - 0.6 * x[:, 1:2] + 0.3)).astype(float), seed)


@cache
def _photographs() -> list[np.ndarray]:
    return sklearn.datasets.load_sample_images().images


def patches(seed: int, rows: int = 800) -> Rows:
    """Squares `(16, 16, 3)` of bytes, cut from two photographs: a temple (0) and a flower (1)."""
    generator = np.random.default_rng(seed)
    y = np.arange(rows) % 2
    corners = zip(generator.integers(0, 411, rows), generator.integers(0, 624, rows), strict=True)
    squares = [_photographs()[label][i : i + 16, j : j + 16] for label, (i, j) in zip(y, corners, strict=True)]
    return split(np.stack(squares).astype(float), y, seed, by_class=True)


def waves(seed: int, length: int = 24) -> Rows:
    """Noisy sine waves `(length, 1)` of three frequencies."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 3, 1200)
    phase = generator.uniform(0, 2 * np.pi, (1200, 1))
    x = np.sin(np.array([0.3, 0.6, 1.0])[y][:, None] * np.arange(length) + phase)
    return split((x + generator.normal(0, 0.3, x.shape))[..., None], y, seed)


def series(seed: int, length: int = 24) -> Rows:
    """Windows `(length, 1)` of sums of two waves, and the value that comes next."""
    generator = np.random.default_rng(seed)
    frequency, phase = generator.uniform(0.2, 0.8, (2, 1200, 1)), generator.uniform(0, 2 * np.pi, (2, 1200, 1))
    x = np.sin(frequency * np.arange(length + 1) + phase).sum(axis=0) + generator.normal(0, 0.05, (1200, length + 1))
    return split(x[:, :-1, None], x[:, -1:], seed)


def sums(seed: int, length: int = 60) -> Rows:
    """Sequences `(length, 1)` of noise, and their standardized sum."""
    x = np.random.default_rng(seed).uniform(-1, 1, (1000, length, 1))
    return split(x, x.sum(axis=1) / np.sqrt(length / 3), seed)


def texts(seed: int, length: int = 20) -> Rows:
    """Texts of 200 different words, 0 behind their end, praising (1) or not (0)."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 2, 1800)
    x = 50 + np.minimum(generator.geometric(0.03, (1800, length)), 149)
    opinion = generator.random(x.shape) < 0.3
    kind = np.where(generator.random(x.shape) < 0.85, y[:, None], 1 - y[:, None])
    x = np.where(opinion, 2 + 24 * kind + generator.integers(0, 24, x.shape), x)
    ends = generator.integers(length // 2, length + 1, (1800, 1))
    return split(np.where(np.arange(length) < ends, x, 0).astype("int32"), y, seed)


def tags(seed: int, length: int = 12) -> Rows:
    """Sequences of 30 different words, and of each word a tag of 3 that its group and the word before it decide."""
    x = np.random.default_rng(seed).integers(1, 31, (1000, length))
    before = np.concatenate([np.zeros((1000, 1), int), x[:, :-1]], axis=1)
    return split(x.astype("int32"), np.where(x % 3 == 0, before % 2, 2), seed)
