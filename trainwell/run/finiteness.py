"""What became of the losses of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from trainwell.run.run import Run


def stayed_finite(run: Run, part: Literal["train", "validation"]) -> bool:
    """Whether every loss of a part was finite; `False` where none was seen.

    For the training part, whole epochs must have been trained: a training cut within its first pass has not met all
    rows.

    Args:
        run: a Run.
        part: `"train"` or `"validation"`.
    """
    series = run.signals.get(f"{part}/loss")
    if series is None or not len(series.values):
        return False
    finite = bool(np.isfinite(np.asarray(series.values, np.float64)).all())
    if part == "validation":
        return finite
    met_all = (run.fit.steps or 0) >= (run.fit.steps_per_epoch or 0)
    steps = run.signals.get("loss")
    return finite and met_all and (steps is None or bool(np.isfinite(np.asarray(steps.values, np.float64)).all()))
