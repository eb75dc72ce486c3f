"""Load trained weights into the frozen layers, or let them train.

Pass `weights="imagenet"` or the path of a file where the base is built, or call `base.load_weights(path)` before it is
frozen; then compare `base.get_weights()[0]` before and after. Without trained weights, set `base.trainable = True`.

Source: Keras, "Transfer learning and fine-tuning" (guide).
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

load_weights = by_hand(__name__)
