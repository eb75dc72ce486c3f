"""A diagnosis in a notebook: a small table that brings its own colours, in light and dark.

The notebook says which it is in several ways; where none is known, the system's choice is taken. The card has a
background of its own, so that it can be read on any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from trainwell.report.diagnosis.headroom import headroom
from trainwell.report.diagnosis.wording import causes, counts, of, reading, reasons, spoken, title, verdict_of, wrong
from trainwell.report.palette import DARK, LIGHT
from trainwell.report.wording import clean, plural, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.rule import Finding
    from trainwell.run import Run

_MOST_PLACES = 3


def repr_html(run: Run, findings: Sequence[Finding], faults: Sequence[Finding]) -> str:
    """The diagnosis as a piece of HTML for a notebook's output.

    Args:
        run: the Run that was judged.
        findings: what every rule says of it.
        faults: the causes among the findings, the worst first.

    Returns:
        One `div` with its style; it loads nothing and has no scripts.
    """
    environment = Environment(
        loader=PackageLoader("trainwell", "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    number_of = counts(findings)
    suspected = causes(findings, "suspected")
    return environment.get_template("notebook.html.j2").render(
        light=LIGHT,
        dark=DARK,
        verdict=verdict_of(run, findings, faults),
        headroom=headroom(run),
        found=[_entry(each) for each in (*faults, *suspected, *of(findings, "advice"))],
        counts=[
            f"{name} {number_of[name]}"
            for name in ("suspected", "harmless", "passed", "not applicable", "not measured")
            if number_of[name] or name in {"passed", "not applicable", "not measured"}
        ],
        unmeasured=[(plural(len(those), "rule"), reason) for reason, those in reasons(of(findings, "not measured"))],
    )


def _entry(finding: Finding) -> dict[str, object]:
    bad = wrong(finding)
    rows = [
        (shorten(each.where, 40) if place == 0 else "", told.what, told.value, told.limit)
        for each in bad[:_MOST_PLACES]
        for place, one in enumerate(each.measurements)
        for told in [reading(finding, one)]
    ]
    return {
        "id": finding.rule.id,
        "title": title(finding.rule),
        "level": finding.rule.severity if finding.outcome == "fault" else finding.outcome,
        "message": clean(finding.message),
        "proof": clean(finding.proof),
        "rows": rows,
        "more": plural(len(bad) - _MOST_PLACES, "more place") if len(bad) > _MOST_PLACES else "",
        "follows": ", ".join(map(spoken, finding.consequences)),
        "remedies": [clean(remedy) for remedy in finding.remedies],
    }
