"""The loss of the best answer that ignores the inputs, as the probe `baseline` found it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainwell.run.run import Run


def constant_loss(run: Run) -> float | None:
    """Return the loss of the best constant answer; `None` if the probe was not made or found none."""
    baseline = run.probes.baseline
    return None if baseline is None else baseline.loss
