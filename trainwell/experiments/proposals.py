"""Which edits a diagnosis suggests: each cause's remedies asked in the rule's order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trainwell.errors import EditError
from trainwell.remedies import Case, NoRemedy, all_remedies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.edits import Edit
    from trainwell.remedies import Remedy
    from trainwell.rule import Finding
    from trainwell.run import Run
    from trainwell.training_spec import TrainingSpec


@dataclass(frozen=True)
class Proposal:
    """Edits that belong together.

    Args:
        remedies: names of the remedies that they come from.
        edits: in their order.
    """

    remedies: tuple[str, ...]
    edits: tuple[Edit, ...]

    @property
    def weight(self) -> float:
        """How much they change."""
        return sum(edit.weight for edit in self.edits)

    @property
    def told(self) -> str:
        """All edits in one text: two proposals that are told alike do the same."""
        return "; ".join(map(str, self.edits))

    @property
    def words(self) -> str:
        """The remedies as words: `he initialization, dropout`."""
        return ", ".join(name.replace("-", " ") for name in self.remedies) or "no change"

    def __add__(self, other: Proposal) -> Proposal:
        names = tuple(dict.fromkeys((*self.remedies, *other.remedies)))
        return Proposal(names, (*self.edits, *(edit for edit in other.edits if edit not in self.edits)))


NOTHING = Proposal((), ())


@dataclass
class Proposals:
    """What is proposed for one diagnosis.

    Args:
        certain: one for each fault that has one answer.
        searched: alternatives for the faults that have none, the most promising first.
        advice: what no edit can do, each with the name of the rule that it answers.
        refused: remedies that do not suit, and why.
    """

    certain: list[Proposal] = field(default_factory=list)
    searched: list[Proposal] = field(default_factory=list)
    advice: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def propose(
    causes: Iterable[Finding], run: Run, spec: TrainingSpec, *, safe_only: bool, excluded: Iterable[Proposal] = ()
) -> Proposals:
    """Ask the remedies of each cause for edits, the worst cause first.

    Args:
        causes: faults or suspected faults.
        run: the Run that was judged.
        spec: that was trained.
        safe_only: leave out remedies that change the architecture.
        excluded: what was tried and rejected.
    """
    found = Proposals()
    tried = {proposal.told for proposal in excluded}
    for finding in causes:
        case = Case(finding, run, spec)
        answers: list[Proposal] = []
        alternatives: list[Proposal] = []
        for name in finding.remedies:
            remedy = all_remedies().get(name)
            if remedy is None:
                continue
            if remedy.safety == "manual":
                found.advice.append((finding.rule.name, f"{remedy.title}."))
                continue
            if safe_only and remedy.safety == "unsafe":
                found.refused.append((name, "it would change the architecture"))
                continue
            certain = finding.rule.name in remedy.certain
            if certain and answers:
                continue
            proposals = [each for each in _ask(remedy, case, found) if each.told not in tried]
            if certain:
                answers = proposals[:1]
            else:
                alternatives += proposals
        found.certain += answers
        if not answers:
            found.searched += [each for each in alternatives if each not in found.searched]
    return found


def _ask(remedy: Remedy, case: Case, found: Proposals) -> list[Proposal]:
    try:
        return [Proposal((remedy.name,), tuple(edits)) for edits in remedy.propose(case)]
    except NoRemedy as reason:
        found.refused.append((remedy.name, str(reason)))
    except EditError as error:
        found.refused.append((remedy.name, error.message))
    return []
