"""Rows of the forum part: Fashion-MNIST as its files hold it, and what is drawn."""

import functools

import numpy as np
from sklearn.preprocessing import StandardScaler

from trainwell.datasets.fashion_mnist import load_fashion_mnist


@functools.cache
def _fashion():
    arrays, _ = load_fashion_mnist()
    return arrays


def fashion(seed, count, classes=None, part="train"):
    """Pictures of bytes `(count, 28, 28)` and their labels; chosen classes, in ascending order, are numbered anew."""
    x, y = _fashion()[f"x_{part}"], _fashion()[f"y_{part}"].astype("int64")
    if classes is not None:
        is_chosen = np.isin(y, classes)
        x, y = x[is_chosen], np.searchsorted(classes, y[is_chosen])
    rows = np.arange(seed * count, (seed + 1) * count) % len(y)
    return x[rows], y[rows]


def pictures(seed, count, classes=None, part="train"):
    """The same as `(count, 28, 28, 1)`, in [0, 1]."""
    x, y = fashion(seed, count, classes, part)
    return x[..., None] / 255, y


def flat_bytes(seed, count, part="train"):
    """The same as `(count, 784)`, from 0 to 255."""
    x, y = fashion(seed, count, part=part)
    return x.reshape(-1, 784).astype("float32"), y


def flat_pictures(seed, count, part="train"):
    """The same as `(count, 784)`, in [0, 1]."""
    x, y = flat_bytes(seed, count, part)
    return x / 255, y


def attributes(kinds):
    """Of kinds of clothes, 1 or -1: worn above the waist, on the feet, with long sleeves, open in front."""
    worn = ([0, 2, 3, 4, 6], [5, 7, 9], [2, 4, 6], [4, 6])
    return np.stack([np.isin(kinds, each) for each in worn], axis=1) * 2 - 1


def standardized(x, dtype="float32"):
    return StandardScaler().fit_transform(x).astype(dtype)


def standardized_target(y):
    return (y - y.mean()) / y.std()


def texts(count, seed, vocabulary=800, longest=40):
    """Numbers of words behind a padding of 0; the label is the side whose words prevail."""
    generator = np.random.default_rng(seed)
    positive, negative = np.arange(20, 60), np.arange(60, 100)
    x = np.zeros((count, longest), "int32")
    y = generator.integers(0, 2, count)
    for row in range(count):
        length = generator.integers(15, longest + 1)
        words = 100 + (generator.random(length) ** 3 * (vocabulary - 100)).astype(int)
        telling = generator.integers(3, 7)
        places = generator.choice(length, telling + 1, replace=False)
        words[places[:telling]] = generator.choice(positive if y[row] else negative, telling)
        words[places[telling]] = generator.choice(negative if y[row] else positive)
        x[row, longest - length :] = words
    return x, y


def series(count, seed):
    """Two seasons and an autoregressive part."""
    generator = np.random.default_rng(seed)
    time = np.arange(count)
    drift = np.zeros(count)
    for step in range(1, count):
        drift[step] = 0.8 * drift[step - 1] + 0.15 * generator.normal()
    return np.sin(2 * np.pi * time / 24) + 0.5 * np.sin(2 * np.pi * time / 60) + drift


def windows(values, length, horizon=1):
    """Windows `(rows, length, 1)` of a series, and the `horizon` values that follow each."""
    starts = range(len(values) - length - horizon + 1)
    x = np.stack([values[start : start + length] for start in starts])
    y = np.stack([values[start + length : start + length + horizon] for start in starts])
    return x[..., None].astype("float32"), y.astype("float32")


