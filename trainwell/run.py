"""The Run: what happened in one training, as plain data.

A Run holds facts (a nested dictionary that JSON can carry) and signals (arrays over steps, epochs or rows). It knows
nothing of Keras or JAX, so a saved Run is read back in milliseconds and judged again later. It is not a checkpoint: the
weights are in `model.keras` beside it.

Facts, by first key:

- `source`: `name`, `kind` (`built-in`, `csv`, `parquet`, `npz`, `images`, `arrays`), and what else identifies the data
- `data`: `task` (`binary`, `multi-class`, `regression`), `kind` (`table`, `image`, `array`), `target`, `classes`
  (names), `rows` (`train`, `validation`, `test`), `input_shape`, `class_counts` (by part), `notes` (what was noticed)
- `model`: `name`, `layers` (each `name`, `class`, `output_shape`, `parameters`, `config`), `parameters`
- `compile`: `optimizer`, `loss`, `metrics`
- `fit`: `recipe`, `net`, `epochs`, `epochs_run`, `best_epoch`, `batch_size`, `steps`, `seconds`, `learning_rate`,
  `learning_rate_from`, `stopped` (why the training ended)
- `result`: figures on the test part. Classes: `accuracy`, `balanced_accuracy`, `recall` (class to share),
  `majority_class`, `baseline_accuracy`, `confusion` (rows are true classes), `rows`. Regression: `r2`, `mae`,
  `baseline` (the training mean), `baseline_mae`, `rows`
- `seeds`, `versions`, `machine`
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from trainwell.errors import InputError
from trainwell.storage import write_atomically

FORMAT_VERSION = 1
FACTS_FILE = "run.json"
SIGNALS_FILE = "signals.npz"

Axis = Literal["step", "epoch", "row"]


@dataclass(frozen=True)
class Series:
    """One signal as it was recorded.

    Args:
        values: array `(n, ...)`, one entry a point.
        at: array `(n,)` of integers: the global step or epoch (both counted from 1), or the row, of each point.
        axis: what `at` counts.
        unit: the unit of the values, such as `"nats"` or `"share"`.
    """

    values: np.ndarray
    at: np.ndarray
    axis: Axis = "epoch"
    unit: str = ""

    def __post_init__(self) -> None:
        if len(self.values) != len(self.at):
            raise ValueError(
                f"A series needs one position for each value: got {len(self.values)} values at {len(self.at)}."
            )

    @classmethod
    def over(cls, axis: Axis, values: Any, unit: str = "", start: int = 1) -> Series:
        """A series whose points follow each other, the first one at `start`."""
        array = np.asarray(values)
        return cls(array, np.arange(start, start + len(array)), axis, unit)


@dataclass
class Run:
    """What happened: facts, and signals over steps, epochs and rows.

    Args:
        facts: nested dictionary of plain values (see the module's first lines for its keys).
        signals: name to `Series`, such as `"train/loss"`, `"validation/accuracy"`, `"learning_rate"`.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    signals: dict[str, Series] = field(default_factory=dict)

    def save(self, folder: str | Path) -> None:
        """Writes `run.json` and `signals.npz` into `folder`; each file is whole or absent."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, np.ndarray] = {}
        index: dict[str, dict[str, str]] = {}
        for name, series in self.signals.items():
            arrays[f"{name}:values"] = series.values
            arrays[f"{name}:at"] = series.at
            index[name] = {"axis": series.axis, "unit": series.unit}
        with write_atomically(folder / SIGNALS_FILE) as path, path.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)  # type: ignore[arg-type]
        document = {"format_version": FORMAT_VERSION, "signals": index, **self.facts}
        with write_atomically(folder / FACTS_FILE) as path:
            path.write_text(json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> Run:
        """Reads the Run saved in `folder`.

        Raises:
            InputError: no Run is there, it is damaged, or a newer trainwell wrote it.
        """
        folder = Path(folder)
        facts_path = folder / FACTS_FILE
        if not facts_path.is_file():
            raise InputError(
                f"No run in {os.fspath(folder)!r}: {FACTS_FILE} is missing.",
                "Name the folder that `trainwell train` wrote, such as runs/demo.",
            )
        try:
            facts = json.loads(facts_path.read_text(encoding="utf-8"))
            version = facts.pop("format_version")
            index = facts.pop("signals")
        except (ValueError, KeyError, AttributeError) as error:
            raise InputError(
                f"{os.fspath(facts_path)} is not a run file: {error}.", "Train again, or restore the file."
            ) from error
        if version > FORMAT_VERSION:
            raise InputError(
                f"{os.fspath(facts_path)} has format version {version}; this trainwell reads up to {FORMAT_VERSION}.",
                "Update trainwell.",
            )
        signals: dict[str, Series] = {}
        try:
            with np.load(folder / SIGNALS_FILE, allow_pickle=False) as arrays:
                for name, about in index.items():
                    signals[name] = Series(arrays[f"{name}:values"], arrays[f"{name}:at"], about["axis"], about["unit"])
        except (OSError, ValueError, KeyError) as error:
            raise InputError(
                f"{os.fspath(folder / SIGNALS_FILE)} cannot be read: {error}.", "Train again, or restore the file."
            ) from error
        return cls(facts, signals)


def _plain(value: Any) -> Any:
    """NumPy's scalars and arrays as JSON can carry them."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"A fact must be plain data, not {type(value).__name__}: {value!r}.")
