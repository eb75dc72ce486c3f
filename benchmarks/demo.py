"""The main job: `trainwell train fashion-mnist` with several seeds, dense and conv: test accuracy and seconds.

Each run is a process of its own, as a person starts it: imports, range test, training, report. Usage:
python benchmarks/demo.py [--net dense|conv] [--seeds 5]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from header import header


def run(net: str, seed: int, folder: Path) -> tuple[float, float]:
    """Test accuracy, and seconds of the whole process."""
    command = [sys.executable, "-c", "from trainwell.cli import main; main()", "train", "fashion-mnist", "--net", net]
    began = time.perf_counter()
    subprocess.run([*command, "--seed", str(seed), "--out", folder, "--overwrite"], check=True, capture_output=True)
    facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return facts["result"]["accuracy"], time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--net", default="dense")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    print(header(f"The main job, {arguments.net}", arguments.seeds, "trainwell", "keras", "jax"))
    with tempfile.TemporaryDirectory() as folder:
        runs = [run(arguments.net, seed, Path(folder) / "run") for seed in range(arguments.seeds)]
    for seed, (accuracy, seconds) in enumerate(runs):
        print(f"seed {seed}: test accuracy {accuracy:.4f}, {seconds:.1f} s")
    accuracy, seconds = np.median(runs, axis=0)
    print(f"median: test accuracy {accuracy:.4f}, {seconds:.1f} s")


if __name__ == "__main__":
    main()
