"""What an answer is worth that ignores the inputs, as the probe `baseline` saw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainwell.run import Run


def constant_loss(run: Run) -> Any:
    """The loss of the best constant answer; `None` where the probe was not made or found none."""
    return ((run.facts.get("probes") or {}).get("baseline") or {}).get("loss")
