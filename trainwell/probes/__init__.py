"""Probes: small extra trainings and evaluations that a rule needs, one a file, each planned in steps.

A probe takes a `Bench` and returns what it saw: a record for `run.probes` and signals under `probe/`.
"""

from __future__ import annotations

from trainwell.probes.baseline import baseline as baseline
from trainwell.probes.bench import Bench as Bench
from trainwell.probes.bench import Seen as Seen
from trainwell.probes.one_batch import one_batch as one_batch
from trainwell.probes.rates import rates as rates

PROBES = {"baseline": baseline, "one_batch": one_batch, "rates": rates}
