"""Rows that hold NaN or infinity, of inputs or of targets, in training and in validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.run import Run


@dataclass(frozen=True)
class NotFinite:
    """What one array holds that is no finite number.

    Args:
        name: of the input or target.
        part: `"train"` or `"validation"`.
        facts: as of `trainwell.facts.describe_input`, under `non_finite`.
    """

    name: str
    part: Literal["train", "validation"]
    facts: dict[str, Any]

    @property
    def rows(self) -> int:
        """Rows that hold some of it."""
        return self.facts["rows"]

    def said(self, what: str) -> str:
        """A sentence on it, `what` being the array in words, such as `"The inputs"`."""
        rows = "validation rows" if self.part == "validation" else "rows"
        if not self.facts["count"]:
            return f"{what} hold no NaN and no infinity in the {rows}."
        rows = rows.removesuffix("s") if self.rows == 1 else rows
        column = f", column {', '.join(map(str, self.facts['column']))}" if self.facts["column"] else ""
        return f"{what} hold {self.facts['kind']} in {self.rows:,} {rows}, first in row {self.facts['row']}{column}."


def not_finite(run: Run, of: Literal["inputs", "targets"]) -> Iterator[NotFinite]:
    """What each input or target holds, in both parts; arrays without numbers are left out."""
    data = run.facts["data"]
    held = (data.get("split") or {}).get(of) or {}
    for each in data[of]:
        if each.get("non_finite") is not None:
            yield NotFinite(each["name"], "train", each["non_finite"])
    for name, facts in held.items():
        if (facts or {}).get("non_finite") is not None:
            yield NotFinite(name, "validation", facts["non_finite"])
