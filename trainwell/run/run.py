"""The Run: what happened in one training, as typed sections and signals.

It knows nothing of Keras or JAX, so a saved Run is read back in milliseconds and judged again later. It is not a
checkpoint: the weights are in `model.keras` beside it. `docs/run-format.md` lists all sections and their values.

Signals over steps are those of `trainwell.signals.SIGNALS`, as `"loss"` and `"output_mean/dense"`. Signals over epochs
are the logs, as `"train/loss"` and `"validation/loss"`, and looks at up to 512 rows in inference mode, as
`"inference/output_mean/dense"`; epoch 0 is before the first step.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np

from trainwell.run import file
from trainwell.run.compile import CompileRecord
from trainwell.run.data import DataRecord, SourceRecord
from trainwell.run.experiments import ExperimentsRecord
from trainwell.run.fit import FitRecord
from trainwell.run.model import ModelRecord
from trainwell.run.probes import ProbesRecord
from trainwell.run.result import MachineRecord, ResultRecord
from trainwell.run.section import Section
from trainwell.run.series import Series


class Sections(Section):
    """All sections of a Run.

    Args:
        source: where the data come from.
        data: the data.
        model: the model.
        compile: what it was compiled with.
        fit: the training.
        probes: small extra trainings and evaluations.
        experiments: what confirms or refutes.
        result: figures on the test part.
        not_measured: why something was not measured, by its name.
        seeds: by what they are for.
        versions: of Python and packages.
        machine: the machine.
    """

    source: SourceRecord = msgspec.field(default_factory=SourceRecord)
    data: DataRecord = msgspec.field(default_factory=DataRecord)
    model: ModelRecord = msgspec.field(default_factory=ModelRecord)
    compile: CompileRecord = msgspec.field(default_factory=CompileRecord)
    fit: FitRecord = msgspec.field(default_factory=FitRecord)
    probes: ProbesRecord = msgspec.field(default_factory=ProbesRecord)
    experiments: ExperimentsRecord = msgspec.field(default_factory=ExperimentsRecord)
    result: ResultRecord = msgspec.field(default_factory=ResultRecord)
    not_measured: dict[str, str] = {}
    seeds: dict[str, int] = {}
    versions: dict[str, str] = {}
    machine: MachineRecord = msgspec.field(default_factory=MachineRecord)


class Run(Sections):
    """The record of one training: all `Sections`, and its signals.

    Args:
        signals: name to `Series`, such as `"train/loss"`, `"validation/accuracy"`, `"learning_rate"`.
    """

    signals: dict[str, Series] = {}

    def to_plain(self) -> dict[str, Any]:
        """Return all sections as nested dictionaries and lists of plain values, without signals and what is empty.

        Raises:
            TypeError: a value is not plain data.
        """
        sections = {name: getattr(self, name) for name in Sections.__struct_fields__}
        return {name: _to_plain(each) for name, each in sections.items() if not _is_empty(each)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any], signals: dict[str, Series] | None = None) -> Self:
        """Return the Run that `to_plain` gave.

        Args:
            plain: sections as nested dictionaries; what is left out is not recorded.
            signals: by name.

        Raises:
            msgspec.ValidationError: a name is unknown, or a value has another type; the message says which and where.

        Example:
        >>> Run.from_plain({"fit": {"epochs": 3}}).fit.epochs
        3
        """
        sections = Sections.from_plain(plain)
        return cls(**msgspec.structs.asdict(sections), signals=dict(signals or {}))

    def differences(self, other: Run) -> dict[str, tuple[Any, Any]]:
        """Return where two Runs differ: values by their path, and the last values of signals.

        Args:
            other: the Run to compare with.

        Returns:
            By `"fit.epochs"` or `"train/loss"`, the value of this Run and of the other; `None` where one has none.

        Example:
        >>> one, other = Run.from_plain({"fit": {"epochs": 3}}), Run.from_plain({"fit": {"epochs": 5}})
        >>> one.differences(other)
        {'fit.epochs': (3, 5)}
        """
        one, two = {**_flat(self.to_plain()), **self._lasts()}, {**_flat(other.to_plain()), **other._lasts()}
        names = dict.fromkeys([*one, *two])
        return {name: (one.get(name), two.get(name)) for name in names if not _equal(one.get(name), two.get(name))}

    def _lasts(self) -> dict[str, Any]:
        return {name: np.asarray(each.values[-1]).tolist() for name, each in self.signals.items() if len(each.values)}

    def save(self, folder: str | Path) -> None:
        """Write `run.json` and `signals.npz` into `folder`; each file is whole or absent.

        Raises:
            ValueError: a signal holds Python objects.
            TypeError: a value is not plain data.
        """
        file.write(Path(folder), self.to_plain(), self.signals)

    @classmethod
    def load(cls, folder: str | Path, *, signals: bool = True) -> Self:
        """Return the Run saved in `folder`, by this version or an older one.

        Args:
            folder: where `save` wrote it.
            signals: read them too; without, only `run.json` is needed.

        Raises:
            InputError: no Run is there, it is damaged, or a newer trainwell wrote it.
        """
        plain, found = file.read(Path(folder), signals=signals)
        try:
            return cls.from_plain(plain, found)
        except msgspec.ValidationError as error:
            raise file.not_a_run_file(Path(folder) / file.RUN_FILE, str(error)) from error


def _is_empty(section: Section | dict[str, Any]) -> bool:
    return section.is_empty if isinstance(section, Section) else not section


def _to_plain(section: Section | dict[str, Any]) -> dict[str, Any]:
    return section.to_plain() if isinstance(section, Section) else dict(section)


def _flat(plain: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Return values by their path; lists are taken whole."""
    found: dict[str, Any] = {}
    for key, value in plain.items():
        if isinstance(value, dict) and value:
            found.update(_flat(value, f"{above}{key}."))
        else:
            found[f"{above}{key}"] = value
    return found


def _equal(one: Any, other: Any) -> bool:
    """Return True if both are equal, or both are not numbers."""
    try:
        return bool(np.array_equal(np.asarray(one, float), np.asarray(other, float), equal_nan=True))
    except (TypeError, ValueError):
        return one == other
