"""Give the optimizer an epsilon that float16 holds in full.

With weights in float16, an epsilon of 1e-4 keeps the divisor of Adam and its relatives away from 0. The better answer
is mixed precision: `keras.mixed_precision.set_dtype_policy("mixed_float16")` calculates in float16 and keeps weights
and optimizer in float32, where the usual epsilon is right. `"mixed_bfloat16"` needs no scaling of the loss either.

Source: Micikevicius et al., "Mixed precision training", ICLR 2018.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeOptimizer
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case

EPSILON = 1e-4


@remedy(safety="safe")
def larger_epsilon(case: Case) -> Iterable[Candidate]:
    """One edit, of the optimizer."""
    del case
    yield (ChangeOptimizer({"epsilon": EPSILON}),)
