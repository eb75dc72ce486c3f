"""The section `compile` of a Run: optimizer, losses and metrics."""

from __future__ import annotations

from typing import Any

import msgspec

from trainwell.run.section import Section


class OptimizerRecord(Section):
    """The optimizer.

    Args:
        kind: class of the optimizer, `class` in the file.
        config: what `get_config` returns, as plain data.
    """

    kind: str = msgspec.field(name="class")
    config: dict[str, Any] = {}


class LossRecord(Section):
    """The loss of one output.

    Args:
        output: name of the output; `""` for a single one.
        name: Keras's own name of the loss, such as `"binary_crossentropy"`, or the name of the user's function or
            class. `"crossentropy"` if Keras chooses by the shapes.
        of_keras: whether it is one of Keras's own losses.
        is_object: whether it is a `keras.losses.Loss`, which takes targets and outputs in the shapes that they have. If
            it is a function, Keras first brings both to the same rank.
        flat_differs: whether a user's own loss object gives targets `(n,)` beside outputs `(n, 1)` another loss than
            targets `(n, 1)`. Not recorded for other losses, and if it could not be tried.
        from_logits: whether the loss expects logits.
        config: its configuration, as plain data.
    """

    output: str
    name: str
    of_keras: bool = True
    is_object: bool = False
    flat_differs: bool | None = None
    from_logits: bool = False
    config: dict[str, Any] = {}


class MetricRecord(Section):
    """One metric of one output.

    Args:
        output: name of the output; `""` for a single one.
        name: name of the metric.
        kind: class or function of the metric, `class` in the file.
        of_keras: whether it is one of Keras's own metrics.
        config: its configuration, as plain data.
    """

    output: str
    name: str
    kind: str = msgspec.field(name="class")
    of_keras: bool = True
    config: dict[str, Any] = {}


class CompileRecord(Section):
    """What the model was compiled with.

    Args:
        optimizer: the optimizer.
        loss: name of the loss, or names by output.
        loss_weights: weights of the losses, as they were given; not recorded if none were.
        metrics: names of the metrics.
        losses: the loss of each output.
        metrics_by_output: the metrics of each output.
        learning_rate: learning rate before the first step. Not recorded for several optimizers in one.
        schedule: class of the learning rate's schedule, if it has one.
    """

    optimizer: OptimizerRecord | None = None
    loss: Any = None
    loss_weights: Any = None
    metrics: Any = None
    losses: list[LossRecord] | None = None
    metrics_by_output: list[MetricRecord] | None = None
    learning_rate: float | None = None
    schedule: str | None = None
