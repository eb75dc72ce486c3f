"""Verdicts: what experiments say of the faults that rules suspect.

A rule finds evidence. Where facts alone contradict each other, that is a fault. All other evidence is a suspicion,
which the experiments of the Run decide:

- a remedy gained beyond noise on held-out rows, or the network stays clearly below a reference learner: `fault`;
- no remedy gained more than a little, and the network reaches what the references reach: `harmless`;
- else: `suspected`.

What follows from a cause shares its verdict. The functions are pure, so a saved Run gives the same verdicts again.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from trainwell.rules.judging import explained, faults
from trainwell.rules.scores import a_learner, score

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trainwell.rule import Finding, Outcome
    from trainwell.run import ReferencesRecord, Run, TrialRecord

NOISE = 2.0
"""Standard errors that a gain must exceed to count: chance gives one in 40."""
MATERIAL = 0.05
"""Share of what a reference reaches over a constant answer that a network must lack to lie below it."""
LESS_LOSS = 0.05
"""Share of the held-out loss that a remedy must save where its score does not tell."""


def verdicts(findings: Sequence[Finding], run: Run) -> list[Finding]:
    """Return the findings with their verdicts: suspicions that the experiments do not confirm are no faults.

    Args:
        findings: of `judge`.
        run: the Run that was judged, with its experiments.
    """
    decided = {each.rule.id: _decide(each, run) for each in findings if each.outcome == "fault"}
    by_name = {each.rule.name: each for each in findings}
    found = []
    for each in findings:
        if each.outcome != "fault":
            found.append(each)
            continue
        root = each
        while root.cause:
            root = by_name[root.cause]
        outcome, proof = decided[each.rule.id]
        if outcome != "fault" and root is not each:
            outcome, proof = decided[root.rule.id][0], ""
        found.append(dataclasses.replace(each, outcome=outcome, proof=proof))
    return explained(found)


def suspicions(findings: Iterable[Finding]) -> list[Finding]:
    """Return the causes that an experiment can decide, the worst first.

    Args:
        findings: of `judge`.
    """
    return [each for each in faults(findings) if each.rule.proof == "experiment"]


def gains(trial: TrialRecord) -> bool:
    """Return True if a remedy gained beyond noise, in its score or in the loss of the held-out rows."""
    if trial.failed or trial.gain is None or trial.gain_error is None:
        return False
    if _gains_in_score(trial):
        return True
    before, after = trial.loss_before, trial.loss_after
    return before is not None and after is not None and after < (1 - LESS_LOSS) * before and trial.gain >= 0


def _gains_in_score(trial: TrialRecord) -> bool:
    return trial.gain is not None and trial.gain > max(0.0, NOISE * (trial.gain_error or 0.0))


def is_below(record: ReferencesRecord | None) -> bool | None:
    """Return True if the network is clearly worse than the best reference learner; `None` if that is not known."""
    if record is None or not record.learners or record.gain is None or record.constant is None:
        return None
    if record.wins_by_its_loss:
        return False
    return record.gain > NOISE * (record.gain_error or 0.0) and record.gain > MATERIAL * record.possible


def _decide(finding: Finding, run: Run) -> tuple[Outcome, str]:
    if finding.rule.proof == "facts":
        return "fault", ""
    made = (*([run.experiments.priors] if run.experiments.priors else []), *(run.experiments.trials or ()))
    trials = [each for each in made if each.rule == finding.rule.id]
    gained = next((each for each in trials if gains(each)), None)
    if gained is not None:
        return "fault", _says_gain(gained)
    record = run.experiments.references
    below = is_below(record)
    if below and record is not None and record.best is not None:
        name = a_learner(record.best.name)
        return "fault", (
            f"{name[:1].upper()}{name[1:]} on the same rows reaches {score(record.metric, record.best.score)}, the "
            f"network {score(record.metric, record.network)}."
        )
    tried = [each for each in trials if not each.failed]
    if below is False and tried and all(_is_small(each, record) for each in tried):
        return "harmless", f"{_says_no_gain(tried)} The network reaches what other learners reach on these rows."
    if tried:
        why = "Too few rows to tell." if below is False else "What other learners reach is not known."
        return "suspected", f"{_says_no_gain(tried)} {why}"
    failed = next((each.failed for each in trials), "")
    why = failed or run.not_measured.get("trials") or "no remedy could be tried"
    return "suspected", f"Not confirmed: {why.rstrip('.')}."


def _is_small(trial: TrialRecord, record: ReferencesRecord | None) -> bool:
    """Return True if a gain is within one standard error, or a small part of what can be reached on these rows."""
    possible = record.possible if record else 0.0
    return (trial.gain or 0.0) <= max(trial.gain_error or 0.0, MATERIAL * possible)


def _says_gain(trial: TrialRecord) -> str:
    remedy = trial.remedy.replace("-", " ")
    if _gains_in_score(trial):
        error = f" (gain {trial.gain:.3f} ± {trial.gain_error:.3f})"
        return (
            f"Tried: with {remedy}, {score(trial.metric, trial.after)} on held-out rows in place of "
            f"{score(trial.metric, trial.before)}{_after(trial)}{error}."
        )
    return (
        f"Tried: with {remedy}, a loss of {trial.loss_after:.3g} on held-out rows in place of {trial.loss_before:.3g} "
        f"{_after(trial).strip()}."
    )


def _after(trial: TrialRecord) -> str:
    return f" after {trial.steps:,} steps" if trial.steps else ""


def _says_no_gain(trials: Sequence[TrialRecord]) -> str:
    parts = [
        f"with {each.remedy.replace('-', ' ')} {score(each.metric, each.after)} in place of "
        f"{score(each.metric, each.before)}"
        for each in trials
    ]
    return f"Tried without a gain beyond noise: {'; '.join(parts)}."
