"""Leave rounding, comparing and choosing to the use of the model, and let the training see the smooth values.

`round`, `sign`, `argmax`, `cast` to whole numbers and `x > limit` have a derivative of 0. Train on what goes into them
(a linear or sigmoid output, probabilities in place of the chosen class), and round predictions afterwards. Where the
step itself must be trained, use a straight-through estimator:
`x + keras.ops.stop_gradient(keras.ops.round(x) - x)`. Check too that each layer's output is used.

Source: Bengio, Leonard and Courville, arXiv 1308.3432 (2013).
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

smooth_operations = by_hand(__name__)
