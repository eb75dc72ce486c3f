"""Let hidden layers be ReLUs, or ELUs, with He initialisation.

Sigmoid and tanh are flat on both sides: their slopes, multiplied layer by layer, leave the lower layers nothing. A
ReLU has slope 1 on one side; an ELU is smooth and has no dead side.

Source: Géron, "Hands-On Machine Learning", chapter on training deep networks
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import InsertLayers
from trainwell.remedies.hidden import last_before_weights, with_hidden_activation, without_normalization
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe")
def relu_activation(case: Case) -> Iterable[Candidate]:
    """ReLU, ELU, and ReLU with batch normalization."""
    relu = with_hidden_activation(case, "relu")
    yield relu
    yield with_hidden_activation(case, "elu")
    calls = without_normalization(case)
    if calls and case.setup.fit["batch_size"] > 7:  # noqa: PLR2004 -- fewer rows have no statistics
        yield (*relu, InsertLayers("BatchNormalization", last_before_weights(case, calls)))
