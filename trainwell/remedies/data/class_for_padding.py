"""Give positions without a class a class of their own, or leave them out with a mask.

Encode the padding as one more class, such as 0: `keras.utils.to_categorical(labels, classes + 1)` then has a single 1
in each vector. Or leave the padding out of loss and metrics: `Embedding(..., mask_zero=True)`, a `Masking` layer, or a
`sample_weight` of shape `(rows, positions)` that is zero at the padding.

Source: Keras, "Masking and padding with Keras"; Keras issue 13266
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

class_for_padding = by_hand(__name__)
