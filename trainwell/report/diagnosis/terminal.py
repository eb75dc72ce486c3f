"""A diagnosis on a terminal, within 80 columns and readable without colour; and as plain data for machines.

The verdict says what the worst fault is; its own lines below add the numbers and do not say it twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from trainwell.report.console import print_trimmed, printable
from trainwell.report.diagnosis.headroom import headroom
from trainwell.report.diagnosis.wording import (
    causes,
    counts,
    decisive,
    of,
    reading,
    reasons,
    room,
    spoken,
    title,
    trained,
    verdict_of,
    wrong,
)
from trainwell.report.wording import clean, plural, shorten
from trainwell.rule import MOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType

    from trainwell.rule import Finding
    from trainwell.run import Run

SCHEMA_VERSION = 1
_WIDTH = 80  # a wider terminal makes no better lines
_MOST_PLACES = 3
_MOST_VERBOSE = 24
_WHERE = 28  # characters
_REASON = 60


def print_diagnosis(
    run: Run, findings: Sequence[Finding], faults: Sequence[Finding], console: Console, *, verbose: bool = False
) -> None:
    """Prints the verdict, each fault with its numbers and remedies, advice, and how many rules said what.

    Args:
        run: the Run that was judged.
        findings: what every rule says of it.
        faults: the causes among the findings, the worst first.
        console: where to print; its colours are respected, and at most 80 of its columns are used.
        verbose: also what passed and how narrowly, and each rule that was not measured or does not apply.
    """
    advice = of(findings, "advice")
    _say(
        verdict_of(run, findings, faults),
        console,
        "bold" if faults else "bold green" if _is_clean(findings) else "bold",
    )
    if words := headroom(run):
        _say(words, console)
    by_name = {each.rule.name: each for each in findings}
    for place, fault in enumerate(faults):
        console.print()
        _print_finding(fault, by_name, console, say=place > 0, verbose=verbose)
    suspected = causes(findings, "suspected")
    for each in (*suspected, *advice):
        console.print()
        _print_finding(each, by_name, console, say=True, verbose=verbose)
    _print_harmless(findings, console)
    console.print()
    if verbose:
        _print_rest(findings, console)
    _print_counts(findings, console)
    if words := trained(run):
        _say(f"trained {words}", console, "dim")
    if faults or suspected or advice:
        first = (*faults, *suspected, *advice)[0]
        _say(f"trainwell explain {first.rule.id} says more of {spoken(first.rule.name)}", console, "dim")


def _is_clean(findings: Sequence[Finding]) -> bool:
    return any(each.outcome == "passed" for each in findings) and not of(findings, "not measured")


def _say(words: str, console: Console, style: str = "") -> None:
    _print(Text(printable(words, console), style=style), console)


def _print(shown: RenderableType, console: Console) -> None:
    """Prints in at most 80 columns, without blanks at the ends of lines."""
    width = console.width
    if width <= _WIDTH:
        print_trimmed(shown, console)
        return
    print_trimmed(Padding(shown, (0, width - _WIDTH, 0, 0)), console)


def _print_finding(
    finding: Finding, by_name: dict[str, Finding], console: Console, *, say: bool, verbose: bool
) -> None:
    rule = finding.rule
    fault = finding.outcome == "fault"
    heading = Text(rule.id, style="dim")
    heading.append("  ")
    heading.append(printable(title(rule), console), style="not dim bold")
    heading.append(f"  {rule.severity if fault else finding.outcome}", style=_color(finding))
    console.print(heading)
    if say:
        _print(Padding(Text(printable(finding.message, console)), (0, 0, 0, 7)), console)
    bad = wrong(finding)
    if bad:
        _print(
            Padding(_measured(finding, bad[: _MOST_VERBOSE if verbose else _MOST_PLACES], console), (0, 0, 0, 7)),
            console,
        )
    rest = len(bad) - (_MOST_VERBOSE if verbose else _MOST_PLACES)
    if rest > 0:
        _print(Padding(Text(f"and {plural(rest, 'more place')}", style="dim"), (0, 0, 0, 7)), console)
    lines = [("shown by", clean(finding.proof))] if finding.proof else []
    for name in finding.consequences:
        follows = by_name.get(name)
        words = spoken(name) + (f": {clean(follows.message)}" if follows is not None and follows.message else "")
        lines.append(("explains", words))
    if finding.remedies:
        lines.append(("try", ", ".join(map(clean, finding.remedies))))
    if lines:
        _print(Padding(_pairs(lines, console), (0, 0, 0, 7)), console)


def _print_harmless(findings: Sequence[Finding], console: Console) -> None:
    harmless = causes(findings, "harmless")
    if harmless:
        console.print()
        _say("Looked at and found harmless", console, "dim")
        lines = [(each.rule.id, f"{spoken(each.rule.name)}. {each.proof}") for each in harmless]
        _print(Padding(_pairs(lines, console), (0, 0, 0, 2)), console)


def _color(finding: Finding) -> str:
    if finding.outcome != "fault":
        return "not dim cyan"
    return "not dim bold red" if finding.rule.severity in {"fatal", "serious"} else "not dim yellow"


def _measured(finding: Finding, bad: Sequence[Any], console: Console) -> Table:
    """A line for each measurement: where, what, the value, the limit, how far apart."""
    table = Table.grid(padding=(0, 2, 0, 0))
    named = any(each.where for each in bad)
    if named:
        table.add_column(overflow="fold", max_width=_WHERE, style="cyan")
    table.add_column(overflow="fold")
    table.add_column(justify="right", overflow="fold", style="bold")
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True, style="dim")
    for each in bad:
        for place, one in enumerate(each.measurements):
            told = reading(finding, one)
            where = shorten(each.where, _WHERE) if place == 0 else ""
            cells = ([where] if named else []) + [told.what, told.value, told.limit, told.distance]
            table.add_row(*(Text(printable(cell, console)) for cell in cells))
    return table


def _pairs(lines: Sequence[tuple[str, str]], console: Console) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    before = None
    for name, words in lines:
        table.add_row(Text("" if name == before else name), Text(printable(words, console)))
        before = name
    return table


def _print_counts(findings: Sequence[Finding], console: Console) -> None:
    number_of = counts(findings)
    unseen = reasons(of(findings, "not measured"))
    short = len(unseen) == 1 and len(unseen[0][0]) <= _REASON
    why = f" ({unseen[0][0].removesuffix('.')})" if short else ""
    parts = [
        *(f"{name} {number_of[name]}" for name in ("suspected", "harmless") if number_of[name]),
        f"passed {number_of['passed']}",
        f"not applicable {number_of['not applicable']}",
        f"not measured {number_of['not measured']}{why}",
    ]
    if number_of["ignored"]:
        parts.append(f"ignored {number_of['ignored']}")
    _say(" · ".join(parts), console)
    if unseen and not short:
        _say("Not measured, and why", console, "dim")
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(justify="right", style="dim")
        table.add_column(overflow="fold")
        for reason, those in unseen:
            table.add_row(str(len(those)), Text(printable(shorten(reason, 200), console)))
        _print(Padding(table, (0, 0, 0, 2)), console)


def _print_rest(findings: Sequence[Finding], console: Console) -> None:
    passed = of(findings, "passed")
    if passed:
        _say("Passed, the nearest to its limit first", console, "dim")
        table = Table.grid(padding=(0, 2, 0, 0))
        for settings in ({"style": "dim"}, {}, {"justify": "right"}, {}, {"justify": "right", "style": "dim"}):
            table.add_column(overflow="fold", **settings)  # type: ignore[arg-type]
        for each in sorted(passed, key=lambda one: -one.margin if one.evidence else MOST):
            one = decisive(each, each.evidence[0]) if each.evidence else None
            told = reading(each, one) if one is not None else None
            cells = (
                [told.value, f"fault {told.limit}", f"{room(told.margin)} away" if told.distance else ""]
                if told
                else ["", "", ""]
            )
            table.add_row(*(Text(printable(cell, console)) for cell in (each.rule.id, spoken(each.rule.name), *cells)))
        _print(Padding(table, (0, 0, 0, 2)), console)
        console.print()
    for outcome, name in (("not measured", "Not measured"), ("not applicable", "Not applicable")):
        found = of(findings, outcome)  # type: ignore[arg-type]
        if found:
            _say(name, console, "dim")
            lines = [(f"{each.rule.id}  {spoken(each.rule.name)}", clean(each.message)) for each in found]
            _print(Padding(_pairs(lines, console), (0, 0, 0, 2)), console)
            console.print()


def diagnosis_json(run: Run, findings: Sequence[Finding], faults: Sequence[Finding]) -> dict[str, Any]:
    """The diagnosis as plain data that strict JSON can carry.

    Returns:
        `schema`, `schema_version` (raised when a key changes its meaning), `verdict`, `headroom` (in words),
        `suspected` (ids of what no experiment confirmed or refuted), `faults` (ids of the causes, the worst first),
        `counts` (findings by outcome), `findings` (each as `Finding.to_json` gives it, with `title` and `remedies`),
        `not_measured` (signals and probes that were not taken, and why) and `training` (how much was trained, in
        words). Numbers that are not finite are None.
    """
    return {
        "schema": "trainwell/diagnose",
        "schema_version": SCHEMA_VERSION,
        "verdict": verdict_of(run, findings, faults),
        "headroom": headroom(run) or None,
        "suspected": [each.rule.id for each in causes(findings, "suspected")],
        "faults": [each.rule.id for each in faults],
        "counts": counts(findings),
        "findings": [
            {**each.to_json(), "title": title(each.rule), "remedies": list(each.remedies)} for each in findings
        ],
        "not_measured": {name: clean(why) for name, why in run.not_measured.items()},
        "training": trained(run),
    }
