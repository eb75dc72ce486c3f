"""A repair as one HTML page: a single file that loads nothing, in light and dark, readable without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from trainwell.report import descriptions
from trainwell.report.diagnosis.sections import all_sections
from trainwell.report.diagnosis.wording import subject, trained
from trainwell.report.palette import DARK, LIGHT
from trainwell.report.repair.sections import sections
from trainwell.report.run_values import source_name
from trainwell.report.wording import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.rule import Finding
    from trainwell.run import Run


def render_repair(told: dict[str, Any], run: Run, findings: Sequence[Finding], faults: Sequence[Finding]) -> str:
    """The page as text, to be written as UTF-8.

    Args:
        told: a repair as plain data, as of `Repair.to_json`.
        run: of the answer's training.
        findings: what every rule says of it.
        faults: the causes among the findings, the worst first.

    Returns:
        One HTML document.
    """
    return (
        _environment()
        .get_template("repair.html.j2")
        .render(
            light=LIGHT,
            dark=DARK,
            title=source_name(run) or clean(subject(run)),
            kicker=" · ".join(filter(None, ("Repair", descriptions.hidden_layers(run), trained(run)))),
            repair=sections(told),
            diagnosis=all_sections(run, findings, faults),
            version=clean(run.versions.get("trainwell") or ""),
        )
    )


def repair_card(told: dict[str, Any]) -> str:
    """The repair as a piece of HTML for a notebook's output: one `div` with its style, without scripts.

    Args:
        told: a repair as plain data, as of `Repair.to_json`.
    """
    return _environment().get_template("repair_card.html.j2").render(light=LIGHT, dark=DARK, repair=sections(told))


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("trainwell", "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
