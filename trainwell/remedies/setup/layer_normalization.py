"""Normalize each row by itself.

Layer normalization takes mean and variance over the units of a row, whatever the batch; it is also the one for
recurrent nets.

Source: Ba et al., "Layer normalization", arXiv 1607.06450 (2016)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ReplaceLayers
from trainwell.remedies.heads import graph_of
from trainwell.remedies.hidden import paths
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe")
def layer_normalization(case: Case) -> Iterable[Candidate]:
    """A LayerNormalization in the place of each batch normalization that is named."""
    calls = [call for call in graph_of(case).calls if call.kind == "BatchNormalization"]
    if not calls:
        raise NoRemedy("there is no batch normalization")
    yield (ReplaceLayers(paths(calls), "LayerNormalization"),)
