"""Seconds until the chapter's printed result is reached: trainwell's own recipe beside the notes' recipe on TensorFlow.

For each experiment: from the arrays in memory and the imports done to the end of the first validation whose accuracy is
at least the last one that the notes print. Building, range test, compiling and all validations before are included;
imports are listed apart. Both sides have the notes' split (the first 5,000 rows judge), batch 32, and a process of
their own for each seed; they take turns.

trainwell's side is what `trainwell train fashion-mnist` takes, as it stands: `default` for the dense nets, `--recipe
self-normalizing --depth 100` for the hundred layers of SELU, `--depth 100` for those of ReLU; the peak rate from the
range test, 1cycle over the recipe's own number of epochs (or `--epochs`), a validation every 191 steps (nine an epoch).
With `--same-net` it trains the notes' net and inputs instead, with the recipe's optimizer, the range test, and 1cycle
over the notes' number of epochs. Cold is a process with an empty folder of compiled programs, warm the next one with
the same folder and seed. The notes' side is Keras on TensorFlow with the notes' net, SGD 1e-3, a validation every epoch
as the notes have it, and twice their epochs to get there. A side that does not get there counts as slower than any that
does. The transfer experiment has no side of its own here: its recipe is the notes'.

    python -m venv ENV && ENV/bin/pip install tensorflow-cpu keras==3.15.1

Usage: python benchmarks/time_to_result.py [--seeds 3] [--tensorflow ENV/bin/python] [--epochs N] [--same-net]
[NAME ...]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from header import header, spread

PEER = Path(__file__).parent / "peers" / "keras_tensorflow_result.py"
EVERY = 191  # steps between two validations of our side: nine in an epoch of 1,719
PATIENCE = 2  # times the notes' epochs
RECIPES = {  # ours, its depth, and the notes' net of nets.py
    "leaky-relu": ("default", None, "leaky_relu"),
    "batch-norm": ("default", None, "batch_normalization"),
    "selu-100": ("self-normalizing", 100, "selu_100"),
    "relu-100": ("default", 100, "relu_100"),
}
BARS = {"leaky-relu": 0.1, "batch-norm": 0.1, "selu-100": 0.2, "relu-100": 0.2}  # ours / theirs


def ours(name, seed, target, epochs, *, same_net):
    """One training by trainwell's recipe, or of the notes' net in its way, in this process."""
    began = time.perf_counter()
    import dataclasses  # noqa: PLC0415 -- after the clock, and not in the process that only starts others

    import trainwell as tw  # noqa: PLC0415

    import keras  # noqa: PLC0415 # isort: skip -- after trainwell, which chooses the backend
    import nets  # noqa: PLC0415 # isort: skip -- the same
    from trainwell.datasets.dataset import Part  # noqa: PLC0415
    from trainwell.recipes import find_recipe  # noqa: PLC0415
    from trainwell.reproduce import EXPERIMENTS  # noqa: PLC0415
    from trainwell.reproduce.data import load_pictures, prepare  # noqa: PLC0415
    from trainwell.training_spec import TrainingSpec  # noqa: PLC0415

    fit, find_lr = tw.fit, tw.find_lr  # loads the engine
    imports = time.perf_counter() - began

    pictures, _ = load_pictures()
    x, y, rows = pictures.x_train, pictures.y_train.astype("int32"), np.arange(len(pictures.y_train))
    parts = {"validation": Part(x[:5000], y[:5000], rows[:5000]), "train": Part(x[5000:], y[5000:], rows[5000:])}
    dataset = dataclasses.replace(tw.datasets.load("fashion-mnist"), **parts)
    recipe_name, depth, net = RECIPES[name]
    recipe = find_recipe(recipe_name)
    experiment = EXPERIMENTS[name]
    prepared = prepare(pictures, experiment.preparation) if same_net else None

    def make_setup():
        if prepared is None:
            return recipe.spec(dataset, depth=depth, epochs=epochs)
        model = nets.build(net, seed)
        loss = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
        data = {"x": prepared.x, "y": prepared.y, "validation_data": prepared.validation}
        how = {"epochs": epochs or experiment.epochs, "batch_size": experiment.batch_size}
        return TrainingSpec(model, {"optimizer": recipe.make_optimizer(1e-3), **loss}, data, how)

    class StopAt(keras.callbacks.Callback):
        seconds, reached = None, []

        def on_epoch_end(self, epoch, logs=None):
            del epoch
            self.reached.append(round(logs["val_accuracy"], 4))
            if self.reached[-1] >= target:
                self.seconds = time.perf_counter() - began
                self.model.stop_training = True

    began = time.perf_counter()
    keras.utils.set_random_seed(seed)
    spec = make_setup()
    built = time.perf_counter() - began
    search = find_lr(spec.compiled(), spec.data["x"], spec.data["y"], seed=seed)
    searched = time.perf_counter() - began
    schedule = recipe.follow_one_cycle(spec, recipe.peak_rate(search))
    watch = StopAt()
    arguments = {**spec.fit, "epochs": -(-schedule.steps // EVERY), "steps_per_epoch": EVERY}
    fit(spec.compiled(), **spec.data, **arguments, verbose=0, callbacks=[watch])
    whole = {
        "imports": imports,
        "seconds": watch.seconds,
        "built": built,
        "searched": searched,
        "peak": recipe.peak_rate(search),
    }
    return {**whole, "epochs": spec.fit["epochs"], "reached": watch.reached}


def ours_in_a_new_process(name, seed, target, arguments, folder):
    environment = {**os.environ, "TRAINWELL_COMPILE_CACHE": str(folder)}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    asked = [sys.executable, __file__, "--in-this-process", name, "--seed", str(seed), "--target", str(target)]
    asked += ["--same-net"] if arguments.same_net else []
    return _answer([*asked, *(["--epochs", str(arguments.epochs)] if arguments.epochs else [])], environment)


def theirs_in_a_new_process(python, name, seed, target, path, epochs):
    return _answer([python, PEER, RECIPES[name][2], path, str(seed), str(target), str(epochs)], os.environ)


def _answer(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def measure(name, experiment, target, arguments, folder):
    """By side, an answer for each seed."""
    sides = {"cold": [], "warm": [], "theirs": []}
    path = Path(folder) / f"{name}.npz"
    if arguments.tensorflow:
        _write_arrays(path, experiment)
    for seed in range(arguments.seeds):
        compiled = Path(folder) / f"{name}-{seed}"
        for side in ("cold", "warm"):
            sides[side].append(ours_in_a_new_process(name, seed, target, arguments, compiled))
        if arguments.tensorflow:
            epochs = PATIENCE * experiment.epochs
            answer = theirs_in_a_new_process(arguments.tensorflow, name, seed, target, path, epochs)
            sides["theirs"].append(answer)
    return sides


def _write_arrays(path, experiment):
    from trainwell.reproduce.data import load_pictures, prepare  # noqa: PLC0415 -- loads trainwell

    data = prepare(load_pictures()[0], experiment.preparation)
    np.savez(path, x=data.x, y=data.y, x_validation=data.validation[0], y_validation=data.validation[1])


def times(answers):
    return np.array([np.inf if answer["seconds"] is None else answer["seconds"] for answer in answers])


def told(values):
    if not len(values):
        return "–"
    if np.isinf(values).all():
        return "not reached"
    late = f", {np.isinf(values).sum()} of {len(values)} not reached" if np.isinf(values).any() else ""
    return spread(values[np.isfinite(values)]) + late


def ratio(one, other):
    """Ours by theirs, seed by seed: 0 where only we got there, infinite where only they did."""
    if not len(one) or not len(other):
        return "–"
    known = np.isfinite(one) | np.isfinite(other)
    return told(one[known] / other[known]) if known.any() else "–"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(RECIPES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tensorflow", help="a Python that has tensorflow-cpu and keras")
    parser.add_argument("--epochs", type=int, help="of 1cycle; the recipe's own where not given")
    parser.add_argument("--same-net", action="store_true", help="the notes' net in our way, in place of the recipe's")
    parser.add_argument("--details", action="store_true", help="print every answer, too")
    parser.add_argument("--in-this-process", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--target", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.in_this_process:
        asked = (arguments.in_this_process, arguments.seed, arguments.target, arguments.epochs)
        print(json.dumps(ours(*asked, same_net=arguments.same_net)))
        return
    from trainwell.reproduce import EXPERIMENTS  # noqa: PLC0415 -- not in the timed process

    print(header("Time to the chapter's result", arguments.seeds, "trainwell", "keras", "jax", "jaxlib"))
    print(f"trainwell's side: {'the net of the notes' if arguments.same_net else 'its own recipe'}.\n")
    print("| experiment | to reach | trainwell cold, s | warm, s | notes on TensorFlow, s | cold / notes | aim |")
    print("|---|---|---|---|---|---|---|")
    imports = {"trainwell": [], "TensorFlow": []}
    for name in arguments.names:
        experiment = EXPERIMENTS[name]
        target = experiment.printed["validation"][-1]
        with tempfile.TemporaryDirectory() as folder:
            sides = measure(name, experiment, target, arguments, folder)
        cold, warm, theirs = (times(sides[side]) for side in ("cold", "warm", "theirs"))
        cells = (name, f"{target:.4f}", told(cold), told(warm), told(theirs), ratio(cold, theirs), f"≤ {BARS[name]}")
        print(f"| {' | '.join(cells)} |", flush=True)
        imports["trainwell"] += [answer["imports"] for side in ("cold", "warm") for answer in sides[side]]
        imports["TensorFlow"] += [answer["imports"] for answer in sides["theirs"]]
        if arguments.details:
            for side, answers in sides.items():
                for answer in answers:
                    print(f"  {side}: {json.dumps(answer)}", flush=True)
    print("\nImports, s: " + "; ".join(f"{name} {spread(values)}" for name, values in imports.items() if values))


if __name__ == "__main__":
    main()
