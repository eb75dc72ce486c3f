"""Repair: try the remedies that the findings name, prove one, return a model that trains."""

from __future__ import annotations

from trainwell.repairing.result import Evidence as Evidence
from trainwell.repairing.result import Repair as Repair
from trainwell.repairing.result import Score as Score
from trainwell.repairing.result import Trial as Trial
from trainwell.repairing.work import repair as repair

__all__ = ["Evidence", "Repair", "Score", "Trial", "repair"]
