"""The learning rate for a recipe's network on a source of data: the whole of `trainwell find-lr` without a terminal.

The network, its data and its seeds are those that `trainwell train` would take, so the rate is the one it would find.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from trainwell import datasets, progress
from trainwell.errors import InputError
from trainwell.recipes import find_recipe
from trainwell.report.progress import show_progress
from trainwell.techniques import LearningRateSearch, LearningRateTrials, find_lr, try_learning_rates
from trainwell.techniques.learning_rate_rules import find_rule

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class RateSearch:
    """What was found.

    Args:
        source: the Dataset's name.
        network: name of the network.
        optimizer: Keras's name of the optimizer.
        batch_size: rows per step.
        search: the range test.
        peak: the peak of 1cycle that `trainwell train` would take from it.
        trials: trainings at several rates, where they were asked for.
    """

    source: str
    network: str
    optimizer: str
    batch_size: int
    search: LearningRateSearch
    peak: float
    trials: LearningRateTrials | None


def search_learning_rate(
    source: str,
    *,
    recipe: str = "default",
    net: str | None = None,
    depth: int | None = None,
    units: int | None = None,
    batch_size: int = 32,
    rule: str = "fall",
    trainings: bool = False,
    steps: int = 200,
    seed: int = 0,
    say: Callable[[str], None] = progress.say,
    verbose: int | str = "auto",
    **loading: Any,
) -> RateSearch:
    """Makes the range test for a recipe's network on `source`.

    Args:
        source: a built-in name, a CSV, Parquet or npz file, or a folder of images.
        recipe: `"default"` or `"self-normalizing"`.
        net: `"dense"` or `"conv"`.
        depth: hidden layers, or convolution blocks.
        units: units of each hidden layer, or filters of the first convolution.
        batch_size: rows per step.
        rule: how the suggestion is read off the curve, as `tw.find_lr` takes it.
        trainings: train at eleven rates, too, each for `steps` steps.
        steps: steps of the range test, and of each training.
        seed: seed of split, initial weights and order of rows. Sets Python's, NumPy's and Keras's generators.
        say: called with each sentence for the user; by default they are shown with the progress.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and result, 0 is silent. All goes to standard error.
        **loading: `target`, `task`, `split_column`, `group_column`, `drop`, as `trainwell.datasets.load` takes them.

    Raises:
        InputError: something given cannot be used.
    """
    chosen = find_recipe(recipe)
    find_rule(rule)
    chosen.check(net=net, depth=depth, units=units, batch_size=batch_size, steps=steps)
    if not 0 <= seed < 2**32:
        raise InputError(f"--seed must be a whole number from 0 to {2**32 - 1}, not {seed}.", "Any of these will do.")
    with show_progress(verbose):
        with progress.stage("Reading the data"):
            dataset = datasets.load(source, seed=seed, **loading)
        for note in dataset.notes:
            say(note)
        keras.utils.set_random_seed(seed)
        spec = chosen.spec(dataset, net=net, depth=depth, units=units, batch_size=batch_size)  # pyright: ignore[reportArgumentType] -- checked above
        for note in spec.notes:
            say(note)
        model, x, y = spec.compiled(), spec.data["x"], spec.data["y"]
        search = find_lr(model, x, y, batch_size=batch_size, steps=steps, seed=seed, rule=rule)
        trials = None
        if trainings:
            held_out = spec.data["validation_data"]
            with progress.stage("Training at eleven learning rates"):
                trials = try_learning_rates(
                    model, x, y, steps=steps, batch_size=batch_size, validation_data=held_out, seed=seed
                )
    return RateSearch(
        dataset.name, spec.model.name, chosen.optimizer, batch_size, search, chosen.peak_rate(search), trials
    )
