"""Normalize batches behind hidden layers.

Each layer then gets inputs of mean 0 and variance 1 whatever the layers before it do: signals and gradients neither
fade nor grow with depth, and higher rates are borne.

Source: Ioffe and Szegedy, "Batch normalization", arXiv 1502.03167 (2015)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import InsertLayers
from trainwell.remedies.hidden import last_before_weights, without_normalization
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


_FEWEST = 8  # rows of a batch


@remedy(safety="unsafe")
def batch_normalization(case: Case) -> Iterable[Candidate]:
    """Behind each hidden layer that nothing normalizes."""
    calls = without_normalization(case)
    if not calls:
        raise NoRemedy("every hidden layer is normalized")
    if case.spec.fit["batch_size"] < _FEWEST:
        raise NoRemedy(f"batches of {case.spec.fit['batch_size']} rows are too small for it")
    yield (InsertLayers("BatchNormalization", last_before_weights(case, calls)),)
