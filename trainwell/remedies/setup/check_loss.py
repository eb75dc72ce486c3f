"""Check the sign, the order of the arguments and the axes of the loss.

Keras makes the loss small and calls it as `loss(y_true, y_pred)`. Of what should become large (a Dice coefficient, a
correlation, a likelihood) return `1 - value` or `-value`. Take means over the axes of one row, so that each row keeps a
loss of its own: `keras.ops.mean(..., axis=-1)`. Try it by hand: it must be lower for `loss(y, y)` than for answers of
other rows.

Source: Keras, "keras.losses"; Karpathy, "A recipe for training neural networks" (2019): verify the loss.
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

check_loss = by_hand(__name__)
