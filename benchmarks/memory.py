"""Memory of one process after many trainings of freshly built models, `tw` beside Keras's own `fit` on JAX.

Each row of the table is a process of its own. It builds a small net (64-256-256-10, Adam, 1.0 MiB with the optimizer's
values), trains it on 2,000 rows, drops it, and counts what the process holds; then it does so again. `net` says whether
each call builds the same net or one with another width, as a tuner does. `between` says what the caller does after each
call: nothing, `keras.backend.clear_session()`, or that and `jax.clear_caches()`.

The slope is a line through the resident memory after each call of the last half. Arrays, programs (compiled
executables), models, open files and threads are given after the first call, at their highest, and after the last call
and one `gc.collect()`. Only Linux tells resident memory, files and threads in the way that is read here.
Usage: python benchmarks/memory.py [--scale 1.0] [--json FILE] [--figure FILE] [ROW ...]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from header import header

CALLS = {"keras": 40, "fit": 40, "find_lr": 20, "diagnose": 15, "repair": 5}
NAMES = {"keras": "Keras's fit", **{name: f"tw.{name}" for name in ("fit", "find_lr", "diagnose", "repair")}}
BETWEEN = ("nothing", "clear_session", "clear_caches")
ROWS = {
    "keras": ("keras", "same", "nothing"),
    "fit": ("fit", "same", "nothing"),
    "keras-widths": ("keras", "other widths", "nothing"),
    "fit-widths": ("fit", "other widths", "nothing"),
    "keras-widths-clear": ("keras", "other widths", "clear_session"),
    "fit-widths-clear": ("fit", "other widths", "clear_session"),
    "keras-widths-caches": ("keras", "other widths", "clear_caches"),
    "fit-widths-caches": ("fit", "other widths", "clear_caches"),
    "find_lr": ("find_lr", "same", "nothing"),
    "diagnose": ("diagnose", "same", "nothing"),
    "repair": ("repair", "same", "nothing"),
}
WIDTH = 256
COUNTS = ("arrays", "array MiB", "programs", "models", "files", "threads")


def one(row: str, calls: int) -> None:
    """Prints, as JSON, what this process holds after each of `calls` calls, and after a last `gc.collect()`."""
    import jax  # noqa: PLC0415 -- as below

    import trainwell as tw  # noqa: PLC0415 -- before Keras, and not in the process that only starts others

    import keras  # noqa: PLC0415 # isort: skip -- after trainwell, which chooses the backend

    call, net, between = ROWS[row]
    x = np.random.default_rng(0).normal(size=(2000, 64)).astype("float32")
    y = np.argmax(x[:, :10] + x[:, 10:20] ** 2, axis=1).astype("int32")
    held = {"validation_data": (x[1600:], y[1600:]), "epochs": 4}

    def build(number):
        keras.utils.set_random_seed(0)
        width = WIDTH + (number if net == "other widths" else 0)
        hidden = [keras.layers.Dense(width, "relu", kernel_initializer="he_normal") for _ in range(2)]
        model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10, "softmax")])
        rate = 1.0 if call == "repair" else 1e-3  # so that there is something to repair
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    functions = {
        "keras": lambda model: model.fit(x, y, epochs=2, verbose=0),
        "fit": lambda model: tw.fit(model, x, y, epochs=2, verbose=0),
        "find_lr": lambda model: tw.find_lr(model, x, y),
        "diagnose": lambda model: tw.diagnose(model, x[:1600], y[:1600], **held),
        "repair": lambda model: tw.repair(model, x[:1600], y[:1600], **held),
    }

    def counted():
        alive = jax.live_arrays()
        return {
            "RSS MiB": int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20,
            "arrays": len(alive),
            "array MiB": sum(array.nbytes for array in alive) / 2**20,
            "programs": len(jax.devices()[0].client.live_executables()),
            "models": sum(issubclass(type(each), keras.Model) for each in gc.get_objects()),
            "files": len(list(Path("/proc/self/fd").iterdir())),
            "threads": len(list(Path("/proc/self/task").iterdir())),
        }

    after = []
    for number in range(calls):
        functions[call](build(number))
        if between != "nothing":
            keras.backend.clear_session()
        if between == "clear_caches":
            jax.clear_caches()
        after.append(counted())
    gc.collect()
    print(json.dumps({"after": after, "collected": counted()}))


def started(row: str, calls: int) -> dict:
    command = [sys.executable, __file__, "--one", row, "--calls", str(calls)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def slope(memory: list[float]) -> float:
    """MiB a call, of a line through the last half of the calls."""
    half = memory[len(memory) // 2 :]
    return float(np.polyfit(np.arange(len(half)), half, 1)[0]) if len(half) > 1 else float("nan")


def line(row: str, found: dict) -> str:
    """One row of the table."""
    call, net, between = ROWS[row]
    after, collected = found["after"], found["collected"]
    memory = [each["RSS MiB"] for each in after]
    places = np.unique(np.linspace(0, len(memory) - 1, 5).round().astype(int))
    curve = ", ".join(f"{memory[place]:.0f}" for place in places)
    counts = [
        f"{after[0][name]:.0f} / {max(each[name] for each in after):.0f} / {collected[name]:.0f}" for name in COUNTS
    ]
    cells = [NAMES[call], net, between, str(len(after)), curve, f"{slope(memory):+.2f}", *counts]
    return f"| {' | '.join(cells)} |"


def draw(found: dict[str, dict], path: Path) -> None:
    """Saves the curves of resident memory over calls as a figure."""
    from matplotlib.figure import Figure  # noqa: PLC0415 -- slow to load, and for those who ask for it

    figure = Figure((7, 4.5), layout="constrained")
    axes = figure.subplots()
    for row, each in found.items():
        memory = [after["RSS MiB"] for after in each["after"]]
        axes.plot(np.arange(1, len(memory) + 1), memory, label=row)
    axes.set_xlabel("calls")
    axes.set_ylabel("resident memory, MiB")
    axes.legend(fontsize="small")
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", default=list(ROWS), metavar="ROW", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="times the number of calls of each row")
    parser.add_argument("--json", type=Path, help="save what was counted after each call")
    parser.add_argument("--figure", type=Path, help="save the curves of resident memory")
    parser.add_argument("--one", choices=ROWS, help=argparse.SUPPRESS)
    parser.add_argument("--calls", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    unknown = [row for row in arguments.rows if row not in ROWS]
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}; choose from {', '.join(ROWS)}")
    if arguments.one:
        one(arguments.one, arguments.calls)
        return
    print(header("Memory after repeated trainings in one process", 1, "trainwell", "keras", "jax", "jaxlib"))
    print("Counts: after the first call / highest / after the last call and gc.collect()\n")
    print(f"| call | net | between | calls | RSS MiB along the way | slope, MiB a call | {' | '.join(COUNTS)} |")
    print("|" + "---|" * (6 + len(COUNTS)))
    found = {}
    for row in arguments.rows:
        found[row] = started(row, max(2, round(arguments.scale * CALLS[ROWS[row][0]])))
        print(line(row, found[row]), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if arguments.figure:
        draw(found, arguments.figure)


if __name__ == "__main__":
    main()
