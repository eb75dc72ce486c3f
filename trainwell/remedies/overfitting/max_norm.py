"""Keep each unit's incoming weights short.

After every step a unit's weight vector is scaled back to a length of at most r. Nothing is added to the loss, and no
weight grows large for the sake of a few rows; beside dropout it lets a higher rate be taken.

Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting" (2014), section 5.1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.edits import ChangeLayers
from trainwell.remedies.hidden import hidden_layers, paths
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case
    from trainwell.run.model import CallRecord

_LENGTH = 1.0


def _axis(call: CallRecord) -> int | list[int]:
    """The axes of the kernel that a unit's weights lie along: all but the last."""
    sides = call.config.get("kernel_size")
    return 0 if sides is None else list(range(len(sides) + 1))


@remedy(safety="safe")
def max_norm(case: Case) -> Iterable[Candidate]:
    """At a length of 1, on the hidden kernels."""
    able = [
        call
        for call in hidden_layers(case)
        if call.config.get("kernel_constraint", "none to give") is None and "Transpose" not in call.kind
    ]
    if not able:
        raise NoRemedy("there is no hidden kernel without a constraint")
    kind: Any = keras.constraints.MaxNorm
    groups: dict[str, list[CallRecord]] = {}
    for call in able:
        groups.setdefault(str(_axis(call)), []).append(call)
    yield tuple(
        ChangeLayers(paths(those), {"kernel_constraint": kind(_LENGTH, axis=_axis(those[0]))})
        for those in groups.values()
    )
