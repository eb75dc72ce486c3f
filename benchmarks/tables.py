"""`trainwell train` on scikit-learn's bundled data, against its MLP and its linear model.

Each split is one seed: the same test rows for all three, and for scikit-learn's models the training and validation rows
together, standardised. The question is whether trainwell's mean falls below the better one's by more than one standard
error of the paired differences. Usage: python benchmarks/tables.py [--splits 20] [NAME ...]
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from pathlib import Path

import numpy as np
from header import header
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import trainwell as tw

SETS = ("digits", "breast-cancer", "wine", "diabetes")


def flat(x):
    values = x["numeric"] if isinstance(x, dict) else x
    return values.reshape(len(values), -1).astype("float64")


def scores(name: str, seed: int, folder: Path) -> tuple[float, float, float]:
    """Ours, the MLP's and the linear model's on one split: accuracy, or R² for diabetes."""
    training = tw.train(name, seed=seed, out=folder, overwrite=True, verbose=0, samples=False, say=lambda _: None)
    data, result = training.dataset, training.run.result
    regression = data.task == "regression"
    x = np.concatenate([flat(data.train.x), flat(data.validation.x)])
    y = np.concatenate([data.train.y, data.validation.y])
    if regression:
        peers, score = (MLPRegressor(random_state=seed, max_iter=2000), Ridge()), r2_score
    else:
        peers, score = (MLPClassifier(random_state=seed), LogisticRegression(max_iter=1000)), accuracy_score
    values = [result["r2" if regression else "accuracy"]]
    for peer in peers:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = make_pipeline(StandardScaler(), peer).fit(x, y)
        values.append(score(data.test.y, model.predict(flat(data.test.x))))
    return tuple(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=SETS)
    parser.add_argument("--splits", type=int, default=20)
    arguments = parser.parse_args()
    print(header("Tables against scikit-learn", arguments.splits, "trainwell", "keras", "jax", "scikit-learn"))
    print("| data | score | trainwell | MLP | linear | below the better by | one standard error | verdict |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.names:
            runs = np.array([scores(name, seed, Path(folder) / "run") for seed in range(arguments.splits)])
            mean = runs.mean(axis=0)
            better = 1 + int(mean[1:].argmax())
            below = runs[:, better] - runs[:, 0]
            error = below.std(ddof=1) / np.sqrt(len(below))
            verdict = "below" if below.mean() > error else "not below"
            shown = " | ".join(f"{m:.4f} ± {s:.4f}" for m, s in zip(mean, runs.std(axis=0, ddof=1), strict=True))
            score = "R²" if name == "diabetes" else "accuracy"
            print(f"| {name} | {score} | {shown} | {below.mean():+.4f} | {error:.4f} | {verdict} |", flush=True)


if __name__ == "__main__":
    main()
