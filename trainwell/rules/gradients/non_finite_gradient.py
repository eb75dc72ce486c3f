"""The gradient is NaN or infinite before the first step of the training.

Symptom
-------
The loss is a sound number in the first steps and NaN from then on, whatever the learning rate. Or the loss is NaN at
once.

Why it happens
--------------
Some operations have a result but no finite derivative: the square root at 0, a norm of zeros, a power below 1 at 0. The
first row for which this happens makes the gradient NaN, and the next update makes all weights NaN. A logarithm of 0, a
division by 0, a lookup of an id that a table does not have, or numbers beyond what the data type holds make the loss
itself NaN or infinite. `where` and a mask behind the operation do not help: 0 times an infinite derivative is NaN.

How it is measured
------------------
Before the training, the loss of up to 1,280 training rows and the gradient of each variable are computed in training
mode, batch by batch. At the first batch that is not finite, all operations of the model, the loss and the gradient are
gone through in their order. The first one with finite inputs and a result that is not finite is named, with its layer
and the line of the code.

Known limits
------------
Rows beyond the first 1,280 are not tried, and weights change during the training: a gradient that is finite at first
may not stay so. A model with a `train_step` of its own is not measured. The operation within a `while` loop or a `cond`
is not named.

References:
----------
JAX documentation, "Frequently asked questions: gradients contain NaN where using where". Keras documentation,
"Debugging tips".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import GradientsRecord, OriginRecord, Run

COUNT = Threshold("batches", 0.0, "batches that are not finite", "above", "0 by definition")
_DERIVATIVES = {
    "square root": "infinite at 0",
    "inverse square root": "infinite at 0",
    "cube root": "infinite at 0",
    "logarithm": "infinite at 0",
    "power": "infinite at 0 for an exponent below 1",
    "division": "not finite for a divisor of 0",
}
_VALUES = {
    "square root": "which has no value for negative numbers",
    "inverse square root": "which is infinite at 0",
    "logarithm": "which is infinite at 0 and has no value for negative numbers",
    "division": "whose divisor is 0",
    "power": "which is not finite for a negative power of 0, nor for a root of a negative number",
    "lookup of rows by number": "which gives NaN for a number that the table does not have",
}
_LARGEST = {"float16": "65,504", "float32": "3.4e38", "bfloat16": "3.4e38"}
_WIDTH = 100  # of a line of code, in characters


@rule(
    id="TW206",
    family="gradients",
    severity="fatal",
    fault_if=COUNT,
    needs=("experiment:gradients",),
    remedies=("finite-operations",),
    explained_by=(
        "non-finite-inputs",
        "non-finite-targets",
        "labels-out-of-range",
        "ids-out-of-range",
        "epsilon-below-precision",
    ),
    proof="facts",
)
def non_finite_gradient(run: Run) -> list[Evidence]:
    """Counts batches before the training whose loss or gradient is not finite."""
    record = need(run.experiments.gradients, "the experiment gradients")
    if record.finite_loss and not record.non_finite:
        says = f"The loss of {record.rows:,} rows and its gradient are finite before the training."
        return [evidence("", (0, COUNT), says=says)]
    place = record.origin.place if record.origin else ""
    return [evidence(place, (1, COUNT), says=f"{_what(record)}{_where(record)}")]


def _what(record: GradientsRecord) -> str:
    rows = f"{record.rows:,} training rows"
    if not record.finite_loss:
        return f"The loss is NaN or infinite before the first step, within {rows}."
    layers = list(dict.fromkeys(name.rpartition("/")[0] or name for name in record.non_finite))
    named = ", ".join(map(repr, layers[:2])) + (f" and {len(layers) - 2} more" if len(layers) > 2 else "")  # noqa: PLR2004
    return (
        f"The loss is finite before the first step, but its gradient is NaN or infinite within {rows}, so the first "
        f"update would spoil the weights of {named}."
    )


def _where(record: GradientsRecord) -> str:
    origin = record.origin
    if origin is None:
        return ""
    place = f"in the layer {origin.place!r}" if origin.place else "in the loss function"
    if origin.source:
        place += f", at {origin.source}" + (f": `{_short(origin.code)}`" if origin.code else "")
    return f" The cause is {_named(origin)}{_why(origin)} {place}."


def _named(origin: OriginRecord) -> str:
    name = f"the {origin.operation}"
    return f"{name} within `keras.ops.{origin.function}`" if origin.function else name


def _why(origin: OriginRecord) -> str:
    """Return why the operation is not finite, as a part of a sentence between commas."""
    if origin.in_derivative:
        known = _DERIVATIVES.get(origin.operation, "not finite")
        return f", whose derivative is {known},"
    why = _VALUES.get(origin.operation)
    if why is None and origin.dtype in _LARGEST:
        why = f"whose result is beyond what {origin.dtype} holds ({_LARGEST[origin.dtype]})"
    return f", {why}," if why else ""


def _short(code: str) -> str:
    return code if len(code) <= _WIDTH else f"{code[:_WIDTH].rstrip()} ..."
