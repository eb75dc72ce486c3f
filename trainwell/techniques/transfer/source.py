"""The data of a transfer: arrays, or sources of batches with some rows to check head and targets against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from trainwell.engine.batches import Batches, comes_in_batches, require_alone


@dataclass
class TransferSource:
    """Data as `transfer` is given them.

    Args:
        x: inputs in memory: all of them, or those of the reservoir.
        y: their targets.
        validation: `(x, y)` or more in memory; `None` without.
        arguments: of `fit`, for arrays, and steps.
        batches: the source of the training; `None` for arrays.
        validation_batches: the source of the validation; `None` for arrays.
    """

    x: Any
    y: Any
    validation: Any
    arguments: dict[str, Any] = field(default_factory=dict)
    batches: Batches | None = None
    validation_batches: Batches | None = None

    @classmethod
    def of(
        cls,
        x: Any,
        y: Any,
        sample_weight: Any,
        validation_split: float,
        validation_data: Any,
        steps_per_epoch: int | None,
        validation_steps: int | None,
    ) -> TransferSource:
        """Read what is needed of sources of batches; arguments as of `transfer`.

        Raises:
            InputError: a source yields nothing that can be used, or an argument does not go with it.
        """
        arguments = {"steps_per_epoch": steps_per_epoch, "validation_steps": validation_steps}
        held = None
        if comes_in_batches(validation_data):
            held = Batches.of(validation_data, validation_steps, name="validation_data")
            validation = (held.kept.x, held.kept.y)
        else:
            validation = validation_data
            arguments["validation_data"] = validation_data
        if not comes_in_batches(x):
            arguments |= {"x": x, "y": y, "sample_weight": sample_weight, "validation_split": validation_split}
            return cls(x, y, validation, arguments, None, held)
        require_alone(validation_split, y=y, sample_weight=sample_weight)
        batches = Batches.of(x, steps_per_epoch)
        if not batches.is_shuffled_by_fit:
            arguments["shuffle"] = False
        return cls(batches.kept.x, batches.kept.y, validation, arguments, batches, held)

    def for_fit(self) -> dict[str, Any]:
        """Return the arguments of `fit` for the next stage."""
        given = dict(self.arguments)
        if self.batches is not None:
            given["x"] = self.batches.for_fit()
        if self.validation_batches is not None:
            given["validation_data"] = self.validation_batches.for_fit()
        return given
