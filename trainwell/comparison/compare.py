"""`tw.compare`: choices of one thing side by side on one's own data, with what the seeds alone would scatter.

Choices are made by the validation part; the test part is not looked at, so that it can still judge the winner. One
network, one batch size and one number of epochs: what needs longer than these to get ahead comes out behind.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from trainwell import datasets, progress
from trainwell.comparison.kinds import find_choices, find_kind
from trainwell.comparison.noise import CONFIDENCE, against_best
from trainwell.comparison.training import ComparisonPlan, find_rate, train_choice
from trainwell.engine import compile_cache, require_jax
from trainwell.errors import InputError
from trainwell.recipes import find_recipe
from trainwell.recording import machine, versions
from trainwell.report.comparison.result import Comparison, Outcome
from trainwell.report.comparison.wording import done, rate
from trainwell.report.progress import show_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainwell.datasets.dataset import Task
    from trainwell.training_spec import TrainingSpec

_FEWEST_SEEDS = 2
_FEW_LAYERS = 3  # from more on, equal layers are counted
_LARGEST_SEED = 2**32 - 1  # what NumPy takes


@compile_cache.kept()
def compare(
    source: str,
    *,
    over: str,
    choices: Sequence[str] | None = None,
    seeds: int = 5,
    epochs: int = 10,
    recipe: str = "default",
    net: str | None = None,
    depth: int | None = None,
    units: int | None = None,
    batch_size: int = 32,
    seed: int = 0,
    say: Callable[[str], None] = progress.say,
    verbose: int | str = "auto",
    target: str | None = None,
    task: Task | None = None,
    split_column: str | None = None,
    group_column: str | None = None,
    drop: Sequence[str] = (),
    validation_share: float | None = None,
    test_share: float | None = None,
) -> Comparison:
    """Trains a recipe's network on `source` with one thing varied, each choice from the same seeds.

    Args:
        source: a built-in name, a CSV, Parquet or npz file, or a folder of images.
        over: what to vary: `"activation"`, `"initializer"`, `"optimizer"`, `"schedule"`, `"normalization"`,
            `"regularization"` or `"recipe"`.
        choices: names of those to compare, at least two; the usual ones where not given.
        seeds: how many trainings of each choice, at least 2.
        epochs: epochs of each training, at least 1.
        recipe: where each choice starts from: `"default"` or `"self-normalizing"`.
        net: `"dense"` or `"conv"`.
        depth: hidden layers, or convolution blocks.
        units: units of each hidden layer, or filters of the first convolution.
        batch_size: rows per step.
        seed: seed of the split, and the first of the trainings' seeds, which count up from it.
        say: called with each sentence for the user; by default they are shown with the progress.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each training and result, 0 is silent. All goes to standard error.
        target: the column to predict; for tables only.
        task: `"binary"`, `"multi-class"` or `"regression"`; inferred from the target by default.
        split_column: the column that assigns each row to a part; for tables only.
        group_column: rows with equal values in this column stay in one part; for tables only.
        drop: columns that are not used as inputs; for tables only.
        validation_share: share of the rows for validation, between 0 and 1; see `trainwell.datasets.load`.
        test_share: share of the rows for the test, between 0 and 1; see `trainwell.datasets.load`.

    Returns:
        The choices with their scores, curves and times, the best first. Ctrl-C ends it after the choices that are
        complete, the others being `left_out`.

    Raises:
        InputError: something given cannot be used.
        KeyboardInterrupt: on Ctrl-C before the first choice was complete.

    Example:
        >>> found = compare("digits", over="optimizer", choices=["sgd", "nadam"], seeds=2, epochs=1, say=lambda _: None)
        >>> sorted(outcome.choice for outcome in found.outcomes)
        ['nadam', 'sgd']
    """
    require_jax("tw.compare")
    kind = find_kind(over)
    chosen = find_choices(kind, choices)
    base = find_recipe(recipe)
    base.check(net=net, depth=depth, units=units, epochs=epochs, batch_size=batch_size)
    _check(seeds, seed)
    began = time.perf_counter()
    with show_progress(verbose):
        with progress.stage("Reading the data"):
            dataset = datasets.load(
                source,
                seed=seed,
                target=target,
                task=task,
                split_column=split_column,
                group_column=group_column,
                drop=drop,
                validation_share=validation_share,
                test_share=test_share,
            )
        for note in dataset.notes:
            say(note)
        plan = ComparisonPlan(dataset, base, epochs, tuple(range(seed, seed + seeds)), net, depth, units, batch_size)
        spec = plan.spec(base)
        for note in spec.notes:
            say(note)
        say(f"Comparing {len(chosen)} {kind.plural}, each from {seeds} seeds for {epochs} epochs of {dataset.name}.")
        shared = None
        outcomes: list[Outcome] = []
        interrupted = False
        try:
            if kind.one_rate_for_all is not None:
                bare = kind.one_rate_for_all(base)
                shared = find_rate(plan, kind, plan.spec(bare), bare)
                say(f"One learning rate for all: {rate(shared.value, found=shared.found)}.")
            with progress.stage("", len(chosen)):
                for number, choice in enumerate(chosen, start=1):
                    with progress.stage(f"Training with {choice.name} ({number} of {len(chosen)})"):
                        outcomes.append(train_choice(plan, kind, choice, shared))
                    say(f"{number}/{len(chosen)} {done(outcomes[-1], spec.compile['metrics'][0])}")
        except KeyboardInterrupt:
            if not outcomes:
                raise
            interrupted = True
            say(f"Stopped by Ctrl-C. The {len(outcomes)} of {len(chosen)} choices that are complete are kept.")
    higher = dataset.task != "regression"
    resolution = 1 / len(dataset.validation) if higher else 0.0
    return Comparison(
        source=dataset.name,
        over=kind.name,
        plural=kind.plural,
        outcomes=judged(outcomes, higher_is_better=higher, resolution=resolution),
        metric=spec.compile["metrics"][0],
        higher_is_better=higher,
        target=dataset.target,
        rows={"train": len(dataset.train), "validation": len(dataset.validation)},
        network=_network(spec),
        recipe=recipe,
        epochs=epochs,
        batch_size=batch_size,
        seeds=plan.seeds,
        rule=kind.rule,
        confidence=CONFIDENCE,
        seconds=time.perf_counter() - began,
        left_out=tuple(choice.name for choice in chosen[len(outcomes) :]) if interrupted else (),
        notes=(*dataset.notes, *spec.notes),
        facts={"versions": versions(), "machine": machine().to_plain()},
    )


def judged(outcomes: Sequence[Outcome], *, higher_is_better: bool, resolution: float) -> tuple[Outcome, ...]:
    """The outcomes with their standing, best first; those that diverged from any seed are last and not tested.

    Args:
        outcomes: in any order, from the same seeds.
        higher_is_better: of the score.
        resolution: the smallest difference that the score can show.
    """
    whole = [outcome for outcome in outcomes if not outcome.diverged]
    lost = [replace(outcome, standing="diverged") for outcome in outcomes if outcome.diverged]
    if not whole:
        return tuple(lost)
    sign = 1.0 if higher_is_better else -1.0
    against = against_best(sign * np.stack([outcome.scores for outcome in whole]), resolution)
    tested = [
        replace(
            outcome,
            standing="best" if place == against.best else "worse" if against.worse[place] else "within the noise",
            behind=float(against.behind[place]),
            behind_at_least=float(against.at_least[place]),
            p=float(against.p[place]),
        )
        for place, outcome in enumerate(whole)
    ]
    return (*sorted(tested, key=lambda outcome: outcome.behind), *lost)


def _network(spec: TrainingSpec) -> str:
    """`dense 300-100`: the kind of net and the sizes of its hidden layers."""
    layers = [layer for layer in spec.model.layers if hasattr(layer, "kernel_initializer") and layer.name != "output"]
    sizes = [getattr(layer, "units", None) or layer.filters for layer in layers]
    kind = spec.model.name.rsplit("_", 1)[-1]
    if len(set(sizes)) == 1 and len(sizes) > _FEW_LAYERS:
        return f"{kind} {len(sizes)}×{sizes[0]}"
    return f"{kind} {'-'.join(map(str, sizes))}"


def _check(seeds: int, seed: int) -> None:
    if seeds < _FEWEST_SEEDS:
        raise InputError(
            f"--seeds must be at least {_FEWEST_SEEDS}, not {seeds}: one training shows no spread.",
            "Five tell small differences from noise, three only large ones.",
        )
    if not 0 <= seed <= _LARGEST_SEED - seeds:
        raise InputError(
            f"--seed must be a whole number from 0 to {_LARGEST_SEED - seeds}, not {seed}.", "Any of these will do."
        )
