"""Put a Normalization layer behind the input, adapted to the training rows.

Features that are far from 0, or of very different sizes, give each weight another curvature: one rate cannot suit all
of them. Inside the model the layer travels with it, and who predicts later gives raw values. A Rescaling that shrank
the input once too often goes.

Source: LeCun et al., "Efficient backprop" (1998), section 4.3
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.edits import Edit, NormalizeInputs, RemoveLayers, StandardizeInputs
from trainwell.edits.arrays import array_of
from trainwell.edits.blueprint import is_graph
from trainwell.remedies.heads import graph_of, path_of
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.trees import named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


_SCALES = ("Rescaling", "Normalization")
_PIXELS = 32  # features of a row that may be pixels in a row
_ALIKE = 10.0  # times: the largest values of pixels differ less


def share_a_unit(x: np.ndarray) -> bool:
    """Whether all features are one quantity, as the pixels of a picture are."""
    if x.ndim > 3:  # noqa: PLR2004 -- rows, height, width, channels
        return True
    if x.ndim != 2 or x.shape[1] < _PIXELS or np.nanmin(x) < 0:  # noqa: PLR2004 -- rows, features
        return False
    largest = np.nanmax(x, axis=0)
    varied = largest[largest > 0]
    return bool(len(varied)) and float(varied.max() / np.median(varied)) < _ALIKE


def _inputs(case: Case) -> list[str]:
    """The names of the arrays that are meant; all where the finding names no input."""
    names = list(named(case.spec.data["x"]))
    if len(names) == 1:
        return names
    meant = [name for name in names if name in case.places]
    return meant or names


def _is_embedded(case: Case, name: str) -> bool:
    """Whether numbers of words go into an Embedding, which are no amounts."""
    if not is_graph(case.spec.model):
        return False
    return any(call.kind == "Embedding" for call in graph_of(case).takes_input(name or "x"))


def _scaled_behind(case: Case, name: str) -> list[str]:
    """Layers that scale this input already, and wrongly."""
    return [path_of(call) for call in graph_of(case).takes_input(name or "x") if call.kind in _SCALES]


@remedy(safety="safe", certain=("unscaled-inputs",))
def normalize_inputs(case: Case) -> Iterable[Candidate]:
    """One edit for each input that the finding names."""
    if case.finding.rule.name == "validation-scaled-differently":
        raise NoRemedy(
            "training and validation rows were prepared in different ways, which one layer for both cannot mend"
        )
    edits: list[Edit] = []
    for name in _inputs(case):
        x = array_of(case.spec.data["x"], name)
        if x.dtype.kind not in "fiu" or _is_embedded(case, name):
            continue
        together = share_a_unit(x)
        if not is_graph(case.spec.model):
            edits.append(StandardizeInputs(name, together))
            continue
        edits += [RemoveLayers((path,)) for path in _scaled_behind(case, name)]
        edits.append(NormalizeInputs(name, together))
    if not edits:
        raise NoRemedy("no input holds numbers that could be scaled")
    yield tuple(edits)
