"""Train under watch, judge, and put causes before symptoms: `tw.diagnose`, `tw.Watch`."""

from __future__ import annotations

from trainwell.diagnosis.watch import Watch as Watch

__all__ = ["Watch"]
