"""What a page says of a repair, from its plain data: verdict, edits, curves before and after, the trail, the patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainwell.report.embedding import embedded
from trainwell.report.figures import before_after
from trainwell.report.tables import Tile
from trainwell.report.wording import clean, count, plural

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class TrialRow:
    """A trial in the trail.

    Args:
        number, round, kind: as of the trial.
        what: its edits, a line each.
        score: mean over its seeds; `""` where it could not be trained.
        steps: of all its trainings.
        why: it was rejected; `""` for one that was taken.
    """

    number: int
    round: int
    kind: str
    what: Sequence[str]
    score: str
    steps: str
    why: str


@dataclass(frozen=True)
class RepairSections:
    """Everything that a page says of a repair.

    Args:
        outcome, verdict: in words.
        tiles: figures to be read at a glance.
        edits: a line each.
        remedies: names of what they come from.
        advice, notes: sentences.
        curves: figures, each embedded.
        trail: the trials.
        patch: lines of the difference, each with its kind: `"added"`, `"removed"`, `"place"` or `""`.
        code: the answer as a script.
    """

    outcome: str
    verdict: str
    tiles: Sequence[Tile]
    edits: Sequence[str]
    remedies: Sequence[str]
    advice: Sequence[str]
    notes: Sequence[str]
    curves: Sequence[Any]
    trail: Sequence[TrialRow]
    patch: Sequence[tuple[str, str]]
    code: str


def sections(told: dict[str, Any]) -> RepairSections:
    """The parts of a page.

    Args:
        told: a repair as plain data, as of `Repair.to_json`.
    """
    return RepairSections(
        told["outcome"],
        clean(told["verdict"]),
        _tiles(told),
        [clean(each) for each in told["edits"]],
        [clean(each) for each in told["remedies"]],
        [clean(each) for each in told["advice"]],
        [clean(each) for each in told["notes"]],
        [embedded(plate) for plate in before_after.plates(told)],
        [_row(trial) for trial in told["trials"]],
        [(_kind(line), clean(line)) for line in told["patch"].splitlines()[2:]],
        told["code"],
    )


def _tiles(told: dict[str, Any]) -> list[Tile]:
    before, after, proof = told["before"], told["after"], told["evidence"]
    found = [Tile(f"{after['metric']} before", _number(before["value"]), f"on {plural(before['rows'], 'row')}")]
    if told["edits"]:
        found.append(Tile(f"{after['metric']} after", _number(after["value"]), f"on {plural(after['rows'], 'row')}"))
    if proof is not None:
        interval = f"95 % interval {_number(proof['low'])} to {_number(proof['high'])}"
        found.append(Tile("improvement", _number(proof["improvement"]), f"{interval}, {proof['how']}"))
    steps = sum(trial["steps"] for trial in told["trials"])
    share = f"{steps / told['steps']:.2f} of those of the final training" if told["steps"] else ""
    found.append(Tile("trials", count(len(told["trials"])), f"{plural(steps, 'step')}, {share}" if steps else ""))
    return found


def _row(trial: dict[str, Any]) -> TrialRow:
    known = [score for score in trial["scores"] if score is not None]
    nothing = [", ".join(trial["remedies"])] if trial["remedies"] else ["the training as it stands"]
    return TrialRow(
        trial["number"],
        trial["round"],
        trial["kind"],
        [clean(each) for each in trial["edits"] or nothing],
        f"{sum(known) / len(known):.3f}" if known else "",
        count(trial["steps"]),
        clean(trial["rejected"]),
    )


def _kind(line: str) -> str:
    return {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "")


def _number(value: float | None) -> str:
    return "not a number" if value is None else f"{value:.3g}"
