"""Probes: small extra trainings and evaluations that a rule needs, one a file, each planned in steps.

A probe takes a `ProbeContext` and returns what it saw: a record for `run.probes` and signals under `probe/`.
"""

from __future__ import annotations

from trainwell.probes.baseline import baseline as baseline
from trainwell.probes.bench import ProbeContext as ProbeContext
from trainwell.probes.bench import ProbeResult as ProbeResult
from trainwell.probes.one_batch import one_batch as one_batch
from trainwell.probes.rates import rates as rates

PROBES = {"baseline": baseline, "one_batch": one_batch, "rates": rates}
