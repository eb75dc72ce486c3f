"""Let residual branches begin small.

Each block of a residual net adds the variance of its branch to what comes in, so that without normalization signals and
gradients grow as a power of the number of blocks. Where the last layer of each of n branches is drawn with a variance n
times smaller, all of them together add about as much as one.

Source: Radford et al., "Language models are unsupervised multitask learners" (2019), section 2.3; Hayou et al., "Stable
ResNet", arXiv 2010.12859 (2020); in the same spirit Zhang et al., "Fixup initialization", arXiv 1901.09321 (2019)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from trainwell.edits import ChangeLayers
from trainwell.remedies.hidden import paths, unnormalized_branches
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case

_HE = 2.0  # times one over the inputs: what keeps the variance behind a ReLU
_FEWEST = 2  # branches: one alone does not grow


@remedy(safety="safe")
def scaled_residual_branches(case: Case) -> Iterable[Candidate]:
    """The last layer of each branch, drawn with a variance divided by the number of branches."""
    branches = unnormalized_branches(case)
    able = [each.last for each in branches if each.last.of_keras and "kernel_initializer" in each.last.config]
    if len(able) < _FEWEST:
        raise NoRemedy("no branches add to what they are given without being normalized")
    groups: dict[float, list] = {}
    for call in able:
        rectified = call.activation is not None and call.activation.family == "he"
        groups.setdefault((_HE if rectified else 1.0) / len(branches), []).append(call)
    yield tuple(
        ChangeLayers(paths(calls), {"kernel_initializer": keras.initializers.VarianceScaling(float(f"{scale:.3g}"))})
        for scale, calls in groups.items()
    )
