"""Successive halving: all candidates briefly, the better ones again from several seeds, one that beats the noise.

Rounds are synchronous, so that the same seed gives the same trials whatever ends first. Source: Jamieson and Talwalkar,
"Non-stochastic best arm identification and hyperparameter optimization", arXiv 1502.07943 (2016).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.experiments.proposals import NOTHING, Proposal
from trainwell.experiments.trial import split_rate
from trainwell.progress import stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainwell.edits import Edit
    from trainwell.experiments.trial import TrialOutcome, TrialRunner
    from trainwell.repairing.trail import Trail

FEWEST_STEPS = 20
MOST_CANDIDATES = 6
_FINALISTS = 2
_LONGER = 4  # times as many steps in the second rung as in the first
_SEEDS = 2  # in the second rung
_CLEAR = 0.05  # of a score: who lags by more after the first rung is out; less may be chance, or nothing learned yet
_FAR_BEHIND = 0.3  # of a score: by so much a candidate leads after the first rung
AS_IT_STANDS = "the TrainingSpec as it stands, for comparison"


@dataclass(frozen=True)
class SearchResult:
    """What a search comes to.

    Args:
        proposal: that won.
        score: its mean over the last trials.
        others: finalists that beat the TrainingSpec as it stands too, the better one first.
    """

    proposal: Proposal
    score: float
    others: tuple[Proposal, ...] = ()


@dataclass(frozen=True)
class Search:
    """A search among candidates.

    Args:
        bench: what trials have in common.
        accepted: edits that all candidates stand on.
        seed: the first of the seeds.
        steps: that all trials together may take, and
        longest: each.
        trail: where they are entered.
        out_of_time: whether the budget is spent.
    """

    bench: TrialRunner
    accepted: tuple[Edit, ...]
    seed: int
    steps: int
    longest: int
    trail: Trail
    out_of_time: Callable[[], bool]

    def best(self, candidates: Sequence[Proposal]) -> SearchResult | None:
        """The candidate that beats the current spec by more than the noise, or a combination; `None` for none."""
        candidates = list(candidates)[:MOST_CANDIDATES]
        length = self._length(len(candidates))
        known: list[
            tuple[int, TrialOutcome]
        ] = []  # of the first rung: the TrainingSpec as it stands, and who got further
        if len(candidates) > 1:
            tried = self._rung([NOTHING, *candidates], [self.seed], length)
            if self.out_of_time():
                return None
            incumbent = tried[0][1].mean
            self.trail.reject(tried[0][0], AS_IT_STANDS)
            ranked = sorted(zip(candidates, tried[1:], strict=True), key=lambda each: -each[1][1].mean)
            kept = [each for each in ranked[:_FINALISTS] if each[1][1].scores and each[1][1].mean >= incumbent - _CLEAR]
            for candidate, (place, result) in ranked:
                if not any(candidate is each[0] for each in kept):
                    better = (
                        "others got further"
                        if result.mean >= incumbent
                        else "no better than the TrainingSpec as it stands"
                    )
                    self.trail.reject(place, better)
            candidates = [candidate for candidate, _ in kept]
            known = [tried[0], *(result for _, result in kept)]
            for _, (place, _) in kept:
                self.trail.reject(place, "tried again for longer")
        if not candidates:
            return None
        seeds = [self.seed + number for number in range(_SEEDS)]
        longer = min(self.longest, _LONGER * length)
        if known and _is_hopeless(known[0][1].mean, [result.mean for _, result in known[1:]]):
            final = [known[0], *self._rung(candidates, seeds, longer)]
        else:
            final = self._rung([NOTHING, *candidates], seeds, longer)
        found = self._chosen(candidates, final)
        if found is None or len(candidates) < _FINALISTS or self.out_of_time():
            return found
        return self._combined(found, candidates, final, seeds, longer)

    def _length(self, candidates: int) -> int:
        """Steps of a trial in the first rung, so that both rungs take what they may."""
        finalists = min(candidates, _FINALISTS) + 1
        first = candidates + 1 if candidates > 1 else 0
        return int(np.clip(self.steps / (first + finalists * _SEEDS * _LONGER), FEWEST_STEPS, self.longest))

    def _rung(self, proposals: Sequence[Proposal], seeds: list[int], steps: int) -> list[tuple[int, TrialOutcome]]:
        """Trains all of them; those that differ in the rate alone from one program. Returns places and results."""
        groups: dict[str, list[int]] = {}
        for number, proposal in enumerate(proposals):
            edits, _ = split_rate(proposal.edits)
            groups.setdefault("; ".join(map(str, edits)), []).append(number)
        asked = []
        for members in groups.values():
            edits, _ = split_rate(proposals[members[0]].edits)
            asked.append(((*self.accepted, *edits), [split_rate(proposals[number].edits)[1] for number in members]))
        words = [dict.fromkeys(proposals[number].words for number in members) for members in groups.values()]
        tried: dict[int, TrialOutcome] = {}
        with stage(f"Round {self.trail.round}: trying remedies"):
            results_of_groups = self.bench.train_groups(asked, seeds, steps, self.seed, list(map(" or ".join, words)))
        for members, results in zip(groups.values(), results_of_groups, strict=True):
            tried.update(zip(members, results, strict=True))
        return [
            (self.trail.add("search", proposal.remedies, proposal.edits, seeds, tried[number]), tried[number])
            for number, proposal in enumerate(proposals)
        ]

    def _chosen(self, candidates: Sequence[Proposal], final: Sequence[tuple[int, TrialOutcome]]) -> SearchResult | None:
        place, incumbent = final[0]
        self.trail.reject(place, AS_IT_STANDS)
        noise = noise_of([result for _, result in final])
        beaten = []
        for candidate, (place, result) in zip(candidates, final[1:], strict=True):
            gain = result.mean - incumbent.mean if incumbent.scores else math.inf
            if result.scores and gain > noise:
                beaten.append((candidate, place, result.mean))
            else:
                self.trail.reject(place, f"gains {gain:.3g}, and the noise between seeds is {noise:.2g}")
        if not beaten:
            return None
        best = max(mean for *_, mean in beaten)
        as_good = [each for each in beaten if best - each[2] <= noise]
        winner = min(as_good, key=lambda each: each[0].weight)
        for candidate, place, mean in beaten:
            if candidate is not winner[0]:
                why = "as good, and it changes more" if best - mean <= noise else "another one gained more"
                self.trail.reject(place, why)
        beaten.sort(key=lambda each: -each[2])
        return SearchResult(winner[0], winner[2], tuple(each[0] for each in beaten if each is not winner))

    def _combined(
        self,
        found: SearchResult,
        candidates: Sequence[Proposal],
        final: Sequence[tuple[int, TrialOutcome]],
        seeds: list[int],
        steps: int,
    ) -> SearchResult:
        """The winner together with the other finalist, where both helped and they are of different remedies."""
        winner = found.proposal
        means = {id(candidate): result.mean for candidate, (_, result) in zip(candidates, final[1:], strict=True)}
        others = [
            each
            for each in candidates
            if not set(each.remedies) & set(winner.remedies) and means[id(each)] > final[0][1].mean
        ]
        if not others:
            return found
        both = winner + others[0]
        with stage(f"Round {self.trail.round}: a short training with {both.words}"):
            tried = self.bench.train((*self.accepted, *both.edits), seeds, steps, self.seed)
        place = self.trail.add("combination", both.remedies, both.edits, seeds, tried)
        noise = noise_of([tried, *(result for _, result in final)])
        if tried.scores and tried.mean - found.score > noise:
            return SearchResult(both, tried.mean, (winner, *found.others))
        self.trail.reject(place, "no better than one of the two alone")
        return found


def _is_hopeless(incumbent: float, others: Sequence[float]) -> bool:
    """Whether the TrainingSpec as it stands is so far behind that it need not be trained again for comparison."""
    worst = min(others, default=-math.inf)
    return worst - incumbent > _FAR_BEHIND * max(abs(worst), abs(incumbent)) > 0


def noise_of(results: Sequence[TrialOutcome]) -> float:
    """The standard error of the difference between two means over seeds, from all trainings of a rung together.

    Example:
    >>> from trainwell.experiments.trial import TrialOutcome
    >>> round(noise_of([TrialOutcome((0.5, 0.6), 1, 0.0), TrialOutcome((0.8, 0.8), 1, 0.0)]), 3)
    0.05
    """
    spreads = [np.var(result.scores, ddof=1) for result in results if len(result.scores) > 1]
    if not spreads:
        return 0.0
    count = max(len(result.scores) for result in results)
    return float(math.sqrt(np.mean(spreads) * 2 / count))
