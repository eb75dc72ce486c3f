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

A training under watch (`tw.diagnose`, `tw.fit(rules=...)`, `trainwell train`) adds, since format version 2:

- `model`: `kind`, `trainable_parameters`, `calls` and `outputs` (`trainwell.facts.graph_facts`)
- `compile`: `losses` and `metrics_by_output` (by output), `learning_rate`, `schedule`
- `data`: `inputs`, `targets`, `split` (`trainwell.facts.describe_input`, `describe_target`, `describe_split`)
- `fit`: `steps_per_epoch`, `shuffle`, `class_weight`, `sample_weight`, `callbacks`, `planned_steps`, `cut`,
  `out_of_time`, `stopped_by_callback`, `raised` (what the loss or a metric raises, so that no step can be trained)
- `probes`: what each of `trainwell.probes` saw; `not_measured`: reasons, by what could not be measured

and signals: over steps those of `trainwell.signals.SIGNALS`, as `"loss"` and `"output_mean/dense"`; over epochs,
0 being before the first step, looks at up to 512 rows in inference mode, as `"inference/output_mean/dense"`.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from trainwell.errors import InputError
from trainwell.storage import write_atomically

FORMAT_VERSION = 2  # 1: without what a training under watch tells; it is read as it is
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

    def differences(self, other: Run) -> dict[str, tuple[Any, Any]]:
        """Where two Runs differ: facts by their path, and the last values of signals.

        Args:
            other: the Run to compare with.

        Returns:
            By `"fit.epochs"` or `"train/loss"`, the value of this Run and of the other; `None` where one has none.

        Example:
        >>> one, other = Run({"fit": {"epochs": 3}}), Run({"fit": {"epochs": 5}})
        >>> one.differences(other)
        {'fit.epochs': (3, 5)}
        """
        one, two = {**_flat(self.facts), **self._lasts()}, {**_flat(other.facts), **other._lasts()}
        names = dict.fromkeys([*one, *two])
        return {name: (one.get(name), two.get(name)) for name in names if not _equal(one.get(name), two.get(name))}

    def _lasts(self) -> dict[str, Any]:
        return {name: np.asarray(each.values[-1]).tolist() for name, each in self.signals.items() if len(each.values)}

    def save(self, folder: str | Path) -> None:
        """Writes `run.json` and `signals.npz` into `folder`; each file is whole or absent.

        Facts that are not a number or infinite become null: JSON has no words for them. Signals keep them.

        Raises:
            ValueError: a fact is named like a key of the file's own, or a signal holds Python objects.
            TypeError: a fact is no plain data.
        """
        folder = Path(folder)
        arrays: dict[str, np.ndarray] = {}
        index: dict[str, dict[str, str]] = {}
        for name, series in self.signals.items():
            arrays[f"{name}:values"] = np.asarray(series.values)
            arrays[f"{name}:at"] = np.asarray(series.at)
            index[name] = {"axis": series.axis, "unit": series.unit}
        for name, array in arrays.items():
            if array.dtype.hasobject:  # NumPy would pickle it, and a pickle may run code when it is read
                raise ValueError(f"Array {name!r} holds Python objects, which allow_pickle=False could not read back.")
        document = {"format_version": FORMAT_VERSION, "signals": index}
        taken = sorted(document.keys() & self.facts.keys())
        if taken:
            raise ValueError(f"A fact cannot be named {taken[0]!r}: {FACTS_FILE} has a key of that name.")
        text = json.dumps({**document, **_plain(self.facts)}, indent=2, ensure_ascii=False, allow_nan=False)
        folder.mkdir(parents=True, exist_ok=True)
        with write_atomically(folder / SIGNALS_FILE) as path, path.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type] -- declared with allow_pickle: bool beside them
        with write_atomically(folder / FACTS_FILE) as path:
            path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path, *, signals: bool = True) -> Run:
        """Reads the Run saved in `folder`.

        Args:
            folder: where `save` wrote it.
            signals: read them too; without, only `run.json` is needed.

        Raises:
            InputError: no Run is there, it is damaged, or a newer trainwell wrote it.
        """
        facts, index = _read_facts(Path(folder) / FACTS_FILE)
        return cls(facts, _read_signals(Path(folder) / SIGNALS_FILE, index) if signals else {})


def _flat(facts: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Facts by their path; lists are taken whole."""
    found: dict[str, Any] = {}
    for key, value in facts.items():
        if isinstance(value, dict) and value:
            found.update(_flat(value, f"{above}{key}."))
        else:
            found[f"{above}{key}"] = value
    return found


def _equal(one: Any, other: Any) -> bool:
    """Equality by which what is no number equals itself."""
    try:
        return bool(np.array_equal(np.asarray(one, float), np.asarray(other, float), equal_nan=True))
    except (TypeError, ValueError):
        return one == other


def _read_facts(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The facts of `run.json`, and what it says of each signal."""
    if not path.is_file():
        raise InputError(
            f"No run in {os.fspath(path.parent)!r}: {FACTS_FILE} is missing.",
            "Name the folder that `trainwell train` wrote, such as runs/demo.",
        )
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _no_run_file(path, str(error)) from error
    if not isinstance(facts, dict):
        raise _no_run_file(path, f"it holds a {type(facts).__name__}, where names and values were expected")
    for key in ("format_version", "signals"):
        if key not in facts:
            raise _no_run_file(path, f"{key!r} is missing")
    version, index = facts.pop("format_version"), facts.pop("signals")
    if not isinstance(version, int) or isinstance(version, bool):
        raise _no_run_file(path, f"format_version is {version!r}, where a whole number was expected")
    if version > FORMAT_VERSION:
        raise InputError(
            f"{os.fspath(path)} has format version {version}; this trainwell reads up to {FORMAT_VERSION}.",
            "Update trainwell.",
        )
    _check_index(path, index)
    return facts, index


def _check_index(path: Path, index: Any) -> None:
    if not isinstance(index, dict):
        raise _no_run_file(path, f"signals is a {type(index).__name__}, where names and their axes were expected")
    for name, about in index.items():
        told = isinstance(about, dict) and about.get("axis") in get_args(Axis) and isinstance(about.get("unit"), str)
        if not told:
            raise _no_run_file(path, f"signal {name!r} is {about!r}, where an axis and a unit were expected")


def _read_signals(path: Path, index: dict[str, dict[str, Any]]) -> dict[str, Series]:
    read: dict[str, Series] = {}
    try:
        # Opened here, because np.load leaves a damaged archive open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            for name, about in index.items():
                read[name] = Series(arrays[f"{name}:values"], arrays[f"{name}:at"], about["axis"], about["unit"])
    except Exception as error:  # on damage, zipfile, zlib and NumPy raise a dozen kinds between them
        raise InputError(
            f"{os.fspath(path)} cannot be read: {error or 'it is damaged'}.", "Train again, or restore the file."
        ) from error
    return read


def _no_run_file(path: Path, problem: str) -> InputError:
    return InputError(f"{os.fspath(path)} is not a run file: {problem}.", "Train again, or restore the file.")


def _plain(value: Any) -> Any:
    """Facts as strict JSON can carry them: NumPy's scalars and arrays as Python's, and null for what is no number."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    raise TypeError(f"A fact must be plain data, not {type(value).__name__}: {value!r}.")
