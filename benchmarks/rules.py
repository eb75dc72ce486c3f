"""How well the rules name what was planted in the gallery: both halves apart, over seeds.

    .venv/bin/python benchmarks/rules.py
    .venv/bin/python benchmarks/rules.py --seeds 5 --runs /tmp/gallery-runs

Prints for each half: on the sick, how often the planted fault is named first, how often it is named, how many faults
are named; on the healthy, how many faults and how much advice; over the seeds, how often the verdict stays the same;
then the confusion table of planted and named faults, and each rule's margins on sick and healthy.

One seed is judged from the recorded Runs of the gallery; what is stale there is counted, and judged as it is. With
`--runs` the Runs of all seeds are kept in a folder, and what is stale there is trained: after a change of thresholds
nothing is.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import gallery
from gallery.recording import Recordings

import trainwell as tw


def recorded(cases):
    """Verdicts on the recorded Runs of the gallery."""
    store = Recordings()
    print(f"{len(store.stale(cases))} of {len(cases)} recordings are stale (`make record`).")
    return [store.verdict(each) for each in cases]


def trained(cases, seeds, folder, processes):
    """Verdicts over seeds, trained as far as the folder does not hold them."""
    found = []
    for seed in range(seeds):
        store = Recordings(folder / str(seed), seed)
        for _ in store.record(store.stale(cases), processes):
            pass
        found += [store.verdict(each) for each in cases]
    return found


def table(rows: list[list[str]]) -> str:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "none"


def mean(numbers: list[int]) -> str:
    return f"{np.mean(numbers):.2f}" if numbers else "none"


def report_half(half: str, verdicts: list) -> None:
    sick = [each for each in verdicts if each.planted]
    healthy = [each for each in verdicts if not each.planted]
    print(f"\n## {half}: {len(sick)} sick and {len(healthy)} healthy verdicts")
    print("planted fault named first  ", share(sum(each.is_right for each in sick), len(sick)))
    print("planted fault named        ", share(sum(each.planted in each.named for each in sick), len(sick)))
    print("faults named on a sick     ", mean([len(each.named) for each in sick]))
    print("healthy without a fault    ", share(sum(not each.named for each in healthy), len(healthy)))
    print(
        "advice on a healthy        ", f"{np.mean([len(each.advice) for each in healthy]):.2f}" if healthy else "none"
    )
    for each in verdicts:
        if not each.is_right:
            also = f", told as consequences {', '.join(each.consequences)}" if each.consequences else ""
            print(
                f"  {each.case}: planted {each.planted or 'nothing'}, named {', '.join(each.named) or 'nothing'}{also}"
            )


def report_stability(by_case: dict) -> None:
    pairs = same = 0
    for verdicts in by_case.values():
        (usual, _), *_ = Counter(each.named[:1] for each in verdicts).most_common(1)
        pairs += len(verdicts)
        same += sum(each.named[:1] == usual for each in verdicts)
    print(f"\nThe verdict is its case's usual one in {share(same, pairs)} pairs of case and seed.")


def report_confusion(verdicts: list) -> None:
    print("\n## Planted and first named")
    found: dict[str, Counter] = defaultdict(Counter)
    for each in verdicts:
        found[each.planted or "(healthy)"][each.named[0] if each.named else "(nothing)"] += 1
    named = {planted: ", ".join(f"{name} {count}" for name, count in found[planted].most_common()) for planted in found}
    print(table([["planted", "first named"], *([planted, named[planted]] for planted in sorted(found))]))


def report_margins(verdicts: list) -> None:
    print("\n## Margins, in doublings of the threshold: positive is a fault")
    rows = [["rule", "planted: lowest", "median", "healthy: highest", "apart"]]
    names = sorted({each.planted for each in verdicts if each.planted})
    for name in names:
        sick = [each.margins[name] for each in verdicts if each.planted == name and name in each.margins]
        well = [each.margins[name] for each in verdicts if not each.planted and name in each.margins]
        low = f"{min(sick):+.2f}" if sick else "-"
        middle = f"{np.median(sick):+.2f}" if sick else "-"
        high = f"{max(well):+.2f}" if well else "-"
        apart = f"{min(sick) - max(well):+.2f}" if sick and well else "-"
        rows.append([name, low, middle, high, apart])
    print(table(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--half", choices=("frozen", "own", "both", "blind", "forum"), default="both")
    parser.add_argument("--runs", help="folder that keeps the Runs of all seeds")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    halves = ("frozen", "own") if arguments.half == "both" else (arguments.half,)
    cases = [each for half in halves for each in (*gallery.sick(half), *gallery.healthy(half))]
    began = time.monotonic()
    if arguments.seeds == 1 and not arguments.runs:
        verdicts = recorded(cases)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(arguments.runs or scratch)
            verdicts = trained(cases, arguments.seeds, folder, arguments.processes)
    print(
        f"trainwell {tw.__version__}, {os.cpu_count()} cores, {arguments.seeds} seeds, {time.monotonic() - began:.0f} s"
    )
    by_case: dict[str, list] = defaultdict(list)
    for each in verdicts:
        by_case[each.case].append(each)
    for half in halves:
        report_half(half, [each for each in verdicts if each.half == half])
    report_stability(by_case)
    report_confusion(verdicts)
    report_margins(verdicts)


if __name__ == "__main__":
    main()
