"""A case of the gallery under diagnosis, and how well its verdict meets what was planted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

import trainwell as tw
from trainwell.rules import judge
from trainwell.run import ExperimentsRecord

if TYPE_CHECKING:
    from gallery.case import Case


MORE_EXACT = {"constant-predictions": ("normalized-away",), "non-finite-loss": ("non-finite-gradient",)}
"""By a planted fault, names of later rules that say the same fault with its cause."""


@dataclass(frozen=True)
class Verdict:
    """What was said of one case.

    Args:
        case: its name.
        half: the part of the gallery: `"frozen"`, `"own"`, `"blind"` or `"forum"`.
        planted: the planted fault; None for a healthy case.
        named: the faults named as causes, the worst first.
        consequences: faults told as consequences.
        advice: advice given.
        margins: by rule, of what was measured.
        steps: that were trained.
        seconds: that it took.
    """

    case: str
    half: str
    planted: str | None
    named: tuple[str, ...]
    consequences: tuple[str, ...]
    advice: tuple[str, ...]
    margins: dict[str, float]
    steps: int
    seconds: float

    @property
    def is_right(self) -> bool:
        """The planted fault is named first; a healthy case has none."""
        if self.planted is None:
            return not self.named
        return bool(self._names & set(self.named[:1]))

    @property
    def names_it(self) -> bool:
        """The planted fault is named, first or beside others."""
        return bool(self._names & set(self.named))

    @property
    def _names(self) -> set[str]:
        return set() if self.planted is None else {self.planted, *MORE_EXACT.get(self.planted, ())}

    @property
    def says(self) -> dict[str, tuple[str, ...]]:
        """What a person reads: causes, consequences and advice, without numbers."""
        return {"causes": self.named, "consequences": self.consequences, "advice": self.advice}


def trained(case: Case, seed: int) -> tw.Run:
    """The Run of `tw.diagnose` on a case, without its experiments: what rules alone say is told by these."""
    setup = case.build(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the one fault that Keras itself warns of
        run = tw.diagnose(setup.compiled(), **setup.data, **setup.fit, budget=600, confirm=False).run
    for name in [each for each in run.not_measured if each.startswith("experiment:")]:
        del run.not_measured[name]
    return msgspec.structs.replace(run, experiments=ExperimentsRecord())


def judged(case: Case, run: tw.Run) -> Verdict:
    """The verdict of the rules, as they are now, on the Run of a case."""
    diagnosis = tw.Diagnosis(run, tuple(judge(run)))
    findings, fit = diagnosis.findings, run.fit
    return Verdict(
        case.name,
        case.half,
        case.fault,
        tuple(each.rule.name for each in diagnosis.faults),
        tuple(each.rule.name for each in findings if each.outcome == "fault" and each.cause),
        tuple(each.rule.name for each in findings if each.outcome == "advice"),
        {each.rule.name: each.margin for each in findings if each.outcome in {"fault", "advice", "passed"}},
        fit.steps or 0,
        fit.seconds or 0.0,
    )


def diagnosed(case: Case, seed: int) -> Verdict:
    """The verdict on a case that is trained now."""
    return judged(case, trained(case, seed))
