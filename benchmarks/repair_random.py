"""`tw.repair` beside random search over the same edits: steps until a case of the gallery gets where its twin gets.

The pool of random search is every edit that any remedy proposes for the case, whatever its fault; each of its trials
takes one to three of them and trains whole. A search ends when the skill on the rows that the gallery judges by reaches
that of the healthy twin less the noise, or after `--most` trainings. Both sides count all steps but those of the
training that is returned. Usage: python benchmarks/repair_random.py [--seeds 5] [--most 16] [CASE ...]
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
from gallery.case import find
from gallery.repaired import NOISE, judged, repaired, skill_of
from header import header

import trainwell as tw
from trainwell import engine
from trainwell.edits import edited
from trainwell.errors import EditError
from trainwell.remedies import Case, NoRemedy, all_remedies

SEARCHED = (
    "digits-adam-half",
    "digits-conv-sgd-one",
    "friedman-sgd-low",
    "own-wine-far-too-cold",
    "sigmoid-12",
    "narrow-relu-20",
    "residual-12-without-normalization",
    "digits-bottleneck",
    "own-recurrent-growth",
    "tanh-random-normal",
)
DRAWS = 500


def pool(diagnosis, spec):
    """Every candidate of every remedy, whatever was found."""
    found = {}
    for finding in diagnosis.findings:
        for name in finding.remedies:
            remedy = all_remedies()[name]
            try:
                candidates = list(remedy.propose(Case(finding, diagnosis.run, spec)))
            except (NoRemedy, EditError):
                continue
            for edits in candidates:
                found.setdefault("; ".join(map(str, edits)), tuple(edits))
    return list(found.values())


def random_search(case, seed, target, limit):
    """Steps of the trainings before the one that reaches the target, and whether one did before the limit of steps."""
    spec = case.build(seed)
    diagnosis = tw.diagnose(spec.compiled(), **spec.data, **spec.fit)
    spec = case.build(seed)
    candidates = pool(diagnosis, with_rows(spec))
    generator = np.random.default_rng(seed)
    steps = 0
    for _ in range(DRAWS):
        size = min(int(generator.integers(1, 4)), len(candidates))
        chosen = generator.choice(len(candidates), size=size, replace=False)
        edits = tuple(edit for at in chosen for edit in candidates[at])
        one = trained(case, seed, edits)
        if one is None:
            continue
        setting, taken = one
        if judged(case, spec, _Answer(setting, edits), seed) >= target:
            return steps, True
        steps += taken
        if steps > limit:
            break
    return steps, False


def trained(case, seed, edits):
    """The edited TrainingSpec after its training, and its steps; `None` where it cannot be trained."""
    try:
        one = edited(case.build(seed), edits, seed=seed)
        history = engine.fit(one.compiled(), **one.data, **one.fit, verbose=0)
    except Exception:  # noqa: BLE001 -- edits that do not go together are no trial
        return None
    return one, one.steps_per_epoch * len(history.epoch)


class _Answer:
    """What `judged` reads of a repair."""

    def __init__(self, spec, edits):
        self.spec, self.edits = spec, edits


def with_rows(spec):
    return replace(spec, fit={"batch_size": 32, **spec.fit})


def beside(ours, theirs, hit):
    """The median of random's steps, and our share of it; a bound where most of its searches were broken off."""
    middle = np.median(np.where(hit, theirs, np.inf))
    if np.isinf(middle):
        least = np.median(theirs)  # those broken off would have taken more
        return f"over {least:,.0f} | under {ours / least:.2f}"
    return f"{middle:,.0f} | {ours / middle:.2f}" if middle else "0 | random is there at once"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    print(header("Repair beside random search", given.seeds, "trainwell", "keras", "jax", "jaxlib"))
    print("| case | seeds | repair reaches | random reaches | repair's steps | random's steps | share |")
    print("|---|---|---|---|---|---|---|", flush=True)
    shares, totals = [], np.zeros(2)
    for name in given.cases or SEARCHED:
        rows = []
        for seed in range(given.seeds):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                case = find(name)
                found = repaired(case, seed)
                target = skill_of(case.twin, seed) - NOISE
                rows.append(
                    (found.reaches_twin, found.trial_steps, *random_search(case, seed, target, 5 * found.trial_steps))
                )
        reached, ours, theirs, hit = (np.array(column) for column in zip(*rows, strict=True))
        totals += [ours.sum(), theirs.sum()]
        shares += [one / other for one, other in zip(ours, theirs, strict=True) if other]
        told = f"{np.median(ours):,.0f} | {beside(np.median(ours), theirs, hit)}"
        print(f"| {name} | {len(rows)} | {reached.sum()} | {hit.sum()} | {told} |", flush=True)
    print(f"\nall steps together: {totals[0]:,.0f} and {totals[1]:,.0f}: {totals[0] / totals[1]:.2f}")
    print(f"share of random's steps, case by case and seed by seed: median {np.median(shares):.2f}")


if __name__ == "__main__":
    main()
