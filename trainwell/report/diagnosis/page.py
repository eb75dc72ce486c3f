"""A diagnosis as one HTML page: a single file that loads nothing, in light and dark, readable without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from trainwell.report import descriptions
from trainwell.report.diagnosis.sections import all_sections
from trainwell.report.diagnosis.wording import subject, trained
from trainwell.report.palette import DARK, LIGHT
from trainwell.report.run_values import source_name
from trainwell.report.wording import clean, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.rule import Finding
    from trainwell.run import Run


def render_diagnosis(run: Run, findings: Sequence[Finding], faults: Sequence[Finding]) -> str:
    """The page as text, to be written as UTF-8.

    Args:
        run: the Run that was judged; sections whose facts or signals are missing are left out.
        findings: what every rule says of it.
        faults: the causes among the findings, the worst first.

    Returns:
        One HTML document.
    """
    environment = Environment(
        loader=PackageLoader("trainwell", "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("diagnosis.html.j2").render(
        light=LIGHT,
        dark=DARK,
        title=source_name(run) or clean(subject(run)),
        kicker=" · ".join(filter(None, ("Diagnosis", descriptions.hidden_layers(run), _parameters(run), trained(run)))),
        diagnosis=all_sections(run, findings, faults),
        version=clean(run.versions.get("trainwell") or ""),
    )


def _parameters(run: Run) -> str:
    found = run.model.parameters
    return "" if found is None else plural(found, "parameter")
