"""Convolutions work on a map of a single pixel: the image was shrunk away before the layers were through with it.

Symptom
-------
A deeper convolutional model is no better than a shallow one, or worse. Its last layers have large kernels and see one
position.

Why it happens
--------------
Every pooling and every stride divides the map. On small images, or in a net that was made for larger ones, one pixel is
left long before the last convolution: of a kernel on it, all but the middle meets padding alone, and where things are
in the image is lost.

How it is measured
------------------
From the shapes along the model's graph: the convolutions with kernels larger than one whose input has a single
position, in models whose earlier convolutions had more. Convolutions of size one are in order there (squeeze and
excitation), and so are transposed ones. Where the map grows again behind it, as in a U-Net, it is only mentioned, and
so are kernels of which most meets padding on maps of several pixels.

Known limits
------------
A map of two by two is small as well, and not named.

References:
----------
Nikanjam et al., "Automatic fault detection for deep learning programs using graph transformations" (NeuraLint), TOSEM
2021: kernel larger than its map.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from trainwell.rule import Circumstance, NotApplicable, Threshold, evidence, rule
from trainwell.run import Graph

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import CallRecord, Run

COLLAPSED = Threshold("collapsed", 0, "convolutions", "above", "NeuraLint (TOSEM 2021): kernel larger than its map")
USED = Threshold(
    "used",
    0.25,
    "share of the kernel",
    "below",
    "a quarter: half of each side of an image's kernel never meets a pixel",
)


GROWS_AGAIN = Circumstance("a later map is larger again")


@rule(
    id="TW121",
    family="setup",
    severity="serious",
    fault_if=COLLAPSED,
    advice_if=COLLAPSED & GROWS_AGAIN | USED,
    needs=("model.calls",),
    remedies=("less-pooling", "smaller-kernels"),
    proof="facts",
)
def collapsed_feature_map(run: Run) -> list[Evidence]:
    """Looks for convolutions with a kernel larger than one on a map of one position."""
    graph = Graph.of(run)
    convolutions = [call for call in graph.weighted if _is_convolution(call)]
    if not convolutions:
        raise NotApplicable("the model has no convolutions with kernels larger than one")
    found = []
    shrunk: list[CallRecord] = []
    for number, call in enumerate(convolutions):
        sizes = _map(call)
        if math.prod(sizes) > 1:
            used = _used(call, sizes)
            says = (
                f"{used:.0%} of the kernel of {call.place!r} ever meets its map of {_times(sizes)}; the rest, padding."
            )
            found.append(evidence(call.place, (used, USED), says=says))
        elif any(math.prod(_map(each)) > 1 and len(_map(each)) == len(sizes) for each in convolutions[:number]):
            shrunk.append(call)
    for call in shrunk:
        later = graph.calls[graph.calls.index(call) + 1 :]
        grows = any(len(each.shape) == len(call.shape) and each.positions > 1 for each in later)
        says = f"{call.place!r} convolves a map of 1 pixel with a kernel of {_times(_kernel(call))}."
        found.append(evidence(call.place, (1, COLLAPSED), *((GROWS_AGAIN,) if grows else ()), says=says))
    if not shrunk:
        smallest = min(convolutions, key=lambda call: math.prod(_map(call)))
        says = f"The smallest map that a convolution with a kernel works on is {_times(_map(smallest))}, in "
        says += f"{smallest.place!r}."
        found.append(evidence(smallest.place, (0, COLLAPSED), says=says))
    return found


def _is_convolution(call: CallRecord) -> bool:
    named = "Conv" in call.kind and "Transpose" not in call.kind and "LSTM" not in call.kind
    return named and call.of_keras and math.prod(_kernel(call)) > 1 and bool(_map(call))


def _kernel(call: CallRecord) -> list[int]:
    size = call.config.get("kernel_size", 1)
    return [int(each) for each in size] if isinstance(size, (list, tuple)) else [int(size)]


def _map(call: CallRecord) -> list[int]:
    """The positions along each axis of a convolution's input."""
    shape: list[Any] = call.input_shapes[0] if call.input_shapes else []
    axes = shape[2:] if call.config.get("data_format") == "channels_first" else shape[1:-1]
    return [int(size or 1) for size in axes]


def _used(call: CallRecord, sizes: list[int]) -> float:
    """The share of the kernel that meets a pixel in some position, undilated; all of it without padding."""
    if call.config.get("padding") == "valid" or max(_axes(call.config.get("dilation_rate", 1))) > 1:
        return 1.0
    reach = [size if call.config.get("padding") == "causal" else 2 * size - 1 for size in sizes]
    return math.prod(min(1.0, each / size) for each, size in zip(reach, _kernel(call), strict=False))


def _axes(setting: Any) -> list[int]:
    return list(setting) if isinstance(setting, (list, tuple)) else [int(setting)]


def _times(sizes: list[int]) -> str:
    return " × ".join(map(str, sizes)) + ("" if len(sizes) > 1 else " positions")
