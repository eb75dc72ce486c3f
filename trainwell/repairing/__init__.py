"""Repair: try the remedies that the findings name, prove one, return a model that trains."""

from __future__ import annotations

from trainwell.repairing.repair import repair as repair
from trainwell.repairing.result import Proof as Proof
from trainwell.repairing.result import Repair as Repair
from trainwell.repairing.result import Score as Score
from trainwell.repairing.result import Trial as Trial

__all__ = ["Proof", "Repair", "Score", "Trial", "repair"]
