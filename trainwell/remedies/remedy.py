"""A remedy: a named answer to a finding, as Edits to try.

A remedy proposes and does not try. It reads the finding, the Run and the spec, and yields candidates, each a tuple of
Edits that belong together, the most promising first.

    from trainwell.remedies import Case, NoRemedy, remedy

declares a remedy in a program or a package of your own; CONTRIBUTING.md has an example.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from trainwell.errors import InputError
from trainwell.registry import REMEDIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from trainwell.edits import Edit
    from trainwell.rule import Finding
    from trainwell.run import Run
    from trainwell.training_spec import TrainingSpec

Safety = Literal["safe", "unsafe", "manual"]
Candidate = tuple["Edit", ...]
_OWN = "trainwell.remedies."  # modules of the package's own remedies, which are found by their files


class NoRemedy(Exception):  # noqa: N818 -- an answer, not an error
    """Raised by a remedy that does not suit this case; its text says why, as a part of a sentence."""


@dataclass(frozen=True)
class Case:
    """A fault for which a remedy is wanted.

    Args:
        finding: the fault.
        run: the Run that was judged.
        spec: the spec that was trained. A remedy reads it and does not change it.
    """

    finding: Finding
    run: Run
    spec: TrainingSpec

    @property
    def places(self) -> tuple[str, ...]:
        """Return the places of the fault, each once, without the number of a call."""
        measured = [each for each in self.finding.evidence if self.finding.is_wrong(each)]
        return tuple(dict.fromkeys(each.where.partition(":")[0] for each in measured or self.finding.evidence[:1]))


@dataclass(frozen=True)
class Remedy:
    """A named answer to faults.

    Args:
        name: such as `"normalize-inputs"`: what is done.
        safety: `"safe"` leaves the architecture as it is, `"unsafe"` changes it, `"manual"` is advice: no Edit
            can do it.
        certain: names of the faults to which it is the only answer, because data or code contradict themselves. It is
            then not compared with other remedies, and one trial confirms it.
        propose: takes a Case and yields candidates, the most promising first; raises `NoRemedy`.
        doc: the text of the remedy: what is done, why it helps, its source.
        answers: names or ids of rules to whose findings it is added, beside the remedies that the rules name.
    """

    name: str
    safety: Safety
    certain: frozenset[str]
    propose: Callable[[Case], Iterable[Candidate]] = field(repr=False, compare=False)
    doc: str = field(default="", repr=False)
    answers: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """Return what is done, in one sentence."""
        return self.doc.strip().split("\n\n")[0].replace("\n", " ").removesuffix(".")


def by_hand(module: str) -> Remedy:
    """Return a remedy that no Edit can carry out: advice, given by the docstring of its file.

    Args:
        module: `__name__` of the file, which names the remedy.
    """

    def propose(case: Case) -> Iterable[Candidate]:
        del case
        raise NoRemedy("no edit can do it")

    name = module.rpartition(".")[2].replace("_", "-")
    return Remedy(name, "manual", frozenset(), propose, sys.modules[module].__doc__ or "")


def remedy(
    *, safety: Safety, certain: Iterable[str] = (), answers: Iterable[str] = ()
) -> Callable[[Callable[[Case], Iterable[Candidate]]], Remedy]:
    """Make a Remedy of a function that proposes, and register it.

    The remedy has the name of the function, with dashes in place of underscores. Its text is the function's docstring,
    whose first sentence says what is done. A remedy of the package itself is not registered but found by its file, and
    its text is the docstring of the file.

    Args:
        safety: as in `Remedy`.
        certain: as in `Remedy`.
        answers: as in `Remedy`. Not needed for rules that name the remedy themselves.

    Raises:
        InputError: the safety is unknown, or the name is taken.
    """

    def make(propose: Callable[[Case], Iterable[Candidate]]) -> Remedy:
        is_own = propose.__module__.startswith(_OWN)
        doc = sys.modules[propose.__module__].__doc__ if is_own else propose.__doc__
        name = propose.__name__.replace("_", "-")
        made = Remedy(name, safety, frozenset(certain), propose, doc or "", frozenset(answers))
        if not is_own:
            if safety not in get_args(Safety):
                known = ", ".join(get_args(Safety))
                raise InputError(f"The remedy {name!r} has the safety {safety!r}.", f"Choose one of {known}.")
            REMEDIES.add(made, f"{propose.__module__}.{propose.__qualname__}")
        return made

    return make
