"""Let hidden layers be ReLUs, or ELUs, with He initialisation.

Sigmoid and tanh are flat on both sides: their slopes, multiplied layer by layer, leave the lower layers nothing. A
ReLU has slope 1 on one side; an ELU is smooth and has no dead side.

Source: Géron, "Hands-On Machine Learning", chapter on training deep networks
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import InsertLayers
from trainwell.remedies.heads import graph_of
from trainwell.remedies.hidden import (
    hidden_layers,
    last_before_weights,
    with_hidden_activation,
    without_normalization,
)
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


def _is_flat_on_both_sides(case: Case) -> bool:
    """Whether a hidden layer's activation is a sigmoid, a tanh, or alike."""
    met = [graph_of(case).activation_behind(call) for call in hidden_layers(case)]
    return any(each is not None and each.has_two_tails for each in met)


@remedy(safety="unsafe")
def relu_activation(case: Case) -> Iterable[Candidate]:
    """ReLU, ELU, and ReLU with batch normalization."""
    if case.finding.rule.name == "mismatched-initializer" and not _is_flat_on_both_sides(case):
        raise NoRemedy("the activations have no two flat sides")
    relu = with_hidden_activation(case, "relu")
    yield relu
    yield with_hidden_activation(case, "elu")
    calls = without_normalization(case)
    if calls and case.spec.fit["batch_size"] > 7:  # noqa: PLR2004 -- fewer rows have no statistics
        yield (*relu, InsertLayers("BatchNormalization", last_before_weights(case, calls)))
