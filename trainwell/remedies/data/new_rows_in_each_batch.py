"""Let each batch of an epoch give rows of its own.

In a `PyDataset`, `__getitem__(self, index)` must use the index: `x[index * size : (index + 1) * size]`. In a generator,
set the position before the loop and advance it in the loop. Then read two batches and compare them:
`numpy.array_equal(data[0][0], data[1][0])` must be false.

Source: Keras, "PyDataset"; Keras issue 3985
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

new_rows_in_each_batch = by_hand(__name__)
