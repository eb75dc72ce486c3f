"""Train under watch, judge, and put causes before symptoms: `tw.diagnose`, `tw.Watch`, `tw.fit(rules="all")`."""

from __future__ import annotations

from trainwell.diagnosis.diagnose import diagnose as diagnose
from trainwell.diagnosis.diagnosis import Diagnosis as Diagnosis
from trainwell.diagnosis.fit import fit as fit
from trainwell.diagnosis.watch import Watch as Watch

__all__ = ["Diagnosis", "Watch", "diagnose", "fit"]
