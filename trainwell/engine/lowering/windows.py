"""A window that moves over an array, seen one axis at a time: where it stands, and what each of its entries sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Side:
    """The window along one axis.

    Attributes:
        axis: of the array.
        size: entries of the window, at least 1.
        stride: from one place of the window to the next.
        dilation: from one entry of the window to the next.
        pads: fill before and after the array; negative where the array is cut.
        places: how many places the window takes, which is the size of the result.
    """

    axis: int
    size: int
    stride: int
    dilation: int
    pads: tuple[int, int]
    places: int

    def seen(self, padded: Any) -> list[Any]:
        """For each entry of the window, the part of the padded array that it sees, `places` long."""
        reach = (self.places - 1) * self.stride + 1
        starts = (entry * self.dilation for entry in range(self.size))
        return [jax.lax.slice_in_dim(padded, start, start + reach, self.stride, self.axis) for start in starts]


def sides(
    axes: Iterable[int],
    lengths: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
) -> list[Side]:
    """The window along each of the axes.

    Args:
        axes: of the array.
        lengths: of the array along these axes.
        window: entries along each.
        strides: along each.
        dilations: along each.
        padding: before and after, for each; or `"SAME"`, `"SAME_LOWER"` or `"VALID"`.
    """
    spans = [(size - 1) * dilation + 1 for size, dilation in zip(window, dilations, strict=True)]
    if isinstance(padding, str):
        padding = jax.lax.padtype_to_pads(tuple(lengths), spans, tuple(strides), padding)
    return [
        Side(axis, size, stride, dilation, (int(before), int(after)), (length + before + after - span) // stride + 1)
        for axis, length, size, stride, dilation, span, (before, after) in zip(
            axes, lengths, window, strides, dilations, spans, padding, strict=True
        )
    ]


def padded(array: Any, around: Iterable[Side], fill: float = 0.0) -> Any:
    """The array with its fill before and after, along the given sides."""
    amounts = [(0, 0, 0)] * array.ndim
    for side in around:
        amounts[side.axis] = (*side.pads, 0)
    if set(amounts) == {(0, 0, 0)}:
        return array
    return jax.lax.pad(array, jax.numpy.asarray(fill, array.dtype), amounts)
