import pytest

from trainwell.edits import ChangeFit, ChangeLayers, ChangeOptimizer
from trainwell.experiments.proposals import Proposal
from trainwell.experiments.trial import TrialOutcome, split_rate
from trainwell.repairing.search import FEWEST_STEPS, Search
from trainwell.repairing.trail import Trail

STEPS = 1000


class Made:
    """A bench whose trainings come to what is written down for their edits."""

    def __init__(self, scores, noise=0.0):
        self.scores, self.noise, self.asked = scores, noise, []

    def score(self, edits, seed):
        told = " + ".join(str(edit.arguments["epochs"]) for edit in edits if isinstance(edit, ChangeFit))
        score = self.scores.get(told, 0.0)
        return None if score is None else score + self.noise * (-1) ** seed

    def train(self, edits, seeds, steps, first):
        del first
        self.asked.append((edits, len(seeds) * steps))
        found = [self.score(edits, seed) for seed in seeds]
        return (
            TrialOutcome((), 0, 0.0, "it turned NaN")
            if None in found
            else TrialOutcome(tuple(found), len(seeds) * steps, 0.0)
        )

    def train_groups(self, groups, seeds, steps, first, names):
        del names
        return [[self.train(edits, seeds, steps, first) for _ in rates] for edits, rates in groups]


def candidate(number, weight=1):
    return Proposal((f"remedy-{number}",), (ChangeFit({"epochs": number}),) * weight)


def search(bench, candidates, *, late=False, steps=STEPS):
    trail = Trail(lambda _: None)
    found = Search(bench, (), 0, steps, 500, trail, lambda: late).best(candidates)
    return found, trail.trials


def test_the_best_is_found():
    bench = Made({"": 0.1, "1": 0.2, "2": 0.9, "3": 0.3, "4": 0.1, "2 + 3": 0.9, "3 + 2": 0.9})
    found, trials = search(bench, [candidate(number) for number in (1, 2, 3, 4)])
    assert found.proposal == candidate(2)
    assert [trial.edits for trial in trials if not trial.rejected] == [found.proposal.edits]


def test_steps_are_kept():
    for count in range(1, 8):
        bench = Made({"": 0.1, **{str(number): 0.1 * number for number in range(1, 9)}, "8 + 7": 0.0})
        _, trials = search(bench, [candidate(number) for number in range(1, count + 1)])
        searched = [trial for trial in trials if trial.kind == "search"]
        assert sum(trial.steps for trial in searched) <= STEPS + 10


def test_no_trial_is_shorter_than_it_takes_to_see_something():
    bench = Made({"": 0.1, "1": 0.2, "2": 0.3, "1 + 2": 0.3, "2 + 1": 0.3})
    _, trials = search(bench, [candidate(1), candidate(2)], steps=10)
    assert min(trial.steps // len(trial.seeds) for trial in trials) >= FEWEST_STEPS


def test_nothing_is_found_where_nothing_helps():
    found, trials = search(Made({"": 0.5, "1": 0.4, "2": 0.3}), [candidate(1), candidate(2)])
    assert found is None
    assert all(trial.rejected for trial in trials if trial.remedies)


def test_a_gain_within_the_noise_between_seeds_is_none():
    found, trials = search(Made({"": 0.5, "1": 0.55}, noise=0.1), [candidate(1)])
    assert found is None
    assert "noise between seeds" in trials[-1].rejected


def test_of_two_that_do_as_well_the_one_that_changes_less():
    smaller, larger = (
        candidate(1),
        Proposal(("remedy-2",), (ChangeLayers(("a",), {"units": 1}), ChangeFit({"epochs": 2}))),
    )
    bench = Made({"": 0.1, "1": 0.80, "2": 0.81, "1 + 2": 0.8}, noise=0.02)
    found, _ = search(bench, [larger, smaller])
    assert found.proposal == smaller


def test_the_runner_up_is_told_where_it_helped_too():
    found, _ = search(Made({"": 0.1, "1": 0.5, "2": 0.6, "2 + 1": 0.6}), [candidate(1), candidate(2)])
    assert (found.score, found.others) == (0.6, (candidate(1),))
    found, _ = search(Made({"": 0.5, "1": 0.4, "2": 0.6}), [candidate(1), candidate(2)])
    assert found.others == ()


def test_two_that_help_are_put_together():
    bench = Made({"": 0.1, "1": 0.5, "2": 0.6, "2 + 1": 0.9})
    found, trials = search(bench, [candidate(1), candidate(2)])
    assert found.proposal.remedies == ("remedy-2", "remedy-1")
    assert trials[-1].kind == "combination"


def test_one_that_cannot_be_trained_is_told_and_the_search_goes_on():
    found, trials = search(Made({"": 0.1, "1": None, "2": 0.6}), [candidate(1), candidate(2)])
    assert found.proposal == candidate(2)
    assert "it turned NaN" in [trial.rejected for trial in trials]


def test_out_of_time_nothing_is_accepted_from_the_first_rung():
    found, _ = search(Made({"": 0.1, "1": 0.9, "2": 0.6}), [candidate(1), candidate(2)], late=True)
    assert found is None


@pytest.mark.parametrize(
    ("edits", "rate"),
    [
        ((ChangeOptimizer({"learning_rate": 0.1}),), 0.1),
        ((ChangeOptimizer({"learning_rate": 0.1, "momentum": 0.9}),), None),
        ((ChangeOptimizer({"learning_rate": 0.1}, "Adam"),), None),
        ((ChangeOptimizer({"learning_rate": 0.1}), ChangeFit({"epochs": 1})), None),
        ((), None),
    ],
)
def test_edits_that_differ_in_the_rate_alone_share_a_program(edits, rate):
    assert split_rate(edits) == ((edits[:-1] if rate else edits), rate)
