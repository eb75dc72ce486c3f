"""What a repair comes to: the model, the edits that made it, and every trial on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from trainwell.repairing.format import repair_json, repair_text
from trainwell.source import spec_code, spec_patch
from trainwell.storage import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    import keras

    from trainwell.diagnosis import Diagnosis
    from trainwell.edits import Edit
    from trainwell.training_spec import TrainingSpec

Kind = Literal["confirming", "search", "combination", "final"]
Outcome = Literal["repaired", "nothing to repair", "no repair found"]


@dataclass(frozen=True)
class Trial:
    """One short training of a candidate.

    Args:
        number: from 1, in the order of the trail.
        round: from 1: a diagnosis begins one.
        kind: what it was for.
        remedies: names of the remedies that the edits come from; empty for the TrainingSpec as it stands.
        edits: that were applied, on top of those accepted before.
        seeds: of its trainings.
        scores: one a seed, the higher the better; empty where it could not be trained.
        steps: of all its trainings together.
        seconds: of all its trainings together.
        rejected: why it is not the answer; `""` for one that was taken.
    """

    number: int
    round: int
    kind: Kind
    remedies: tuple[str, ...]
    edits: tuple[Edit, ...]
    seeds: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    steps: int = 0
    seconds: float = 0.0
    rejected: str = ""

    @property
    def score(self) -> float | None:
        """The mean over the seeds; `None` where it could not be trained."""
        return sum(self.scores) / len(self.scores) if self.scores else None


@dataclass(frozen=True)
class Score:
    """How good a trained TrainingSpec is, on rows that neither its training nor a trial saw.

    Args:
        metric: name of what is measured, such as `"accuracy"`.
        value: of it.
        rows: how many it is measured on.
        history: Keras's logs by epoch.
    """

    metric: str
    value: float
    rows: int
    history: dict[str, list[float]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Proof:
    """What the final comparison of before and after says.

    Args:
        improvement: of the metric, the higher the better whatever its direction.
        low, high: ends of the interval that the bootstrap gives, at 95 %.
        rows: that it is drawn from.
        how: `"held back"`, or `"cross-validated"` where there are few rows.
    """

    improvement: float
    low: float
    high: float
    rows: int
    how: Literal["held back", "cross-validated"]


@dataclass(frozen=True)
class Repair:
    """A repair; `print` shows it, and so does a notebook.

    Args:
        outcome: `"repaired"`, `"nothing to repair"` or `"no repair found"`.
        model: trained, compiled, ready to use: the repaired one, or the one given where nothing was accepted.
        spec: what that model was trained from.
        original: the TrainingSpec as it was given.
        edits: accepted, in their order.
        remedies: names of the remedies that the edits come from.
        advice: sentences on what no edit can do.
        trials: all of them, in their order.
        before, after: scores of the TrainingSpec as it was given and of the answer; the same where they are one.
        evidence: of the final comparison; `None` where nothing was compared.
        diagnosis: of the answer.
        first_diagnosis: of the TrainingSpec as it was given.
        steps: of the final training.
        notes: what was decided and why, one sentence each.
        out_of_budget: whether the budget ended it.
    """

    outcome: Outcome
    model: keras.Model
    spec: TrainingSpec
    original: TrainingSpec
    edits: tuple[Edit, ...]
    remedies: tuple[str, ...]
    advice: tuple[str, ...]
    trials: tuple[Trial, ...]
    before: Score
    after: Score
    evidence: Proof | None
    diagnosis: Diagnosis
    first_diagnosis: Diagnosis
    steps: int
    notes: tuple[str, ...] = ()
    out_of_budget: bool = False

    @property
    def code(self) -> str:
        """The answer as Keras code: the data as the edits prepare them, model, `compile` and `fit`."""
        return spec_code(self.spec, self.edits, before=self.original)

    @property
    def patch(self) -> str:
        """The difference between the code of the TrainingSpec as it was given and that of the answer; `""` for none."""
        return spec_patch(self.original, self.spec, self.edits) if self.edits else ""

    @property
    def trial_steps(self) -> int:
        """Of all trials together; the final training is not one."""
        return sum(trial.steps for trial in self.trials)

    def to_json(self) -> dict[str, Any]:
        """Plain data that strict JSON can carry, with a `schema_version`."""
        return repair_json(self)

    def to_html(self, path: str | Path) -> None:
        """Writes one HTML page that loads nothing: what was changed, before and after, the trail; whole or absent.

        Args:
            path: of the file; one that is there is replaced.
        """
        from pathlib import Path  # noqa: PLC0415 -- as below

        from trainwell.report import render_repair  # noqa: PLC0415 -- matplotlib is slow to load

        found = self.diagnosis
        text = render_repair(self.to_json(), found.run, found.findings, found.faults)
        with write_atomically(Path(path)) as place:
            place.write_text(text, encoding="utf-8")

    def _repr_html_(self) -> str:
        from trainwell.report import repair_card  # noqa: PLC0415 -- matplotlib is slow to load

        return repair_card(self.to_json())

    def __str__(self) -> str:
        return repair_text(self)
