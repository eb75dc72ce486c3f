"""Let maps shrink less.

A convolution over a single pixel is a dense layer with padding: the picture was pooled, or strided over, once too
often for its size. Maps are large enough where they hold what the convolutions that follow see together: three of 3
pixels a side see 7. Nets made for large pictures are so fitted to small ones, without the stride of the first layer and
the pooling behind it.

Source: He et al., "Deep residual learning for image recognition", arXiv 1512.03385 (2015), section 4.2, on CIFAR-10;
Araujo et al., "Computing receptive fields of convolutional neural networks", Distill (2019)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeLayers, RemoveLayers
from trainwell.remedies.heads import graph_of, path_of
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case
    from trainwell.run.graph import Graph
    from trainwell.run.model import CallRecord


_LARGEST = 8  # pixels a side: for more, pictures need not be kept large


def _stride(call: CallRecord) -> float:
    """How many times smaller a side becomes; 1 for what leaves the map as it is, or makes a vector of it."""
    inside, outside = call.input_shapes[0] if call.input_shapes else [], call.shape
    if "Global" in call.kind or len(inside) != len(outside) or len(outside) < 3 or not inside[1] or not outside[1]:  # noqa: PLR2004 -- rows, pixels, channels
        return 1.0
    strided = "Pooling" in call.kind or call.config.get("strides") not in (None, 1, [1], [1, 1], (1, 1))
    return inside[1] / outside[1] if strided else 1.0


def _seen(graph: Graph, first: CallRecord) -> int:
    """Pixels a side that the convolutions from this one on see together, up to the next that shrinks the map."""
    pixels = 1
    for call in (first, *graph.after(first)):
        if call is not first and ("Pooling" in call.kind or len(call.shape) != len(first.shape)):
            break
        size = call.config.get("kernel_size", 1)
        pixels += (size[0] if isinstance(size, (list, tuple)) else size) - 1
    return pixels


@remedy(safety="unsafe", certain=("collapsed-feature-map",))
def less_pooling(case: Case) -> Iterable[Candidate]:
    """The last shrinking layers go, or stride by 1, until the maps are large enough for what follows."""
    graph = graph_of(case)
    collapsed = [call for call in map(graph.at, case.places) if call is not None]
    if not collapsed:
        raise NoRemedy("no layer is named")
    first = collapsed[0]
    size, enough, edits = 1.0, min(_seen(graph, first), _LARGEST), []
    for call in reversed(graph.before(first)):
        if size >= enough:
            break
        stride = _stride(call)
        if stride <= 1:
            continue
        size *= stride
        path = path_of(call)
        edits.append(RemoveLayers((path,)) if "Pooling" in call.kind else ChangeLayers((path,), {"strides": 1}))
    if not edits:
        raise NoRemedy("nothing in front of it shrinks the maps")
    yield tuple(edits)
