"""Rounds: what the diagnosis suggests is confirmed or searched, trained whole, and diagnosed again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from trainwell.edits import edited
from trainwell.errors import EditError
from trainwell.experiments.proposals import NOTHING, Proposal, propose
from trainwell.experiments.trial import TrialOutcome, TrialRunner, is_fresh
from trainwell.progress import stage
from trainwell.repairing.parallel import ParallelTrialRunner
from trainwell.repairing.search import FEWEST_STEPS, Search
from trainwell.repairing.state import noise_of_rows

if TYPE_CHECKING:
    from trainwell.repairing.recorded import RecordedTraining
    from trainwell.repairing.search import SearchResult
    from trainwell.repairing.state import State

MOST_ROUNDS = 4
_CONFIRMING = 0.15  # of the final training's steps
_SEARCHING = 1.2
_LONGEST = 0.5  # of the final training's steps, for one trial


def go_round(state: State) -> None:
    """Goes round until the best training is healthy, nothing helps any more, or the budget is spent."""
    bench = ParallelTrialRunner.of(TrialRunner(state.spec, state.metric, is_fresh(state.spec)), state.workers)
    for number in range(1, MOST_ROUNDS + 1):
        state.trail.round = number
        if state.is_late or state.best.diagnosis.healthy:
            return
        proposals = propose(
            state.best.diagnosis.faults,
            state.best.diagnosis.run,
            state.best.spec,
            safe_only=state.safe_only,
            excluded=state.excluded,
        )
        state.advice += [each for each in proposals.advice if each not in state.advice]
        for name, reason in proposals.refused:
            if (name, reason) not in state.refused:
                state.trail.add("search", (name,), (), (), TrialOutcome((), 0, 0.0, reason))
        state.refused.update(proposals.refused)
        if proposals.certain:
            together = _confirmed(state, bench, proposals.certain)
            if together is not None:
                _take_certain(state, bench, together, proposals.searched)
        elif proposals.searched:
            found = _searched(state, bench, proposals.searched)
            if found is None:
                return
            _take_found(state, found)
        else:
            return


def _take_certain(state: State, bench: TrialRunner, together: Proposal, others: list[Proposal]) -> None:
    """Takes edits that answer contradictions, and what a search for the other faults finds on top of them.

    Only edits of `fit` leave what was measured for the others as it was; after all else it is measured anew.
    """
    found = None
    if others and all(edit.part == "fit" for edit in together.edits):
        found = _searched(state, bench, [together + each for each in others])
        state.excluded += others
    if found is None:
        _take(state, together, certain=True)
    else:
        _take_found(state, found)


def _final_steps(state: State) -> int:
    return state.best.spec.steps_per_epoch * state.best.spec.fit["epochs"]


def _confirmed(state: State, bench: TrialRunner, proposals: list[Proposal]) -> Proposal | None:
    """All of them together, where each can be applied and a short training of them is one."""
    together = NOTHING
    for proposal in proposals:
        try:
            edited(state.spec, (*state.accepted.edits, *together.edits, *proposal.edits), seed=state.seed)
        except EditError as error:
            state.trail.add(
                "confirming", proposal.remedies, proposal.edits, (), TrialOutcome((), 0, 0.0, error.message)
            )
            state.excluded.append(proposal)
            continue
        together = together + proposal
    if not together.edits:
        return None
    steps = max(FEWEST_STEPS, round(_CONFIRMING * _final_steps(state)))
    with stage(f"Round {state.trail.round}: a short training with {together.words}"):
        tried = bench.train((*state.accepted.edits, *together.edits), [state.seed], steps, state.seed)
    state.trail.add("confirming", together.remedies, together.edits, [state.seed], tried)
    if tried.failed:
        state.excluded += [together, *proposals]
        return None
    return together


def _searched(state: State, bench: TrialRunner, proposals: list[Proposal]) -> SearchResult | None:
    search = Search(
        bench,
        state.accepted.edits,
        state.seed,
        steps=round(_SEARCHING * _final_steps(state)),
        longest=max(FEWEST_STEPS, round(_LONGEST * _final_steps(state))),
        trail=state.trail,
        out_of_time=lambda: state.is_late,
    )
    found = search.best(proposals)
    state.excluded += [each for each in proposals if found is None or each.told != found.proposal.told]
    return found


def _take_found(state: State, found: SearchResult) -> None:
    """Takes what a search found; the runner-up, where the winner's trials promised more than a whole training kept.

    A rate that is best in a short training may be too high for a long one.
    """
    base = state.accepted
    after = _take(state, found.proposal, certain=False)
    short = after is None or after.selection < found.score - noise_of_rows(after)
    if found.others and not state.is_late and short:
        _take(state, found.others[0], certain=False, onto=base)


def _take(state: State, found: Proposal, *, certain: bool, onto: Proposal | None = None) -> RecordedTraining | None:
    """Trains what was found as it would be trained, and keeps it where it holds.

    Args:
        state: of the repair.
        found: edits that go on top.
        certain: whether they mend contradictions.
        onto: of these, where not of those accepted last: then it must get further than what was accepted instead.
    """
    together = (state.accepted if onto is None else onto) + found
    after = state.trained(together)
    if after is None:
        state.excluded.append(found)
        return None
    asked = state.best.selection - noise_of_rows(after) if onto is None else np.nextafter(state.best.selection, np.inf)
    if certain and state.wrong_split:  # the rows that were to choose are part of the fault
        asked = -math.inf
    if math.isfinite(after.selection) and after.selection >= asked:
        if state.accepted.edits:  # what was thought to be the end was on the way
            state.replace(together, after, "more could be mended" if onto is None else "the runner-up gains")
        else:
            state.accepted, state.best = together, after
        state.all_certain = state.all_certain and certain
        return after
    reason = f"trained whole, it reaches {after.selection:.3g}, and {state.best.selection:.3g} was there"
    state.enter(Proposal(together.remedies, found.edits), after, reason)
    state.excluded.append(found)
    return after
