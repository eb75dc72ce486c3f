"""The report's tiles and tables, as plain rows of text: what the template lays out, it does not compute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainwell.report.classes import class_counts, class_names, mistakes, recalls
from trainwell.report.descriptions import dimensions, hidden_layers, per_second, settings, steps_per_second
from trainwell.report.metrics import spoken
from trainwell.report.run_values import (
    best_epoch,
    is_regression,
    metric_names,
    rows_by_part,
    signal,
)
from trainwell.report.verdict import interval
from trainwell.report.wording import clean, count, duration, figure, reading, score, share, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.report.samples import Sample
    from trainwell.run import Run

_CELL = 80  # characters; a longer cell says less, not more


@dataclass(frozen=True)
class Tile:
    """A key figure: its name, its value, and what to read it beside."""

    name: str
    value: str
    beside: str = ""


@dataclass(frozen=True)
class Table:
    """A table of text.

    Args:
        head: the columns' names.
        rows: the cells, row by row; the first cell names the row.
        numbers: the columns, counted from 0, that hold numbers and are set to the right.
    """

    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numbers: tuple[int, ...] = ()


def tiles(run: Run) -> list[Tile]:
    """The key figures, the result first."""
    found = [*(_value_tiles(run) if is_regression(run) else _class_tiles(run))]
    return [*(found or _last_values(run)), *_training_tiles(run)]


def _class_tiles(run: Run) -> list[Tile]:
    found = []
    accuracy, rows = run.result.accuracy, run.result.rows
    baseline = run.result.baseline_accuracy
    if accuracy is not None:
        beside = [f"baseline {share(baseline)}"] if baseline is not None else []
        if rows:
            low, high = interval(accuracy, rows)
            beside.append(f"95% interval {share(low)} to {share(high)}")
        found.append(Tile("Test accuracy", share(accuracy), "; ".join(beside)))
    balanced = run.result.balanced_accuracy
    if balanced is not None:
        found.append(Tile("Balanced accuracy", share(balanced), "the mean recall of the classes"))
    known = [recall for recall in recalls(run) if recall.share is not None]
    if known:
        found.append(Tile("Lowest recall", share(known[0].share or 0.0), shorten(known[0].name, 40)))
    return found


def _value_tiles(run: Run) -> list[Tile]:
    found = []
    error, baseline, r2 = run.result.mae, run.result.baseline_mae, run.result.r2
    if error is not None:
        beside = f"always the mean: {figure(baseline)}" if baseline is not None else ""
        found.append(Tile("Mean absolute error", figure(error), beside))
    if r2 is not None:
        found.append(Tile("R²", score(r2), "of the variance explained; the mean has 0"))
    return found


def _last_values(run: Run) -> list[Tile]:
    """For a run without a result: what the last epoch said."""
    found = []
    for name in ("loss", *metric_names(run)):
        series = signal(run, f"validation/{name}")
        if series is not None and series.values.ndim == 1:
            found.append(
                Tile(f"Validation {spoken(name)}", reading(float(series.values[-1])), "after the last whole epoch")
            )
    return found


def _training_tiles(run: Run) -> list[Tile]:
    found = []
    done, planned, best = run.fit.epochs_run, run.fit.epochs, best_epoch(run)
    if done is not None:
        value = f"{count(done)} of {count(planned)}" if planned is not None else count(done)
        found.append(Tile("Epochs", value, f"the best was {count(best)}" if best is not None else ""))
    seconds, pace = run.fit.seconds, steps_per_second(run)
    if seconds is not None:
        found.append(Tile("Training time", duration(seconds), f"{per_second(pace)} overall" if pace else ""))
    parameters = run.model.parameters
    if parameters is not None:
        depth = hidden_layers(run)
        found.append(Tile("Parameters", count(parameters), f"in {depth}" if depth else ""))
    return found


def layers(run: Run) -> Table:
    """The model's layers."""
    rows = []
    for layer in run.model.layers or ():
        parameters = "" if layer.parameters is None else count(layer.parameters)
        cells = clean(layer.name), clean(layer.kind), dimensions(layer.output_shape)
        rows.append((*cells, parameters, settings(layer.config)))
    return Table(("layer", "class", "output shape", "parameters", "settings"), rows, (3,))


def parts(run: Run) -> Table:
    """Rows of each part, in all and by class."""
    totals = rows_by_part(run)
    if not totals:
        return Table((), [])
    head = ("", *(_PART_NAMES[part] for part in totals))
    rows = [("all", *(count(rows) for rows in totals.values()))]
    counts = {part: class_counts(run, part) for part in totals}
    if any(counts.values()):
        rows += [
            (name, *(count(counts[part].get(name, 0)) if counts[part] else "" for part in totals))
            for name in class_names(run)
        ]
    return Table(head, rows, tuple(range(1, len(head))))


_PART_NAMES = {"train": "training", "validation": "validation", "test": "test"}


def most_frequent_mistakes(run: Run, most: int = 8) -> Table:
    """What was taken for what, the most frequent first."""
    rows = [
        (true, answer, count(number), share(part, 0 if part >= 0.1 else 1))  # noqa: PLR2004 -- small shares get a decimal
        for true, answer, number, part in mistakes(run)[:most]
    ]
    return Table(("true class", "answer", "rows", "of the class"), rows, (2, 3))


def sample_rows(samples: Sequence[Sample]) -> Table:
    """Samples that are rows of a table, with their columns; samples without a row or picture as bare answers."""
    shown = [sample for sample in samples if sample.picture is None]
    if not shown:
        return Table((), [])
    last = "off by" if any(sample.error is not None for sample in shown) else "probability"
    names = list(dict.fromkeys(name for sample in shown for name in sample.row or {}))
    rows = []
    for sample in shown:
        if last == "off by":
            measure = figure(sample.error, 3) if sample.error is not None else ""
        else:
            measure = share(sample.confidence) if sample.confidence is not None else ""
        cells = (shorten((sample.row or {}).get(name, ""), _CELL) for name in names)
        rows.append((clean(sample.label), clean(sample.target), clean(sample.prediction), measure, *cells))
    return Table(("", "true", "answer", last, *map(clean, names)), rows, (3,))


def notes(run: Run) -> list[str]:
    """What was noticed in the data, one sentence each."""
    return [text for note in run.data.notes if (text := clean(note).strip())]
