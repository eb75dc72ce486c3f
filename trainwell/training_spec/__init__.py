"""What is trained, as one thing: a model, its compile arguments, its data and its fit arguments."""

from __future__ import annotations

from trainwell.training_spec.spec import TrainingSpec as TrainingSpec
from trainwell.training_spec.spec import evenly_spaced as evenly_spaced

__all__ = ["TrainingSpec", "evenly_spaced"]
