"""Seconds that `tw.diagnose` takes on the chapter's dense nets, import included, with and without compiled programs.

Each net is diagnosed on the notes' split of Fashion-MNIST with the notes' epochs, in a process of its own. Cold has an
empty folder of compiled programs; warm is the next process with the same folder.

    .venv/bin/python benchmarks/diagnosis.py [--rounds 3] [NAME ...]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from header import header, spread

NETS = {"leaky-relu": "leaky_relu", "batch-norm": "batch_norm", "selu-100": "selu_100", "relu-100": "relu_100"}
EPOCHS = 5


def one(net: str) -> None:
    """One diagnosis in this process; prints what it took."""
    began = time.perf_counter()
    import trainwell as tw  # noqa: PLC0415 -- after the clock

    import keras  # noqa: PLC0415 # isort: skip -- after trainwell, which chooses the backend
    from trainwell import datasets  # noqa: PLC0415
    from trainwell.reproduce.nets import builder  # noqa: PLC0415

    imported = time.perf_counter() - began
    data = datasets.load("fashion-mnist", seed=0)
    x, y = np.asarray(data.train.x, "float32"), data.train.y
    x, y, held = x[:55_000].reshape(-1, 28, 28), y[:55_000], (data.validation.x, data.validation.y)
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-7
    x = (x - mean) / deviation
    held = ((np.asarray(held[0], "float32").reshape(-1, 28, 28) - mean) / deviation, held[1])
    keras.utils.set_random_seed(42)
    model = builder(net)()
    loaded = time.perf_counter()
    found = tw.diagnose(model, x, y, epochs=EPOCHS, validation_data=held)
    ended = time.perf_counter()
    fit = found.run.fit
    told = {
        "seconds": imported + ended - loaded,
        "import": imported,
        "steps": fit.steps,
        "faults": [each.rule.name for each in found.faults],
    }
    print(json.dumps(told))


def started(net: str, cache: str) -> dict:
    environment = {**os.environ, "TRAINWELL_COMPILE_CACHE": cache}
    command = [sys.executable, __file__, "--one", net]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(NETS), metavar="NAME")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments.one)
        return
    print(header(f"tw.diagnose on Fashion-MNIST, {EPOCHS} epochs asked for", arguments.rounds, "keras", "jax"))
    everything: dict[str, list[float]] = {"cold": [], "warm": []}
    for name in arguments.names:
        found: dict[str, list[dict]] = {"cold": [], "warm": []}
        for _ in range(arguments.rounds):
            with tempfile.TemporaryDirectory() as cache:
                for state in ("cold", "warm"):
                    found[state].append(started(NETS[name], cache))
        for state, runs in found.items():
            seconds = [each["seconds"] for each in runs]
            everything[state] += seconds
            last = runs[-1]
            faults = ", ".join(last["faults"]) or "healthy"
            print(f"{name:12} {state}  {spread(seconds)} s  import {last['import']:.1f} s", end="  ")
            print(f"{last['steps']} steps  {faults}")
    for state, seconds in everything.items():
        print(f"median of all, {state}: {np.median(seconds):.1f} s")


if __name__ == "__main__":
    main()
