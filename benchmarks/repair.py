"""Repairs the gallery: how often a sick TrainingSpec gets where its healthy twin gets, and what it costs.

Each case is repaired by `tw.repair` as a user would ask for it. The skill reached, on the rows that the gallery judges
by, stands beside that of the healthy twin trained as a person would train it. What has been repaired is kept in a
folder, a file a case, so that a run may be broken off and go on.
Usage: python benchmarks/repair.py [--half frozen|own] [--seeds 1] [--results DIR] [--processes 2] [CASE ...]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import gallery
import numpy as np
from gallery.case import find
from gallery.repaired import NOISE, Repaired, repaired
from header import header

import trainwell  # noqa: F401 -- before Keras, for which it chooses JAX


def one(job):
    name, seed, folder = job
    file = Path(folder) / f"{name}-{seed}.json"
    if file.exists():
        return name, seed, None
    try:
        result = repaired(find(name), seed)
    except Exception as error:  # noqa: BLE001 -- the table says so, and the others go on
        return name, seed, f"{type(error).__name__}: {error}"
    file.write_text(json.dumps(asdict(result)))
    return name, seed, None


def load(folder, names, seeds):
    found = []
    for name in names:
        for seed in range(seeds):
            file = Path(folder) / f"{name}-{seed}.json"
            if file.exists():
                plain = json.loads(file.read_text())
                lists = {key: tuple(value) for key, value in plain.items() if isinstance(value, list)}
                found.append(Repaired(**{**plain, **lists}))
    return found


def share(flags):
    flags = list(flags)
    return f"{sum(flags)} of {len(flags)} ({sum(flags) / max(1, len(flags)):.1%})"


def quartiles(values):
    values = list(values)
    if not values:
        return "none"
    low, middle, high = np.percentile(values, [25, 50, 75])
    return f"{middle:.2f} ({low:.2f} to {high:.2f}; largest {max(values):.2f})"


def summary(results):
    sick = [each for each in results if each.planted is not None]
    healthy = [each for each in results if each.planted is None]
    if sick:
        print(f"sick: reach the twin less {NOISE} of skill: {share(each.reaches_twin for each in sick)}")
        short = [each for each in sick if each.before < each.twin - NOISE]
        print(f"  of those that fell short of it before: {share(each.reaches_twin for each in short)}")
        print(f"  worse than before: {share(each.is_worse for each in sick)}")
        print(f"  repaired: {share(each.outcome == 'repaired' for each in sick)}")
        print(f"  called healthy by the rules after: {share(each.healthy for each in sick)}")
        ratios = quartiles(each.trial_steps / each.steps for each in sick)
        print(f"  trial steps over steps of the final training: {ratios}")
        print(f"  seconds in all: {quartiles(each.seconds for each in sick)}")
        print(f"  seconds beside the trials: {quartiles(each.seconds - each.trial_seconds for each in sick)}")
    if healthy:
        quiet = share(each.outcome == "nothing to repair" and not each.trials for each in healthy)
        print(f"healthy: nothing to repair, without a trial: {quiet}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--half", choices=("frozen", "own"))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--results", default="runs/repairs")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    cases = [find(name) for name in given.cases] or gallery.sick(given.half) + gallery.healthy(given.half)
    names = [each.name for each in cases]
    Path(given.results).mkdir(parents=True, exist_ok=True)
    jobs = [(name, seed, given.results) for seed in range(given.seeds) for name in names]
    with multiprocessing.get_context("spawn").Pool(given.processes, maxtasksperchild=20) as pool:
        for name, seed, problem in pool.imap_unordered(one, jobs):
            if problem:
                print(f"{name}, seed {seed}: {problem}", flush=True)
    results = load(given.results, names, given.seeds)
    print(header("Repairs of the gallery", given.seeds, "trainwell", "keras", "jax", "jaxlib"))
    for half in ("frozen", "own"):
        some = [each for each in results if each.half == half]
        if some:
            print(f"\n{half} half")
            summary(some)
    print("\n| case | planted | before | after | twin | steps | outcome | edits |\n|---|---|---|---|---|---|---|---|")
    for each in results:
        if each.planted is not None and (not each.reaches_twin or each.is_worse or each.outcome != "repaired"):
            steps = f"{each.trial_steps / each.steps:.2f}"
            print(
                f"| {each.case} | {each.planted} | {each.before:.2f} | {each.after:.2f} | {each.twin:.2f} | {steps} "
                f"| {each.outcome} | {'; '.join(each.edits)} |"
            )
        if each.planted is None and each.outcome != "nothing to repair":
            told = "; ".join(each.edits)
            print(f"| {each.case} | healthy | {each.before:.2f} | {each.after:.2f} | | | {each.outcome} | {told} |")


if __name__ == "__main__":
    main()
