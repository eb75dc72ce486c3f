"""A repair in words, at most 80 columns wide, and as plain data."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainwell.repairing.result import Repair, Score, Trial

SCHEMA_VERSION = 1
_COLUMNS = 80
_MOST_ROWS = 30


def repair_text(found: Repair) -> str:
    """What a terminal shows: the verdict, the edits, what is advised, the trail."""
    lines = [*_wrapped(verdict(found)), ""]
    if found.edits:
        lines += ["Edits", *(line for edit in found.edits for line in _wrapped(str(edit), "  - ")), ""]
        lines += _wrapped(f"They come from: {', '.join(found.remedies)}.")
    left = [each.rule.name for each in found.diagnosis.faults]
    if left and found.outcome != "nothing to repair":
        lines += _wrapped(f"Still found afterwards: {', '.join(left)}.")
    for sentence in (*found.advice, *found.notes):
        lines += _wrapped(sentence)
    if found.trials:
        share = f"{found.trial_steps / max(1, found.steps):.2f} of those of the final training"
        lines += ["", f"Trials: {len(found.trials)}, {found.trial_steps} steps, {share}."]
        lines += [line for trial in found.trials[:_MOST_ROWS] for line in trial_lines(trial)]
        if len(found.trials) > _MOST_ROWS:
            lines.append(f"  ... and {len(found.trials) - _MOST_ROWS} more")
    if found.edits:
        lines += ["", "`.model` is trained and ready to use; `.patch` shows the change to your code."]
    return "\n".join(lines)


def verdict(found: Repair) -> str:
    """The outcome in a sentence or two."""
    if found.outcome == "nothing to repair":
        return f"Nothing to repair: no fault was found, and no trial was made. {_figure(found.before)}."
    if found.outcome == "no repair found":
        names = ", ".join(each.rule.name for each in found.first_diagnosis.faults) or "what could be measured"
        return (
            f"No repair found for {names}. {_figure(found.before)}. The model is the one that was given, trained as "
            "it would have been."
        )
    before, after, proof = found.before, found.after, found.evidence
    text = f"Repaired: {after.metric} {_number(before.value)} → {_number(after.value)}"
    if proof is None:
        return f"{text}."
    how = "rows held back" if proof.how == "held back" else "rows, cross-validated"
    return (
        f"{text}. On {proof.rows} {how} it improves by {_number(proof.improvement)} "
        f"(95 % interval {_number(proof.low)} to {_number(proof.high)})."
    )


def trial_lines(trial: Trial) -> list[str]:
    """One trial: its number, what was tried, its score, and why it is not the answer."""
    head, what = _head_and_edits(trial)
    first, *rest = textwrap.wrap(what, _COLUMNS - len(head)) or [""]
    lines = [head + first, *(" " * len(head) + line for line in rest)]
    if trial.rejected:
        lines += [" " * len(head) + line for line in textwrap.wrap(f"({trial.rejected})", _COLUMNS - len(head))]
    return lines


def trial_line(trial: Trial) -> str:
    """Return its number, score, steps and edits in one line of at most 80 columns."""
    head, what = _head_and_edits(trial)
    return head + textwrap.shorten(what, _COLUMNS - len(head), placeholder=" …")


def _head_and_edits(trial: Trial) -> tuple[str, str]:
    what = "; ".join(map(str, trial.edits)) or ", ".join(trial.remedies) or "the training as it stands"
    score = "   -  " if trial.score is None else f"{trial.score:6.3f}"
    return f"{trial.number:4} {score} {trial.steps:6} steps  ", what


def repair_json(found: Repair) -> dict[str, Any]:
    """All of it as plain data."""
    proof = found.evidence
    return {
        "schema_version": SCHEMA_VERSION,
        "outcome": found.outcome,
        "verdict": verdict(found),
        "edits": list(map(str, found.edits)),
        "remedies": list(found.remedies),
        "advice": list(found.advice),
        "notes": list(found.notes),
        "before": _score(found.before),
        "after": _score(found.after),
        "evidence": None
        if proof is None
        else {
            "improvement": _finite(proof.improvement),
            "low": _finite(proof.low),
            "high": _finite(proof.high),
            "rows": proof.rows,
            "how": proof.how,
        },
        "trials": [
            {
                "number": trial.number,
                "round": trial.round,
                "kind": trial.kind,
                "remedies": list(trial.remedies),
                "edits": list(map(str, trial.edits)),
                "seeds": list(trial.seeds),
                "scores": [_finite(score) for score in trial.scores],
                "steps": trial.steps,
                "seconds": trial.seconds,
                "rejected": trial.rejected,
            }
            for trial in found.trials
        ],
        "steps": found.steps,
        "out_of_budget": found.out_of_budget,
        "code": found.code,
        "patch": found.patch,
        "faults_before": [each.rule.name for each in found.first_diagnosis.faults],
        "faults_after": [each.rule.name for each in found.diagnosis.faults],
    }


def _score(score: Score) -> dict[str, Any]:
    history = {name: [_finite(value) for value in values] for name, values in score.history.items()}
    return {"metric": score.metric, "value": _finite(score.value), "rows": score.rows, "history": history}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _figure(score: Score) -> str:
    return f"Its {score.metric} is {_number(score.value)} on {score.rows} rows"


def _number(value: float) -> str:
    return f"{value:.3g}"


def _wrapped(text: str, bullet: str = "") -> list[str]:
    return textwrap.wrap(text, _COLUMNS, initial_indent=bullet, subsequent_indent=" " * len(bullet))
