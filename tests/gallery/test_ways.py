"""The same training by every way: `tw.diagnose`, `tw.fit(rules=)`, and Keras's own `fit` under `tw.Watch`.

They must train: the ways differ in who runs the loop. What one way does not measure (a callback sees no validation
data, `tw.fit` makes no probes) is left out; where two ways both give an answer, it is the same answer.
"""

from __future__ import annotations

import warnings

import pytest

import gallery
import trainwell as tw
from gallery.test_trained import FEW
from trainwell.engine.generators import preserve_rng
from trainwell.rules import all_rules, judge

pytestmark = pytest.mark.filterwarnings("ignore")
ANSWERS = {"fault", "advice", "passed"}


def by_diagnose(spec):
    """What is said without the short extra trainings, which the other ways do not make."""
    run = tw.diagnose(spec.compiled(), **spec.data, **spec.fit, budget=600).run
    run.probes.one_batch = run.probes.rates = None
    return judge(run)


def by_fit(spec):
    return tw.fit(spec.compiled(), **spec.data, **spec.fit, rules="all", verbose=0).diagnosis.findings


def by_watch(spec):
    watch = tw.Watch(verbose=False)
    fit = {**spec.fit, "callbacks": [*(spec.fit.get("callbacks") or []), watch]}
    spec.compiled().fit(**spec.data, **fit, verbose=0)
    return watch.findings


def outcomes(way, name):
    with warnings.catch_warnings(), preserve_rng():
        warnings.simplefilter("ignore")
        found = way(gallery.find(name).build(0))
    return {each.rule.name: each.outcome for each in found}


def of_a_third():
    """Every third case of the gallery, each three times in all; a few of them in `make test-heavy`."""
    few = [pytest.param(each, marks=pytest.mark.heavy) for each in FEW]
    third = [each.name for each in gallery.every()[::3] if each.name not in FEW]
    return [*few, *(pytest.param(each, marks=pytest.mark.slow) for each in third)]


@pytest.mark.parametrize("name", of_a_third())
def test_two_ways_that_both_give_an_answer_give_the_same(name):
    ways = [outcomes(way, name) for way in (by_diagnose, by_fit, by_watch)]
    for rule in all_rules():
        told = {found[rule.name] for found in ways} & ANSWERS
        assert len(told) <= 1, (rule.name, [found[rule.name] for found in ways])
