"""The optimizer's epsilon is too small for the data type of the weights, so its steps divide by almost 0.

Symptom
-------
With weights in float16, the loss falls for a moment or jumps, and is NaN after a few steps.

Why it happens
--------------
Adam and its relatives divide by the square root of an average of squared gradients, and add epsilon so that they never
divide by 0. They calculate in the data type of the weights. The square of a gradient below 2e-4 is 0 in float16, and
Keras's epsilon of 1e-7 is below the smallest number that float16 holds in full, 6.1e-5. The step is then far too large,
or infinite.

How it is measured
------------------
The optimizer's epsilon is divided by the smallest normal number of each data type of the trainable variables.

Known limits
------------
Mixed precision keeps its weights in float32 and passes, and so does bfloat16, which has the range of float32. An
optimizer that divides by nothing, such as SGD, passes; one of the user's own is judged if it has an `epsilon`.

References:
----------
Micikevicius et al., "Mixed precision training", ICLR 2018, section 3.1: a master copy of the weights in float32.
IEEE 754-2019: the smallest normal numbers. Keras issue 11832.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

EPSILON = Threshold(
    "epsilon", 1.0, "of the smallest normal number", "below", "IEEE 754-2019: below it, digits are lost down to 0"
)
_SMALLEST = {"float16": 2.0**-14, "bfloat16": 2.0**-126, "float32": 2.0**-126, "float64": 2.0**-1022}


@rule(
    id="TW124",
    family="setup",
    severity="fatal",
    fault_if=EPSILON,
    needs=("compile", "model.dtypes"),
    remedies=("larger-epsilon",),
    proof="facts",
)
def epsilon_below_precision(run: Run) -> list[Evidence]:
    """Compares the optimizer's epsilon with the smallest numbers that the weights' data types hold."""
    optimizer = need(run.compile.optimizer, "compile.optimizer")
    kind, config = _inner(optimizer.kind, optimizer.config)
    epsilon = config.get("epsilon")
    if not isinstance(epsilon, (int, float)):
        raise NotApplicable(f"the optimizer {kind} has no epsilon")
    known = [dtype for dtype in run.model.dtypes or () if dtype in _SMALLEST]
    if not known:
        raise NotApplicable("the weights are of no type of floating-point numbers")
    return [_compared(kind, float(epsilon), dtype) for dtype in known]


def _compared(kind: str, epsilon: float, dtype: str) -> Evidence:
    smallest = _SMALLEST[dtype]
    ratio = epsilon / smallest
    if ratio < EPSILON.value:
        says = (
            f"The weights are {dtype}, and the epsilon of {kind}, {epsilon:.2g}, is below {smallest:.1e}, the smallest "
            f"number that {dtype} holds in full. {kind} then divides by almost 0, and its steps become huge or NaN."
        )
    else:
        says = f"The epsilon of {kind}, {epsilon:.2g}, is within what {dtype} holds."
    return evidence("", (ratio, EPSILON), says=says)


def _inner(kind: str, config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return class and configuration of the optimizer, or of the one that a LossScaleOptimizer wraps."""
    inner = config.get("inner_optimizer")
    if isinstance(inner, dict):
        return _inner(str(inner.get("class_name", kind)), inner.get("config") or {})
    return kind, config
