"""The recorded Runs of the gallery: trained once and kept, judged again by every run of the tests.

Judging is pure and takes milliseconds, where training takes many seconds. `keys.json` says by a digest of the sources
what each Run was recorded with, so that one is *stale* once something changed that its training goes through. A stale
Run is judged nevertheless; the tests count them, and `make record` trains them again.

A Run is kept as it would be saved and loaded, in one compressed text a case; values of signals are written so that they
are read back bit for bit. Left out are the curves of the probes (half of the size), of which rules read the facts only.
"""

from __future__ import annotations

import gc
import itertools
import json
import lzma
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import keras
import msgspec
import numpy as np

from gallery.case import Case, find
from gallery.diagnosed import Verdict, judged, trained
from gallery.sources import digest
from trainwell.diagnosis.diagnose import is_settled
from trainwell.run import FORMAT_VERSION, ProbesRecord, Run, Series
from trainwell.storage import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = Path(__file__).parent / "recorded"
LEFT_OUT = "probe/"  # signals that no rule reads
CASES_OF_A_PROCESS = 40  # then its memory is freed by starting another one
CASES_BETWEEN_CLEARINGS = 8  # of what JAX compiled; cases that follow each other share little programs
PROGRESS = (  # values of the section `fit` that are recorded while it trains
    "epochs_run", "steps", "planned_steps", "cut", "out_of_time", "diverged", "stopped_by_callback", "seconds",
)  # fmt: skip
CHANGES_EACH_TIME = (("fit", "seconds"), ("versions",), ("machine",))


class Recordings:
    """The recorded Runs of one seed, in a folder.

    Args:
        folder: of one file a case, in a folder for each part of the gallery, and `keys.json`.
        seed: that the cases are built from.
    """

    def __init__(self, folder: Path = FOLDER, seed: int = 0) -> None:
        self.folder = folder
        self.seed = seed

    def path(self, case: Case) -> Path:
        """The file of a case."""
        return self.folder / case.half / f"{case.name}.json.xz"

    @cached_property
    def keys(self) -> dict[str, str]:
        """By case, the key that its Run was recorded with."""
        path = self.folder / "keys.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def holds(self, case: Case) -> bool:
        """Return True if the Run of a case was ever recorded."""
        return self.path(case).is_file()

    def run(self, case: Case) -> Run:
        """The recorded Run of a case.

        Raises:
            FileNotFoundError: it was never recorded.
        """
        path = self.path(case)
        if not path.is_file():
            raise FileNotFoundError(f"The case {case.name!r} has no recording. Run `make record`.")
        return unpacked(path.read_bytes())

    def verdict(self, case: Case) -> Verdict:
        """What the rules say of the recorded Run of a case, as they are now."""
        return judged(case, self.run(case))

    def is_stale(self, case: Case, run: Run | None = None) -> bool:
        """Return True if something changed that the training of a case goes through, or it was never recorded.

        Args:
            case: of the gallery.
            run: its recorded Run, where it was read already.
        """
        return not self.path(case).is_file() or self.keys.get(case.name) != key(case, run or self.run(case))

    def stale(self, cases: Iterable[Case]) -> list[Case]:
        """The stale cases, in an order that depends on nothing but their sources: what was never recorded first."""
        found = [each for each in cases if self.is_stale(each)]
        return sorted(found, key=lambda each: (self.path(each).is_file(), digest(each)))

    def record(self, cases: list[Case], processes: int) -> Iterator[Case]:
        """Trains cases and keeps their Runs, each as soon as it is there; gives the cases as they are done.

        A Run that differs from the recorded one in nothing but time and versions leaves the file as it is.

        Args:
            cases: to train.
            processes: how many train at once.
        """
        for case, run in trained_apart(cases, self.seed, processes):
            self._keep(case, run)
            yield case

    def trust(self, cases: Iterable[Case]) -> None:
        """Enters the present keys for Runs that are kept, without training them."""
        for case in cases:
            self.keys[case.name] = key(case, self.run(case))
        self._write_keys()

    def _keep(self, case: Case, run: Run) -> None:
        path = self.path(case)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or not same(self.run(case), run):
            with write_atomically(path) as temporary:
                temporary.write_bytes(packed(run))
        self.keys[case.name] = key(case, run)
        self._write_keys()

    def _write_keys(self) -> None:
        with write_atomically(self.folder / "keys.json") as temporary:
            temporary.write_text(json.dumps(self.keys, indent=0, sort_keys=True) + "\n", encoding="utf-8")


def key(case: Case, run: Run) -> str:
    """What the Run of a case depends on: sources, and whether the rules end its training early.

    Args:
        case: of the gallery.
        run: of that case, from which is read whether facts alone settle the verdict.
    """
    return digest(case) + ("-short" if is_settled(before_training(run)) else "")


