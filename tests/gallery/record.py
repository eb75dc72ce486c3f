"""Train what is stale among the recorded Runs of the gallery, or check them.

    make record                                       # trains what is stale, and keeps it
    .venv/bin/python tests/gallery/record.py --check  # trains some of what is stale, and compares the verdicts
    .venv/bin/python tests/gallery/record.py --trust  # the same, and takes the others as they are
    .venv/bin/python tests/gallery/record.py --all    # trains everything

Recording can be interrupted at any time, and goes on where it was.

`--trust` is for changes of the sources that change no Run: names, structure, speed. It first trains a sample of what is
stale; where a verdict, the number of steps or the names of the signals differ, nothing is trusted. It may not be used
where a change is meant to change what is recorded.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gallery
from gallery.recording import Recordings, differences, same, trained_apart

SAMPLE = 12  # cases that stand for all that is stale


def progress(done: int, total: int, began: float, name: str) -> None:
    passed = time.monotonic() - began
    left = passed / done * (total - done)
    print(f"{done} of {total}  {name}  {passed / 60:.0f} min, about {left / 60:.0f} min left", flush=True)


def record(store: Recordings, cases: list, processes: int) -> None:
    began = time.monotonic()
    for done, case in enumerate(store.record(cases, processes), 1):
        progress(done, len(cases), began, case.name)


def sample_differs(store: Recordings, stale: list, size: int, processes: int) -> bool:
    """Train some stale cases, print where they differ from their recordings, and return True if any does."""
    differs, equal = False, 0
    chosen = stale[:size]
    began = time.monotonic()
    for done, (case, run) in enumerate(trained_apart(chosen, store.seed, processes), 1):
        progress(done, len(chosen), began, case.name)
        recorded = store.run(case)
        equal += same(recorded, run)
        for each in differences(recorded, run, case):
            differs = True
            print(f"  {case.name}: {each}")
    print(f"{len(chosen)} of {len(stale)} stale cases trained; {equal} gave the recorded Run bit for bit.")
    return differs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--all", action="store_true", help="train everything, stale or not")
    what.add_argument("--check", action="store_true", help="train a sample of what is stale, and keep nothing")
    what.add_argument("--trust", action="store_true", help="as --check; where nothing differs, nothing counts as stale")
    parser.add_argument("--sample", type=int, default=SAMPLE, help=f"cases that --check and --trust train ({SAMPLE})")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("cases", nargs="*", help="names of cases; all of them where none is given")
    chosen = parser.parse_args()
    store = Recordings()
    cases = [gallery.find(each) for each in chosen.cases] or gallery.every()
    if chosen.all:
        record(store, cases, chosen.processes)
        return 0
    stale = store.stale(cases)
    print(f"{len(stale)} of {len(cases)} recordings are stale.", flush=True)
    if not stale:
        return 0
    if not (chosen.check or chosen.trust):
        record(store, stale, chosen.processes)
        return 0
    stale = [each for each in stale if store.holds(each)]  # there is nothing to compare the others with
    if sample_differs(store, stale, chosen.sample, chosen.processes):
        print("The recordings do not stand for the present sources: run `make record`, and look at what changed.")
        return 1
    if chosen.trust:
        store.trust(stale)
        print(f"{len(stale)} recordings are taken as they are.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
