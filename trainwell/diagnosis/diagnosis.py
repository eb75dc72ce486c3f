"""What a diagnosis found: every rule's finding, the causes among the faults, and the Run that they were read from."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainwell.rules import faults
from trainwell.storage import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from trainwell.rule import Finding
    from trainwell.run import Run

_COLUMNS = 80


@dataclass(frozen=True)
class Diagnosis:
    """All findings on one Run; `print` shows them, and so does a notebook.

    Args:
        run: the record of the training.
        findings: of all rules, in the order of their numbers.
    """

    run: Run
    findings: tuple[Finding, ...]

    @functools.cached_property
    def faults(self) -> list[Finding]:
        """The causes among the faults, the worst first; what follows from one is in its `consequences`."""
        return faults(self.findings)

    @property
    def healthy(self) -> bool:
        """Return True if no fault was found and none is suspected; what could not be measured is in `findings`."""
        return not any(each.outcome in {"fault", "suspected"} for each in self.findings)

    @property
    def suspected(self) -> list[Finding]:
        """The causes among the faults that no experiment confirmed or refuted, in the order of their numbers."""
        return [each for each in self.findings if each.outcome == "suspected" and not each.cause]

    def to_json(self) -> dict[str, Any]:
        """Plain data that strict JSON can carry, with a `schema_version`."""
        from trainwell.report import diagnosis_json  # noqa: PLC0415 -- matplotlib is slow to load

        return diagnosis_json(self.run, list(self.findings), self.faults)

    def to_html(self, path: str | Path) -> None:
        """Writes one HTML page that loads nothing; it is whole or absent.

        Args:
            path: of the file; one that is there is replaced.
        """
        from pathlib import Path  # noqa: PLC0415 -- as below

        from trainwell.report import render_diagnosis  # noqa: PLC0415 -- matplotlib is slow to load

        text = render_diagnosis(self.run, list(self.findings), self.faults)
        with write_atomically(Path(path)) as place:
            place.write_text(text, encoding="utf-8")

    def __str__(self) -> str:
        from rich.console import Console  # noqa: PLC0415 -- shown, not measured

        from trainwell.report import print_diagnosis  # noqa: PLC0415 -- matplotlib is slow to load

        console = Console(file=io.StringIO(), width=_COLUMNS, highlight=False)
        print_diagnosis(self.run, list(self.findings), self.faults, console)
        return console.file.getvalue().strip("\n")  # type: ignore[attr-defined] -- a StringIO

    def _repr_html_(self) -> str:
        from trainwell.report import repr_html  # noqa: PLC0415 -- matplotlib is slow to load

        return repr_html(self.run, list(self.findings), self.faults)
