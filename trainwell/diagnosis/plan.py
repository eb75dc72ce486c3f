"""How many steps a diagnosis trains, decided before it begins from the size of the model: never by the clock.

A training that is affordable is trained as it would be. One that is not is cut: to whole passes over the data where one
fits, to a part of a pass else. Where the clock ends it earlier, the Run says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.run import CallRecord

WORK = 2e11  # multiplications and additions that are spent on the training: some seconds of two cores
FEWEST = 600
MOST = 20_000
_SEGMENTS = 8  # that a part of a pass is cut into, to have a curve
_BACKWARD = 3  # a step costs this many forward passes


@dataclass(frozen=True)
class TrainingPlan:
    """What is trained.

    Args:
        epochs: passes, or segments of one.
        steps_per_epoch: of each; `None` for whole passes.
        steps: together.
        cut: whether it is less than was asked for.
    """

    epochs: int
    steps_per_epoch: int | None
    steps: int
    cut: bool


def plan(
    calls: Iterable[CallRecord], *, rows: int, batch_size: int, epochs: int, most: int | None = None
) -> TrainingPlan:
    """The plan for a training of `epochs` passes over `rows`.

    Args:
        calls: `model.calls` of the Run.
        rows: training rows.
        batch_size: rows per step.
        epochs: that were asked for.
        most: steps at most; by the size of the model where not given.

    Example:
    >>> plan([], rows=1000, batch_size=32, epochs=10)
    TrainingPlan(epochs=10, steps_per_epoch=None, steps=320, cut=False)
    """
    in_pass = math.ceil(rows / batch_size)
    step = 2 * _BACKWARD * batch_size * sum(map(_work, calls))
    affordable = most or int(min(MOST, max(FEWEST, WORK / max(step, 1))))
    if epochs * in_pass <= affordable:
        return TrainingPlan(epochs, None, epochs * in_pass, cut=False)
    if affordable >= in_pass:
        passes = affordable // in_pass
        return TrainingPlan(passes, None, passes * in_pass, cut=True)
    segment = max(1, affordable // _SEGMENTS)
    segments = max(1, min(_SEGMENTS, affordable // segment))
    return TrainingPlan(segments, segment, segments * segment, cut=True)


def _work(call: CallRecord) -> int:
    """Multiplications of one row: its parameters at each position of its output."""
    shape = (call.output_shapes or [[None]])[0]
    positions = math.prod(size or 1 for size in shape[1:-1])
    if call.layer_class in {"LSTM", "GRU", "SimpleRNN", "Bidirectional"}:
        inputs = (call.input_shapes or [[None]])[0]
        positions = max(positions, (inputs[1] or 1) if len(inputs) > 1 else 1)
    return call.parameters * positions
