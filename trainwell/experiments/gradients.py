"""Are the loss and its gradient finite before the training, and which output do they come from?

A batch of training rows goes through the model and its loss in training mode, as in a step of the training, and no
weight changes. If everything is finite, further batches follow, since a single row among hundreds may be the one whose
gradient is not. The first batch that is not finite is traced back to an operation. For a model of several outputs, the
gradient of each one's loss with respect to the shared weights is measured.

Not good at: gradients that stop being finite only later in the training, and models with a `train_step` of their own.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine import GradientProbe, output_gradients
from trainwell.run import GradientsRecord, OriginRecord, OutputGradientRecord, finite
from trainwell.trees import rows_in, take

if TYPE_CHECKING:
    from trainwell.engine import Origin
    from trainwell.experiments.context import ExperimentContext

ROWS = 64
"""Rows of a batch, at most."""
BATCHES = 20
"""Batches, at most: of rows of which one in a hundred is at fault, 1,280 miss all with a chance of 3 in a million."""
SHARE = 0.05
"""Of the seconds that are left, at most, for all batches behind the first."""
WORDS = {
    "sqrt": "square root",
    "rsqrt": "inverse square root",
    "cbrt": "cube root",
    "log": "logarithm",
    "log1p": "logarithm",
    "div": "division",
    "pow": "power",
    "integer_pow": "power",
    "exp": "exponential",
    "exp2": "exponential",
    "expm1": "exponential",
    "acos": "arc cosine",
    "asin": "arc sine",
    "atanh": "inverse hyperbolic tangent",
    "acosh": "inverse hyperbolic cosine",
    "gather": "lookup of rows by number",
    "mul": "product",
    "square": "square",
    "add": "sum",
    "add_any": "sum",
    "reduce_sum": "sum",
    "sub": "difference",
    "dot_general": "matrix product",
    "conv_general_dilated": "convolution",
    "convert_element_type": "conversion to another data type",
}


def gradients(context: ExperimentContext) -> GradientsRecord | None:
    """Take the loss and its gradient of some batches of training rows.

    Returns:
        The record; `None` for a model with a `train_step` of its own, and if nothing is trainable.
    """
    model = context.model
    if type(model).train_step is not keras.Model.train_step or not model.trainable_variables:
        return None
    probe = GradientProbe(model)
    batches = _batches(context)
    latest = time.monotonic() + SHARE * context.seconds_left
    looked_at, batch, found = 1, batches[0], probe(*batches[0])
    zero = set(found.zero)
    while found.is_finite and looked_at < len(batches) and time.monotonic() < latest:
        batch = batches[looked_at]
        found = probe(*batch)
        zero &= set(found.zero)
        looked_at += 1
    size = rows_in(batch[0])
    names = dict(zip(probe.names, model.trainable_variables, strict=True))
    unreached = sum(int(np.prod(names[each].shape)) for each in zero)
    record = GradientsRecord(
        rows=looked_at * size,
        batch=size,
        finite_loss=bool(np.isfinite(found.loss)),
        non_finite=list(found.non_finite),
        zero=sorted(zero),
        zero_share=unreached / max(1, sum(int(np.prod(each.shape)) for each in names.values())),
    )
    if not found.is_finite:
        record.origin = _origin(probe.origin(*batch), in_derivative=record.finite_loss)
    else:
        record.outputs = _outputs(context, batches[0])
    return record


def _batches(context: ExperimentContext) -> list[tuple[Any, Any, Any]]:
    """Return inputs, targets and weights of batches of one size, of different rows."""
    rows = context.spec.rows
    size = min(_size(context), rows)
    order = np.random.default_rng(context.seed).permutation(rows)
    count = max(1, min(BATCHES * ROWS // size, rows // size))
    data = context.spec.data
    parts = [data["x"], data.get("y"), data.get("sample_weight")]
    return [
        tuple(None if part is None else take(part, order[first : first + size]) for part in parts)  # type: ignore[misc]
        for first in range(0, count * size, size)
    ]


def _size(context: ExperimentContext) -> int:
    """Return the rows of a batch: those of the training, if the model takes no others."""
    shapes = [getattr(each, "shape", (None,)) for each in getattr(context.model, "inputs", None) or ()]
    is_fixed = any(shape and shape[0] is not None for shape in shapes)
    return context.spec.batch_size if is_fixed else min(ROWS, context.spec.batch_size)


def _origin(found: Origin | None, *, in_derivative: bool) -> OriginRecord | None:
    if found is None:
        return None
    return OriginRecord(
        operation=WORDS.get(found.primitive, found.primitive.replace("_", " ")),
        function=found.function,
        dtype=found.dtype,
        place=found.place,
        source=f"{Path(found.file).name}:{found.line}" if found.file else "",
        code=found.code,
        in_derivative=in_derivative,
    )


def _outputs(context: ExperimentContext, batch: tuple[Any, Any, Any]) -> list[OutputGradientRecord]:
    names = [each.name for each in context.run.model.outputs or ()]
    if len(names) < 2:  # noqa: PLR2004 -- nothing to compare
        return []
    return [
        OutputGradientRecord(
            output=names[each.number],
            loss=finite(each.loss),
            gradient=finite(each.gradient),
        )
        for each in output_gradients(context.model, *batch)
        if each.number < len(names)
    ]
