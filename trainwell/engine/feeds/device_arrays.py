"""Arrays that lie on the device as a whole: a batch is then 4 bytes a row from the host.

For accelerators, whose memory is far from the host's. Not for data larger than that memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from trainwell.engine.feeds.array_feed import ArrayFeed, chunks_of_rows
from trainwell.engine.feeds.part import FeedPart
from trainwell.engine.program import STEPS_PER_CALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.engine.feeds.row_order import RowOrder


class DeviceArrays(ArrayFeed):
    """Inputs, targets and weights on the device.

    Args:
        inputs: `(x,)`, `(x, y)` or `(x, y, sample_weight)`, each a tree of arrays with the same number of rows.
        order: which rows form which batch.
    """

    def __init__(self, inputs: tuple[Any, ...], order: RowOrder) -> None:
        super().__init__(inputs, order)
        self._device = jax.block_until_ready(jax.device_put(inputs))

    def parts(self, rows: np.ndarray, batch_size: int | None = None) -> Iterator[FeedPart]:
        """The batches that some rows form, gathered on the device."""
        size = batch_size or self.order.batch_size
        for chunk in chunks_of_rows(rows, size, STEPS_PER_CALL):
            if chunk.ndim == 1:
                yield FeedPart(_gathered(self._device, chunk), alone=True)
                continue
            padded = np.zeros((STEPS_PER_CALL, size), np.int32)
            padded[: len(chunk)] = chunk
            yield FeedPart(_gathered(self._device, padded), stop=len(chunk))


@jax.jit
def _gathered(inputs: Any, rows: Any) -> Any:
    return jax.tree.map(lambda array: array.at[rows].get(mode="promise_in_bounds"), inputs)
