"""Runs the chapter's experiments over seeds, keeps each result, and sets printed and measured beside each other.

Everything that is done is on disk when the next training begins, so a second call goes on where the first ended. It is
no place for experiments of one's own: `trainwell compare` is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainwell import progress
from trainwell.errors import InputError
from trainwell.report.progress import show_progress
from trainwell.report.wording import duration, plural
from trainwell.reproduce.comparison import FigureComparison, compare
from trainwell.reproduce.data import load_pictures, prepare
from trainwell.reproduce.experiment import VALIDATION
from trainwell.reproduce.experiments import ALL, EXPERIMENTS, find_experiments
from trainwell.reproduce.results import Results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from trainwell.reproduce.data import Pictures
    from trainwell.reproduce.experiment import Experiment


@dataclass(frozen=True)
class Reproduction:
    """What stands in a folder after a call.

    Args:
        comparisons: of every experiment that has results there, in the notes' order; also of earlier calls.
        folder: where.
        versions: that all results were made with.
        rows: training rows of the data.
    """

    comparisons: tuple[FigureComparison, ...]
    folder: Path
    versions: dict[str, str]
    rows: int


def reproduce(
    name: str = ALL,
    *,
    seeds: int | None = None,
    out: str | Path = "runs/reproduce",
    say: Callable[[str], None] = progress.say,
    verbose: int | str = "auto",
    pictures: Pictures | None = None,
    experiments: Mapping[str, Experiment] = EXPERIMENTS,
) -> Reproduction:
    """Trains what is missing of an experiment, or of all of them, and compares.

    Args:
        name: of an experiment, or `"all"`.
        seeds: seeds 0, 1, ... of each experiment, at least 1; 10 where not given, 5 of the nets of 100 layers.
        out: folder for results, page and figures. Results that are there count, and are not made again.
        say: called with each sentence for the user; by default they are shown with the progress.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each training and result, 0 is silent. All goes to standard error.
        pictures: other data than Fashion-MNIST, in the same form.
        experiments: other experiments than the chapter's, by name.

    Returns:
        Every comparison that can be made in `out`, where page and figures are written as well.

    Raises:
        InputError: an argument, or what stands in `out`, cannot be used.
        KeyboardInterrupt: on Ctrl-C; the seeds that were done are kept.
    """
    chosen = find_experiments(name) if experiments is EXPERIMENTS else list(experiments.values())
    if seeds is not None and seeds < 1:
        raise InputError(f"--seeds must be at least 1, not {seeds}.", "Leave it out for the default.")
    with show_progress(verbose):
        if pictures is None:
            with progress.stage("Reading the data"):
                pictures, notes = load_pictures()
            for note in notes:
                say(note)
        results = Results(out, len(pictures.y_train), experiments.values())
        with progress.stage("", len(chosen)):
            for number, experiment in enumerate(chosen, start=1):
                with progress.stage(f"Training {experiment.name} ({number} of {len(chosen)})"):
                    _fill(results, experiment, range(seeds or experiment.seeds), pictures, say)
    found = [compare(each, results.of(each)) for each in experiments.values() if results.of(each)]
    return Reproduction(tuple(found), results.folder, results.versions, len(pictures.y_train))


def _fill(
    results: Results, experiment: Experiment, seeds: Sequence[int], pictures: Pictures, say: Callable[[str], None]
) -> None:
    """Trains the seeds that have no result yet, a core's worth at a time."""
    missing = results.missing(experiment, seeds)
    if len(missing) < len(seeds):
        say(f"{experiment.name}: {len(seeds) - len(missing)} of {plural(len(seeds), 'seed')} done already.")
    if not missing:
        return
    from trainwell.reproduce.training import train_seeds  # noqa: PLC0415 -- seconds, and all may be there

    data = prepare(pictures, experiment.preparation)
    with progress.stage("", len(missing), counter="seed"):
        for together in _parts(missing, 1 if experiment.base_epochs else os.cpu_count() or 1):
            with progress.stage(takes=len(together)):
                done = train_seeds(experiment, data, together)
            for result in done:
                results.write(result)
            ends = ", ".join(f"{result.series[VALIDATION][-1]:.4f}" for result in done)
            which = f"{'seed' if len(together) == 1 else 'seeds'} {', '.join(map(str, together))} of {len(seeds)}"
            say(f"{experiment.name}, {which}: {ends} in {duration(sum(result.seconds for result in done))}")


def _parts(seeds: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(seeds), size):
        yield seeds[start : start + size]
