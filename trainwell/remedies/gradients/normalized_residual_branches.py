"""Normalize what residual branches are given.

A layer normalization in front of each branch keeps what the branch adds at one size, however much has been added before
it; what is passed by stays as it is.

Source: Xiong et al., "On layer normalization in the transformer architecture", arXiv 2002.04745 (2020); Ba et al.,
"Layer normalization", arXiv 1607.06450 (2016)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import InsertLayers
from trainwell.remedies.hidden import paths, unnormalized_branches
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe")
def normalized_residual_branches(case: Case) -> Iterable[Candidate]:
    """A LayerNormalization in front of each branch in which nothing normalizes."""
    first = [call for branch in unnormalized_branches(case) for call in branch.first]
    if not first:
        raise NoRemedy("no branches add to what they are given without being normalized")
    if any(len(call.inputs) > 1 for call in first):
        raise NoRemedy("a branch begins with a layer of several inputs")
    yield (InsertLayers("LayerNormalization", before=paths(first)),)