def before_training(run: Run) -> Run:
    """Return the Run as it was before any training: model, compile arguments and data."""
    fit = msgspec.structs.replace(run.fit, **dict.fromkeys(PROGRESS))
    return msgspec.structs.replace(run, probes=ProbesRecord(), fit=fit, not_measured={}, signals={})


def trained_apart(cases: Iterable[Case], seed: int, processes: int) -> Iterator[tuple[Case, Run]]:
    """Train cases in processes of their own, which are replaced now and then; give each Run as soon as it is there.

    Args:
        cases: to train.
        seed: that they are built from.
        processes: how many train at once.

    Raises:
        ExceptionGroup: once all others are trained, what the training of some cases raised.
    """
    waiting, failed = list(cases), []
    while waiting:  # a pool's own max_tasks_per_child can hang (CPython issue 115634)
        some, waiting = waiting[: processes * CASES_OF_A_PROCESS], waiting[processes * CASES_OF_A_PROCESS :]
        for case, found in _in_a_pool(some, seed, processes):
            if isinstance(found, Exception):
                found.add_note(f"The case is {case.name!r}.")
                failed.append(found)
            else:
                yield case, unpacked(found)
    if failed:
        raise ExceptionGroup("Some cases could not be trained.", failed)


def _in_a_pool(cases: list[Case], seed: int, processes: int) -> Iterator[tuple[Case, bytes | Exception]]:
    pool = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
    try:
        training = {pool.submit(_trained_alone, each.name, seed): each for each in cases}
        for each in as_completed(training):
            error = each.exception()
            yield training[each], error if isinstance(error, Exception) else each.result()
    finally:
        pool.shutdown(cancel_futures=True)


_counter = itertools.count(1)


def _trained_alone(name: str, seed: int) -> bytes:
    keras.backend.clear_session()  # names of layers are numbered anew
    run = trained(find(name), seed)
    if run.fit.out_of_time:
        raise TimeoutError("The clock ended the training; on a machine that is less busy it does not.")
    if next(_counter) % CASES_BETWEEN_CLEARINGS == 0:
        jax.clear_caches()
    gc.collect()
    return packed(run)


def packed(run: Run) -> bytes:
    """A Run as compressed text; equal Runs give equal bytes."""
    places: list[list[int]] = []
    signals = {}
    for name, series in sorted(run.signals.items()):
        if name.startswith(LEFT_OUT):
            continue
        at = np.asarray(series.at).tolist()
        if at not in places:
            places.append(at)
        values = np.asarray(series.values)
        signals[name] = {
            "axis": series.axis,
            "unit": series.unit,
            "at": places.index(at),
            "dtype": str(values.dtype),
            "shape": values.shape,
            "values": [_number(each) for each in values.ravel()],
        }
    document = {"format_version": FORMAT_VERSION, "sections": run.to_plain(), "at": places, "signals": signals}
    return lzma.compress(json.dumps(document, separators=(",", ":")).encode(), preset=9)


def unpacked(content: bytes) -> Run:
    """The Run that `packed` wrote."""
    document = json.loads(lzma.decompress(content))
    signals = {}
    for name, each in document["signals"].items():
        values = np.asarray(each["values"], each["dtype"]).reshape(each["shape"])
        signals[name] = Series(values, np.asarray(document["at"][each["at"]], int), each["axis"], each["unit"])
    return Run.from_plain(document["sections"], signals)


def same(one: Run, other: Run) -> bool:
    """Return True if two Runs differ in nothing but time, versions and the machine."""
    return _content(one) == _content(other)


def differences(recorded: Run, fresh: Run, case: Case) -> list[str]:
    """What the rules say of one Run of a case and not of the other, and what one holds that the other does not."""
    old, new = judged(case, recorded), judged(case, fresh)
    found = [
        f"{name}: {_list(names)}, now {_list(new.says[name])}"
        for name, names in old.says.items()
        if names != new.says[name]
    ]
    if old.steps != new.steps:
        found.append(f"steps: {old.steps}, now {new.steps}")
    kept = {name for name in fresh.signals if not name.startswith(LEFT_OUT)}
    if changed := sorted(kept ^ recorded.signals.keys()):
        found.append(f"signals of one alone: {_list(changed)}")
    return found


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


def _content(run: Run) -> str:
    document: dict[str, Any] = json.loads(lzma.decompress(packed(run)))
    for *above, name in CHANGES_EACH_TIME:
        place = document["sections"]
        for each in above:
            place = place.get(each, {})
        place.pop(name, None)
    return json.dumps(document, sort_keys=True)


def _number(value: np.generic) -> float | int | bool:
    """The shortest decimal number that is read back as the same value of its own type."""
    return float(str(value)) if isinstance(value, np.floating) else value.item()
