"""Let the layer work along the last axis, or keep the first axis of every array as it is.

Axis 0 is the batch. Change `axis=0` to the axis of the classes or features, usually `-1`; in a reshape, let the first
size be that of the batch: `keras.ops.reshape(x, (-1, steps, features))` keeps rows together only if each row has
`steps * features` values, and `keras.layers.Reshape` cannot mix rows at all. A transpose changes the order of axes; a
reshape does not.

Source: Keras, "keras.layers.Softmax", `axis`; Karpathy, "A recipe for training neural networks" (2019).
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

keep_rows_apart = by_hand(__name__)
