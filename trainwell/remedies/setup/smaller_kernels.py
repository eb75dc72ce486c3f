"""Convolve with smaller kernels.

A kernel that is larger than its map multiplies padding.

Source: Karpathy, "A recipe for training neural networks" (2019)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeLayers
from trainwell.remedies.heads import graph_of
from trainwell.remedies.hidden import paths
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe")
def smaller_kernels(case: Case) -> Iterable[Candidate]:
    """Kernels of 1 where the map is a pixel."""
    calls = [call for call in map(graph_of(case).at, case.places) if call is not None and "kernel_size" in call.config]
    if not calls:
        raise NoRemedy("no convolution is named")
    yield (ChangeLayers(paths(calls), {"kernel_size": 1}),)
