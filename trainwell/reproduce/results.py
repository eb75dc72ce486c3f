"""Results on disk: one small file for each experiment and seed, whole or absent.

A folder holds results of one set of versions and settings; what was made otherwise is refused, not mixed in. Two
processes may fill one folder: where both train the same seed, the later file stands.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwell.errors import InputError
from trainwell.recording import versions
from trainwell.storage import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.reproduce.experiment import Experiment

FORMAT_VERSION = 1
FOLDER = "results"
_FILE = re.compile(r"(?P<experiment>[a-z0-9-]+)-seed-(?P<seed>\d+)\.json")


@dataclass(frozen=True)
class Result:
    """What one training brought.

    Args:
        experiment: its name.
        seed: its seed.
        series: name to the accuracy of epochs 1, 2, ... (`"test"` has one value).
        seconds: it took, compiling included; of several side by side, an equal share.
        depth: mean and deviation of each hidden layer's outputs, `before` and `after` the training; empty where the
            experiment asks for none.
    """

    experiment: str
    seed: int
    series: dict[str, list[float]]
    seconds: float
    depth: dict[str, tuple[list[float], list[float]]] = field(default_factory=dict)


class Results:
    """The results in a folder.

    Args:
        folder: of the reproduction; made when the first result is written.
        rows: training rows of the data, which a result depends on.

    Raises:
        InputError: a file there is damaged, or was made with other versions or settings.
    """

    def __init__(self, folder: str | Path, rows: int, experiments: Iterable[Experiment]) -> None:
        self.folder = Path(folder)
        self.versions: dict[str, str] = versions()
        self._rows = rows
        self._experiments = {experiment.name: experiment for experiment in experiments}
        self._found: dict[str, dict[int, Result]] = {}
        place = self.folder / FOLDER
        if self.folder.exists() and not self.folder.is_dir():
            raise InputError(f"{os.fspath(self.folder)!r} is a file.", "Name a folder with --out.")
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            named = _FILE.fullmatch(path.name)
            if named and named["experiment"] in self._experiments:
                self._keep(self._read(path))

    def of(self, experiment: Experiment) -> list[Result]:
        """The results of an experiment, by seed."""
        found = self._found.get(experiment.name, {})
        return [found[seed] for seed in sorted(found)]

    def missing(self, experiment: Experiment, seeds: Iterable[int]) -> list[int]:
        """Which of `seeds` have no result yet."""
        return [seed for seed in seeds if seed not in self._found.get(experiment.name, {})]

    def write(self, result: Result) -> None:
        """Writes one result; it is on disk when this returns."""
        place = self.folder / FOLDER
        document = {
            "format_version": FORMAT_VERSION,
            **asdict(result),
            "settings": self._settings(result.experiment),
            "versions": self.versions,
        }
        try:
            place.mkdir(parents=True, exist_ok=True)
            with write_atomically(place / f"{result.experiment}-seed-{result.seed}.json") as path:
                path.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"A result cannot be written to {os.fspath(place)!r}: {error.strerror or error}.",
                "Free some space, or name another folder with --out; the results before it are kept.",
            ) from error
        self._keep(result)

    def _keep(self, result: Result) -> None:
        self._found.setdefault(result.experiment, {})[result.seed] = result

    def _settings(self, name: str) -> dict[str, Any]:
        return {**self._experiments[name].settings(), "rows": self._rows}

    def _read(self, path: Path) -> Result:
        named = _FILE.fullmatch(path.name)
        assert named is not None  # noqa: S101 -- the caller looked
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["format_version"] != FORMAT_VERSION:
                raise _made_otherwise(path, {"format_version": (document["format_version"], FORMAT_VERSION)})
            result = Result(**{name: document[name] for name in ("experiment", "seed", "series", "seconds")})
            made = {**document["settings"], **document["versions"]}
            depth = {name: (list(mean), list(deviation)) for name, (mean, deviation) in document["depth"].items()}
            series = {name: [float(value) for value in values] for name, values in result.series.items()}
        except InputError:
            raise
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{os.fspath(path)} cannot be read: it is damaged.", "Remove it; the same command makes it again."
            ) from error
        if (result.experiment, str(result.seed)) != (named["experiment"], named["seed"]):
            raise InputError(
                f"{os.fspath(path)} holds a result of {result.experiment}, seed {result.seed}.",
                "Give it that name, or remove it.",
            )
        now = {**self._settings(result.experiment), **self.versions}
        both = {name: (made.get(name), now.get(name)) for name in {**now, **made}}
        differing = {name: pair for name, pair in both.items() if pair[0] != pair[1]}
        if differing:
            raise _made_otherwise(path, differing)
        return Result(result.experiment, result.seed, series, float(result.seconds), depth)


def _made_otherwise(path: Path, differing: dict[str, tuple[Any, Any]]) -> InputError:
    """The error for a result of other settings or versions: by name, what it was made with and what is so now."""
    told = ", ".join(f"{name} {made}, not {now}" for name, (made, now) in differing.items())
    return InputError(
        f"{os.fspath(path)} was made otherwise than results are made now: {told}.",
        "Results that were made in different ways are not mixed. Name another folder with --out, or remove "
        f"{os.fspath(path.parent)} to make all of them again.",
    )