def signals(count, seed, length=100, classes=3, noise=0.6):
    """Windows of a sensor; the class is the rhythm."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, classes, count)
    time = np.arange(length)
    rhythm = np.array([3, 5, 8, 12, 17, 24])[y] * (1 + 0.08 * generator.normal(size=count))
    x = np.sin(2 * np.pi * rhythm[:, None] * time / length + generator.uniform(0, 6.28, (count, 1)))
    x = x * generator.uniform(0.7, 1.3, (count, 1)) + noise * generator.normal(size=(count, length))
    return x[..., None].astype("float32"), y


def titanic(count, seed):
    """Passengers: class, number of the name, sex, age, two counts of relatives, ticket, fare, cabin, port; survival."""
    generator = np.random.default_rng(seed)
    travels = generator.choice([1, 2, 3], count, p=[0.24, 0.21, 0.55])
    sex = (generator.random(count) < 0.65).astype(float)
    age = np.clip(generator.normal(30, 13, count), 1, 80)
    siblings = generator.poisson(0.5, count)
    parents = generator.poisson(0.4, count)
    fare = np.exp(generator.normal(4.3 - 0.75 * (travels - 1), 0.6))
    chance = 2.6 - 2.7 * sex - 1.0 * (travels - 1) - 0.02 * (age - 30) - 0.25 * siblings
    y = (generator.random(count) < 1 / (1 + np.exp(-1.4 * chance))).astype(int)
    name = generator.permutation(count)
    ticket = generator.integers(0, 681, count)
    cabin = np.where(travels == 1, generator.integers(0, 147, count), 147)
    port = generator.integers(0, 4, count)
    x = np.stack([travels, name, sex, age, siblings, parents, ticket, fare, cabin, port], axis=1)
    return x.astype("float32"), y


def houses(count, seed):
    """Rooms, distance, land, area, year and kind of dwelling; price."""
    generator = np.random.default_rng(seed)
    rooms = generator.integers(1, 7, count)
    distance = generator.gamma(3, 4, count)
    land = np.exp(generator.normal(6, 0.6, count))
    area = 35 * rooms + generator.normal(0, 25, count)
    year = generator.integers(1890, 2018, count)
    kind = generator.integers(0, 3, count)
    noise = 0.1 * generator.normal(size=count)
    price = 250e3 * np.exp(0.28 * rooms - 0.03 * distance + 0.15 * np.log(land) - 0.2 * kind + noise)
    x = np.stack([rooms, distance, land, area, year, kind], axis=1).astype("float32")
    return x, price.astype("float32")


def packets(count, seed):
    """Packets of a network: size, port, source, time to live, four flags, rate, protocol, words; attack or not."""
    generator = np.random.default_rng(seed)
    size = generator.integers(40, 1500, count)
    port = generator.choice([80, 443, 22, 53, 8080, 3389], count)
    source = generator.integers(1024, 65535, count)
    lifetime = generator.choice([32, 64, 128, 255], count)
    flags = generator.integers(0, 2, (count, 4))
    rate = np.exp(generator.normal(3, 1, count))
    danger = 1.2 * (np.log(rate) - 3) + 1.5 * flags[:, 0] - 1.2 * flags[:, 1] + (size < 200) * 1.5 - 0.3
    danger = danger + 0.8 * (lifetime == 255)
    y = (danger + 0.4 * generator.normal(size=count) > 0.9).astype(float)
    protocol = generator.integers(0, 5, count)
    x = np.column_stack([size, port, source, lifetime, flags, rate, protocol, size / 8])
    return x.astype(float), y


def boards(count, generator):
    """Boards of the Game of Life, with their edges wrapped around, and the next generation of each."""
    board = (generator.random((count, 8, 8, 1)) < 0.5).astype("int32")
    steps = [(down, right) for right in (-1, 0, 1) for down in (-1, 0, 1) if right or down]
    neighbours = sum(np.roll(board, step, axis=(1, 2)) for step in steps)
    following = ((neighbours == 3) | ((board == 1) & (neighbours == 2))).astype("int32")
    return np.pad(board, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="wrap").astype("float32"), following


def targets(count, generator):
    """30 measurements, of which 6 differ between targets, three in ten, and the others."""
    y = (generator.random(count) < 0.3).astype(int)
    x = generator.normal(size=(count, 30))
    x[:, :6] += 0.55 * y[:, None]
    return x.astype("float32"), y


def augmented(x, y, generator):
    """With five jittered copies of each row, and rows of class 1 again until both are as many; in random order."""
    copies = [x, *(x + 0.05 * generator.normal(size=x.shape).astype("float32") for _ in range(5))]
    x, y = np.concatenate(copies), np.concatenate([y] * 6)
    rare = np.flatnonzero(y == 1)
    again = generator.choice(rare, (y == 0).sum() - len(rare))
    order = generator.permutation(len(y) + len(again))
    return np.concatenate([x, x[again]])[order], np.concatenate([y, y[again]])[order]


def sales(count, seed):
    """Weekday, month, promotion and temperature; pieces sold, of which some days have none."""
    generator = np.random.default_rng(seed)
    weekday, month = generator.integers(0, 7, count), generator.integers(0, 12, count)
    promotion, temperature = generator.integers(0, 2, count), generator.normal(15, 8, count)
    season = 0.3 * np.sin(month / 12 * 6.28)
    mean = np.exp(1.3 + 0.25 * (weekday >= 5) + 0.6 * promotion + 0.02 * temperature + season)
    x = np.column_stack([np.eye(7)[weekday], np.eye(12)[month], promotion, (temperature - 15) / 8])
    return x.astype("float32"), generator.poisson(mean)
