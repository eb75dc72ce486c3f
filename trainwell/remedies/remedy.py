"""What a Remedy is: a named answer to a Finding, as lists of Edits that might be tried.

A remedy proposes and does not try. It reads the finding, the Run it was found on and the spec, and yields candidates,
each a tuple of Edits that belong together, the most promising first. What it measures nothing for, it does not propose.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from trainwell.edits import Edit
    from trainwell.rule import Finding
    from trainwell.run import Run
    from trainwell.training_spec import TrainingSpec

Safety = Literal["safe", "unsafe", "manual"]
Candidate = tuple["Edit", ...]


class NoRemedy(Exception):  # noqa: N818 -- an answer, not an error
    """Raised by a remedy that does not suit this case; its text says why, as a part of a sentence."""


@dataclass(frozen=True)
class Case:
    """What a remedy is asked for.

    Args:
        finding: the fault that it is to answer.
        run: facts, signals and probes that the finding was read from.
        setup: that was trained; to be read, not changed.
    """

    finding: Finding
    run: Run
    setup: TrainingSpec

    @property
    def places(self) -> tuple[str, ...]:
        """Where the fault is, as the evidence on the wrong side says, without the number of a call; each once."""
        measured = [each for each in self.finding.evidence if _is_fault(self.finding, each)]
        return tuple(dict.fromkeys(each.where.partition(":")[0] for each in measured or self.finding.evidence[:1]))


def _is_fault(finding: Finding, each: object) -> bool:
    """Whether all measurements of one piece of evidence lie on the wrong side."""
    measurements = getattr(each, "measurements", ())
    limits = finding.limits
    return bool(measurements) and all(
        one.threshold.margin(one.value, limits.get(one.threshold.name)) > 0 for one in measurements
    )


@dataclass(frozen=True)
class Remedy:
    """A named answer to faults.

    Args:
        name: such as `"normalize-inputs"`: what is done.
        safety: `"safe"` leaves the architecture as it is, `"unsafe"` changes it, `"manual"` is advice: no Edit
            can do it.
        certain: of which faults it is the one answer, since data or code contradict themselves: then it is not searched
            for among others, and one trial confirms it.
        propose: takes a Case and yields candidates, the most promising first; raises `NoRemedy`.
        doc: the remedy file's own text: what is done, why it helps, its source.
    """

    name: str
    safety: Safety
    certain: frozenset[str]
    propose: Callable[[Case], Iterable[Candidate]] = field(repr=False, compare=False)
    doc: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """What is done, in one sentence."""
        return self.doc.strip().split("\n\n")[0].replace("\n", " ").removesuffix(".")


def by_hand(module: str) -> Remedy:
    """A remedy that no edit can be: advice, told by its file's text.

    Args:
        module: the file's own `__name__`, which names the remedy.
    """

    def propose(case: Case) -> Iterable[Candidate]:
        del case
        raise NoRemedy("no edit can do it")

    name = module.rpartition(".")[2].replace("_", "-")
    return Remedy(name, "manual", frozenset(), propose, sys.modules[module].__doc__ or "")


def remedy(*, safety: Safety, certain: Iterable[str] = ()) -> Callable[[Callable[[Case], Iterable[Candidate]]], Remedy]:
    """Makes a Remedy of a function that proposes; its name, with dashes, is the remedy's, its file's text the doc."""

    def make(propose: Callable[[Case], Iterable[Candidate]]) -> Remedy:
        doc = sys.modules[propose.__module__].__doc__ or ""
        return Remedy(propose.__name__.replace("_", "-"), safety, frozenset(certain), propose, doc)

    return make
