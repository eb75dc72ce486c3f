"""A Run's summary on a terminal, and the same as plain data for machines.

The summary fits 80 columns and says everything in words, so that it reads alike without colour and in a log file. It is
no substitute for the page: curves and pictures are there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from trainwell.report import descriptions
from trainwell.report.classes import class_names, recalls
from trainwell.report.console import print_trimmed, printable
from trainwell.report.run_values import finite, is_regression, rows_by_part, source_name, text
from trainwell.report.verdict import beats_baseline, divergence, interval, verdict
from trainwell.report.wording import count, duration, figure, plural, score, share, shorten, shorten_all

if TYPE_CHECKING:
    from rich.console import Console

    from trainwell.report.classes import Recall
    from trainwell.run import Run

SCHEMA_VERSION = 1
_MOST_CLASSES = 12
_BAR = 20  # characters
_NAME_LENGTH = 32
_FILES = ("model.keras", "preprocessing.json", "run.json", "signals.npz", "report.html")
_PAGE = _FILES[-1]
_FIGURES = "figures"


def print_summary(run: Run, console: Console, folder: str | Path | None = None) -> None:
    """Prints what was trained, on what, how well it does, and where it was written.

    Args:
        run: a Run; lines whose facts are missing are left out.
        console: where to print; its width and colours are respected.
        folder: the run folder, where one was written.
    """
    heading = Text(printable(source_name(run) or "A training", console), style="bold")
    task = descriptions.task(run)
    heading.append(printable(f"  {task}" if task else "", console), style="not bold dim")
    console.print()
    console.print(heading)
    console.print()
    alarm = divergence(run)
    if alarm:
        console.print(Text(printable(alarm, console), style="bold red"))
        console.print()
    _print_facts(_facts(run), console)
    found = recalls(run)
    if found:
        console.print()
        console.print(Text("Recall by class, worst first", style="dim"))
        print_trimmed(_bars(found, class_names(run), console), console)
    if folder is not None:
        console.print()
        _print_facts([(name, lines) for name, lines in _written(folder) if lines], console)


def _print_facts(sections: list[tuple[str, list[str]]], console: Console) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=8, style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, lines in sections:
        for place, line in enumerate(lines):
            bold = name == "Result" and place == 0
            table.add_row(Text("" if place else name), Text(printable(line, console), style="bold" if bold else ""))
    print_trimmed(table, console)


def _facts(run: Run) -> list[tuple[str, list[str]]]:
    sections = [
        ("Model", _model(run)),
        ("Data", _data(run)),
        ("Training", _training(run)),
        ("Result", _values(run) if is_regression(run) else _classes(run)),
    ]
    return [(name, lines) for name, lines in sections if lines]


def _model(run: Run) -> list[str]:
    recipe = text(run.fit.recipe)
    phrases = (descriptions.model(run), f"recipe {recipe}" if recipe else "")
    return [", ".join(filter(None, phrases))] if any(phrases) else []


def _data(run: Run) -> list[str]:
    names = {"train": "training", "validation": "validation", "test": "test"}
    by_part = rows_by_part(run)
    rows = ", ".join(f"{count(rows)} {names[part]}" for part, rows in by_part.items())
    target = text(run.data.target)
    parts = [f"{rows} {'row' if [*by_part.values()][-1] == 1 else 'rows'}"] if rows else []
    return [*parts, f"target {target}"] if target and is_regression(run) else parts


def _training(run: Run) -> list[str]:
    seconds, rate, stopped = run.fit.seconds, descriptions.learning_rate(run), text(run.fit.stopped)
    epochs = descriptions.epochs(run)
    took = f"in {duration(seconds)}" if seconds is not None else ""
    lines = [
        f"{epochs}; {took}" if epochs and took else epochs or took,
        f"learning rate {rate}" if rate else "",
        stopped,
    ]
    return [line for line in lines if line]


def _classes(run: Run) -> list[str]:
    accuracy, balanced = run.result.accuracy, run.result.balanced_accuracy
    baseline, rows = run.result.baseline_accuracy, run.result.rows
    lines = []
    if accuracy is not None:
        line = f"accuracy {share(accuracy)}"
        if rows:
            low, high = interval(accuracy, rows)
            line += f" of {plural(rows, 'test row')} (95% interval {share(low)} to {share(high)})"
        lines.append(line)
    if balanced is not None:
        lines.append(f"balanced accuracy {share(balanced)}")
    if baseline is not None:
        majority = text(run.result.majority_class)
        lines.append(f"baseline {share(baseline)}" + (f", always “{shorten(majority, 30)}”" if majority else ""))
    return [*lines, *_warning(run)]


def _warning(run: Run) -> list[str]:
    return ["no better than the baseline"] if beats_baseline(run) is False else []


def _values(run: Run) -> list[str]:
    error, baseline, r2 = run.result.mae, run.result.baseline_mae, run.result.r2
    rows = run.result.rows
    lines = []
    if error is not None:
        lines.append(f"mean absolute error {figure(error)}" + (f" on {plural(rows, 'test row')}" if rows else ""))
    if r2 is not None:
        lines.append(f"R² {score(r2)}")
    if baseline is not None:
        lines.append(f"baseline {figure(baseline)}, always the mean")
    return [*lines, *_warning(run)]


def _written(folder: str | Path) -> list[tuple[str, list[str]]]:
    """The folder, all that was written there, and the page as the one thing to open."""
    folder = Path(folder)
    present = [name for name in _FILES if (folder / name).is_file()]
    pictures = len([*(folder / _FIGURES).glob("*.png")])
    if pictures:
        present.append(f"{_FIGURES}/ ({plural(pictures, 'picture')})")
    page = [str(folder / _PAGE)] if _PAGE in present else []
    return [("Written", [str(folder), *([", ".join(present)] if present else [])]), ("Open", page)]


def _bars(found: list[Recall], names: list[str], console: Console) -> Table:
    """The worst classes with a bar each, and one line for the rest."""
    short = dict(zip(names, shorten_all(names, _NAME_LENGTH), strict=True))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="cyan")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True, style="dim")
    shown = found if len(found) <= _MOST_CLASSES else found[: _MOST_CLASSES - 1]
    for recall in shown:
        table.add_row(
            Text(printable(short.get(recall.name) or shorten(recall.name, _NAME_LENGTH), console)),
            Text(printable("━" * round(_BAR * (recall.share or 0.0)), console)),
            Text("no rows" if recall.share is None else share(recall.share)),
            Text("" if recall.rows is None else f"of {count(recall.rows)}"),
        )
    rest = [recall.share for recall in found[len(shown) :] if recall.share is not None]
    if len(found) > len(shown):
        between = f"{share(rest[0])} to {share(rest[-1])}" if rest else ""
        table.add_row(Text(plural(len(found) - len(shown), "more class", "more classes")), Text(between))
    return table


def summary_json(run: Run) -> dict[str, Any]:
    """The summary as plain data that strict JSON can carry; keys without facts are left out.

    Returns:
        `schema_version` (raised when a key changes its meaning), `verdict`, `source`, `data`, `model`, `fit`, `result`,
        `seeds`, `versions` and `machine`. Numbers that are not finite are None. Layers and the confusion matrix are in
        `run.json`.
    """
    document: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "verdict": verdict(run)}
    plain = run.to_plain()
    left_out = {"data": {"class_counts"}, "model": {"layers"}, "result": {"confusion"}}
    for key in ("source", "data", "model", "fit", "result"):
        found = {name: value for name, value in plain.get(key, {}).items() if name not in left_out.get(key, ())}
        if found:
            document[key] = _plain(found)
    if run.model.layers is not None:
        document.setdefault("model", {})["layers"] = len(run.model.layers)
    return document | {key: plain[key] for key in ("seeds", "versions", "machine") if key in plain}


def _plain(value: Any) -> Any:
    """`value` with NumPy's numbers as Python's, and what JSON has no word for as None or text."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return finite(value)
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
