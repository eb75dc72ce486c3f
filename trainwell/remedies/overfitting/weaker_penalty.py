"""Penalize weights less.

A penalty that is larger than the loss makes the net smaller rather than right. 0.0001 to 0.01 are usual.

Source: Krogh and Hertz, "A simple weight decay can improve generalization" (1992)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from trainwell.edits import ChangeLayers
from trainwell.remedies.heads import graph_of, path_of
from trainwell.remedies.hidden import penalty_of
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


PENALTIES = (
    "kernel_regularizer",
    "recurrent_regularizer",
    "bias_regularizer",
    "activity_regularizer",
    "embeddings_regularizer",
)


@remedy(safety="safe")
def weaker_penalty(case: Case) -> Iterable[Candidate]:
    """A hundredth and a thousandth of each."""
    groups: dict[tuple[str, float, float], list[str]] = {}
    for call in graph_of(case).calls:
        for name in PENALTIES:
            if call.config.get(name):
                groups.setdefault((name, *penalty_of(call.config[name])), []).append(path_of(call))
    if not groups:
        raise NoRemedy("no layer has a penalty that could be weaker")
    for factor in (1e-2, 1e-3):
        yield tuple(
            ChangeLayers(tuple(dict.fromkeys(names)), {name: keras.regularizers.L1L2(factor * l1, factor * l2)})
            for (name, l1, l2), names in groups.items()
        )
