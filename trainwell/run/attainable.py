"""The loss that is attainable on these data, as far as reference learners show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainwell.run.run import Run

_USEFUL = 0.95  # of the constant answer's loss: a reference that reaches no less says nothing of what is attainable


def attainable_loss(run: Run, constant: float) -> float | None:
    """Return the lowest held-out loss of the reference learners; `None` if it was not measured or is hardly lower.

    Args:
        run: with the experiment `references`.
        constant: loss of the best answer that ignores the inputs.
    """
    record = run.experiments.references
    found = None if record is None else record.attainable
    return found if found is not None and 0 < found < _USEFUL * constant else None
