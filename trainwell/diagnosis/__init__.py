"""Train under watch, judge, and put causes before symptoms: `tw.diagnose`, `tw.Watch`, `tw.fit(rules="all")`."""

from __future__ import annotations

from trainwell.diagnosis.diagnose import diagnose as diagnose
from trainwell.diagnosis.diagnosis import Diagnosis as Diagnosis
from trainwell.diagnosis.fit import fit as fit
from trainwell.diagnosis.watch import Watch as Watch
from trainwell.diagnosis.watched_setup import WatchedSetup as WatchedSetup
from trainwell.diagnosis.watched_setup import merged as merged

__all__ = ["Diagnosis", "Watch", "WatchedSetup", "diagnose", "fit", "merged"]
