"""What all probes work on: one model as it stood before its training, its data, and programs compiled once for all."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine.lr_sweep import LearningRateSweep
from trainwell.engine.schedule_values import learning_rate_schedule, rates_of

if TYPE_CHECKING:
    from trainwell.engine import InferenceProbe
    from trainwell.run import BaselineRecord, OneBatchRecord, RatesRecord, Series

_LOOKED_AT = 64  # steps at which a schedule is asked for its rate


@dataclass(frozen=True)
class ProbeResult:
    """What a probe saw.

    Args:
        record: for the section `probes` of the Run.
        signals: by name.
    """

    record: BaselineRecord | OneBatchRecord | RatesRecord
    signals: dict[str, Series] = field(default_factory=dict)


@dataclass
class ProbeContext:
    """A model on the bench, in the state from which its training began.

    Args:
        model: compiled and built.
        x: inputs of the training rows.
        y: targets of the training rows.
        batch_size: rows per step.
        steps: of the training that was planned.
        inspection: a look at some rows, in inference mode.
        targets: the targets of these rows, by output.
        outputs: the model's outputs for these rows.
        sample_weight: as of `fit`.
        class_weight: as of `fit`.
        seed: of the order of the rows.
        deadline: on `time.monotonic`, after which a probe ends.
    """

    model: keras.Model
    x: Any
    y: Any
    batch_size: int
    steps: int
    inspection: InferenceProbe
    targets: dict[str, np.ndarray]
    outputs: Any
    sample_weight: Any = None
    class_weight: dict[int, float] | None = None
    seed: int = 0
    deadline: float = math.inf

    @functools.cached_property
    def ramp(self) -> LearningRateSweep:
        """Short trainings of copies; one program for all rates and rows."""
        return LearningRateSweep(
            self.model,
            self.x,
            self.y,
            batch_size=self.batch_size,
            sample_weight=self.sample_weight,
            class_weight=self.class_weight,
            schedules=True,
            deadline=self.deadline,
        )

    @functools.cached_property
    def rate(self) -> float:
        """The learning rate that the model was compiled with; under a schedule, its largest in the planned training.

        Raises:
            ValueError: the optimizer has several.
        """
        optimizer: Any = self.model.optimizer
        if isinstance(optimizer, keras.optimizers.MultiOptimizer):
            raise ValueError("the optimizer has several learning rates")  # noqa: TRY004 -- of its value
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        schedule = learning_rate_schedule(inner)
        if schedule is None:
            return float(np.asarray(optimizer.learning_rate))
        steps = np.unique(np.linspace(0, max(self.steps - 1, 0), _LOOKED_AT).astype(int))
        return float(rates_of(schedule, steps).max())

    @property
    def rows(self) -> int:
        """Training rows."""
        return len(keras.tree.flatten(self.x)[0])
