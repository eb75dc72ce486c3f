"""Rows that hold NaN or infinity, of inputs or of targets, in training and in validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from trainwell.run.data import SplitRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.run.data import NonFinite
    from trainwell.run.run import Run


@dataclass(frozen=True)
class NotFinite:
    """What one array holds that is no finite number.

    Args:
        name: of the input or target.
        part: `"train"` or `"validation"`.
        record: what it holds.
    """

    name: str
    part: Literal["train", "validation"]
    record: NonFinite

    @property
    def rows(self) -> int:
        """Rows that hold some of it."""
        return self.record.rows

    def said(self, what: str) -> str:
        """A sentence on it, `what` being the array in words, such as `"The inputs"`."""
        rows = "validation rows" if self.part == "validation" else "rows"
        if not self.record.count:
            return f"{what} hold no NaN and no infinity in the {rows}."
        rows = rows.removesuffix("s") if self.rows == 1 else rows
        record = self.record
        column = f", column {', '.join(map(str, record.column))}" if record.column else ""
        return f"{what} hold {record.kind} in {self.rows:,} {rows}, first in row {record.row}{column}."


def not_finite(run: Run, of: Literal["inputs", "targets"]) -> Iterator[NotFinite]:
    """Give what each input or target holds, in both parts; arrays without numbers are left out."""
    data = run.data
    for each in (data.inputs if of == "inputs" else data.targets) or ():
        if each.non_finite is not None:
            yield NotFinite(each.name, "train", each.non_finite)
    split = data.split or SplitRecord()
    for name, held in (split.inputs if of == "inputs" else split.targets).items():
        if held is not None:
            yield NotFinite(name, "validation", held.non_finite)
