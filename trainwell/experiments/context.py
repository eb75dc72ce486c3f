"""The context of all experiments: one TrainingSpec, the Run of its training, and the time that is left."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

    from trainwell.run import Run
    from trainwell.training_spec import TrainingSpec


@dataclass
class ExperimentContext:
    """A training whose model may be evaluated, and must be left with the weights that it has.

    Args:
        spec: what is trained. Its model has its first weights before the training, and the trained ones after it.
        run: its Run, which holds the description of model, compile and data; after the training also the signals.
        deadline: on `time.monotonic`; no experiment begins after it.
        seed: of everything that is drawn.
    """

    spec: TrainingSpec
    run: Run
    deadline: float = math.inf
    seed: int = 0

    @property
    def model(self) -> keras.Model:
        """The model, compiled and built."""
        return self.spec.model

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()
