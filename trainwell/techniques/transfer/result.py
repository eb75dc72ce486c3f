"""What a transfer did: the model, and each stage with its layers, epochs, rates and history."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from trainwell.report.console import print_trimmed
from trainwell.report.wording import figure, shorten

if TYPE_CHECKING:
    import keras

_WIDTH = 80
_NAME = 12  # characters of a layer's name above the table: four of them fit its line


@dataclass(frozen=True)
class Stage:
    """One stage of the training.

    Args:
        name: `"head"`, or `"fine-tuning"` with its number where there are several.
        trainable: the layers that were trained, bottom first; layers of a model inside as `"model/layer"`.
        weights: numbers that were trained.
        epochs: planned; a callback may have stopped the stage earlier.
        learning_rates: by the name of the trained layer, per step.
        history: the logs by name, one entry an epoch.
    """

    name: str
    trainable: tuple[str, ...]
    weights: int
    epochs: int
    learning_rates: dict[str, float]
    history: dict[str, list[float]] = field(repr=False)

    @property
    def epochs_run(self) -> int:
        """Epochs that were trained."""
        return max(map(len, self.history.values()), default=0)


@dataclass(frozen=True)
class Transfer:
    """A network trained on reused layers.

    Args:
        model: the whole network, compiled as in the last stage.
        reused: names of the layers taken from the base.
        head: names of the new layers.
        stages: what was trained, in order.
    """

    model: keras.Model
    reused: tuple[str, ...]
    head: tuple[str, ...]
    stages: list[Stage]

    @property
    def history(self) -> dict[str, list[float]]:
        """The logs of all stages, one entry an epoch."""
        names = dict.fromkeys(name for stage in self.stages for name in stage.history)
        return {name: [value for stage in self.stages for value in stage.history.get(name, [])] for name in names}

    def __str__(self) -> str:
        """What was reused, and a table of the stages that fits 80 columns."""
        shown = next((n for n in ("val_accuracy", "val_loss", "accuracy", "loss") if n in self.history), "loss")
        head = ("stage", "layers", "epochs", "rate", shown)
        rows = [
            (
                stage.name,
                str(len(stage.trainable)),
                _epochs(stage),
                _rates(stage.learning_rates),
                figure(stage.history[shown][-1], 4) if stage.history.get(shown) else "",
            )
            for stage in self.stages
        ]
        taken = sum(2 + max(map(len, cells)) for cells in zip(head, *rows, strict=True))
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
        for name in head:
            table.add_column(name, justify="left" if name == "stage" else "right", no_wrap=True)
        table.add_column("from", no_wrap=True)
        for stage, row in zip(self.stages, rows, strict=True):
            table.add_row(*row, shorten(stage.trainable[0], max(8, _WIDTH - taken)))
        console = Console(file=io.StringIO(), width=_WIDTH, color_system=None)
        layers = f"{len(self.reused)} layer{'s' * (len(self.reused) != 1)}"
        console.print(f"Reused: {layers}, {_span(self.reused)}. Head: {_span(self.head)}.", highlight=False)
        console.print()
        print_trimmed(table, console)
        return console.file.getvalue().rstrip()  # type: ignore[attr-defined] -- the StringIO above


def _span(names: tuple[str, ...]) -> str:
    short = [shorten(name, _NAME) for name in names]
    return short[0] if len(names) == 1 else f"{short[0]} to {short[-1]}"


def _epochs(stage: Stage) -> str:
    return str(stage.epochs) if stage.epochs_run == stage.epochs else f"{stage.epochs_run} of {stage.epochs}"


def _rates(rates: dict[str, float]) -> str:
    low, high = min(rates.values()), max(rates.values())
    return figure(high, 2) if low == high else f"{figure(low, 2)} to {figure(high, 2)}"
