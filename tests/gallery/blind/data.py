"""Rows of the blind part: bundled data, Fashion-MNIST, and what is drawn."""

import functools

import keras
import numpy as np
from sklearn import datasets as skd
from sklearn.model_selection import train_test_split

import trainwell.datasets


def stop(patience=8):
    return [keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True)]


def pack(xt, yt, xv, yv):
    return {"x": xt, "y": yt, "validation_data": (xv, yv)}


def fit(epochs, batch_size=32, callbacks=None, **more):
    out = {"epochs": epochs, "batch_size": batch_size, **more}
    if callbacks:
        out["callbacks"] = callbacks
    return out


def standard(xt, xv):
    m, s = xt.mean(0, keepdims=True), xt.std(0, keepdims=True) + 1e-7
    return ((xt - m) / s).astype("float32"), ((xv - m) / s).astype("float32")


def cut(x, y, seed, test=0.2, stratify=True):
    return train_test_split(x, y, test_size=test, random_state=seed, stratify=y if stratify else None)


def hot(y, k):
    return np.eye(k, dtype="float32")[y]


def digits(seed, image=False):
    x, y = skd.load_digits(return_X_y=True)
    x = (x / 16).astype("float32")
    if image:
        x = x.reshape(-1, 8, 8, 1)
    return cut(x, y.astype("int32"), seed)


def tabular(name, seed, scale=True):
    x, y = getattr(skd, f"load_{name}")(return_X_y=True)
    xt, xv, yt, yv = cut(x.astype("float32"), y, seed, 0.25, stratify=name != "diabetes")
    if scale:
        xt, xv = standard(xt, xv)
    return (
        xt,
        xv,
        yt.astype("float32" if name == "diabetes" else "int32"),
        yv.astype("float32" if name == "diabetes" else "int32"),
    )


@functools.lru_cache(1)
def _fashion():
    d = trainwell.datasets.load("fashion-mnist").train
    return np.asarray(d.x), np.asarray(d.y).astype("int32").ravel()


def fashion(seed, n=3000, nv=800, classes=None, scale=True):
    x, y = _fashion()
    rng = np.random.default_rng(seed)
    index = rng.permutation(len(y))
    if classes is not None:
        index = index[np.isin(y[index], classes)]
    index = index[: n + nv]
    x, y = x[index].astype("float32"), y[index]
    x = x.reshape(-1, 14, 2, 14, 2).mean((2, 4))
    if scale:
        x = x / 255
    x = x[..., None].astype("float32")
    return x[:n], x[n:], y[:n], y[n:]


def waves(seed, n=1600, steps=48, k=4, noise=0.4):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    t = np.arange(steps)
    f = 0.03 + 0.035 * y + rng.normal(0, 0.004, n)
    x = np.sin(2 * np.pi * (f[:, None] * t + rng.random((n, 1)))) + rng.normal(0, noise, (n, steps))
    return cut(x[..., None].astype("float32"), y.astype("int32"), seed)


def series(seed, n=1800, window=24, horizon=1):
    rng = np.random.default_rng(seed)
    length = n + window + horizon
    t = np.arange(length)
    s = np.sin(2 * np.pi * t / 24) + 0.5 * np.sin(2 * np.pi * t / 7.3)
    e = np.zeros(length)
    for i in range(1, length):
        e[i] = 0.6 * e[i - 1] + rng.normal(0, 0.2)
    s = s + e
    c = int(n * 0.8)
    s = (s - s[:c].mean()) / s[:c].std()
    x = np.stack([s[i : i + window] for i in range(n)])[..., None].astype("float32")
    y = np.stack([s[i + window : i + window + horizon] for i in range(n)]).astype("float32")
    keep = rng.permutation(c - window)
    return x[keep], x[c:], y[keep], y[c:]


def texts(seed, n=2000, length=30, vocabulary=400, k=4, share=0.25):
    rng = np.random.default_rng(seed)
    zipf = 1 / np.arange(2, vocabulary + 1)
    zipf /= zipf.sum()
    topical = [rng.choice(np.arange(20, vocabulary), 25, replace=False) for _ in range(k)]
    y = rng.integers(0, k, n)
    x = rng.choice(np.arange(1, vocabulary), (n, length), p=zipf)
    use = rng.random((n, length)) < share
    words = np.stack([rng.choice(topical[c], length) for c in y])
    x = np.where(use, words, x)
    ends = rng.integers(length // 2, length + 1, n)
    x[np.arange(length)[None] >= ends[:, None]] = 0
    return cut(x.astype("int32"), y.astype("int32"), seed)


def houses(seed, n=1500):
    """Area, rooms, age, distance, floor; price in euros."""
    rng = np.random.default_rng(seed)
    x = np.c_[
        rng.normal(90, 30, n).clip(25),
        rng.integers(1, 7, n),
        rng.gamma(2, 15, n),
        rng.gamma(2, 4, n),
        rng.integers(0, 12, n),
    ].astype("float32")
    p = 2500 * x[:, 0] * np.exp(-0.04 * x[:, 3]) + 9000 * x[:, 1] - 300 * x[:, 2] + 2000 * np.sqrt(x[:, 4])
    p = p * np.exp(rng.normal(0, 0.08, n))
    return cut(x, p.astype("float32"), seed, stratify=False)


def classes(seed, n=2000, features=20, informative=10, k=3, sep=1.2, flip=0.02, weights=None):
    x, y = skd.make_classification(
        n,
        features,
        n_informative=informative,
        n_redundant=2,
        n_classes=k,
        class_sep=sep,
        flip_y=flip,
        weights=weights,
        random_state=seed,
    )
    xt, xv, yt, yv = cut(x.astype("float32"), y.astype("int32"), seed)
    return *standard(xt, xv), yt, yv


def moons(seed):
    x, y = skd.make_moons(1500, noise=0.2, random_state=seed)
    xt, xv, yt, yv = cut(x.astype("float32"), y.astype("int32"), seed)
    return *standard(xt, xv), yt, yv


def friedman(seed):
    x, y = skd.make_friedman1(1500, 8, noise=1.0, random_state=seed)
    xt, xv, yt, yv = cut(x.astype("float32"), y.astype("float32"), seed, stratify=False)
    xt, xv = standard(xt, xv)
    m, s = yt.mean(), yt.std()
    return xt, xv, (yt - m) / s, (yv - m) / s


def ordinal_rows(seed, n=2000):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 6)).astype("float32")
    s = x[:, 0] + np.sin(2 * x[:, 1]) + 0.5 * x[:, 2] * x[:, 3] + rng.normal(0, 0.3, n)
    return x, np.digitize(s, [-1.5, -0.5, 0.5, 1.5])
