"""Put an Embedding in front of the layer that reads the ids, or encode them as one-hot columns.

`keras.layers.Embedding(highest_id + 1, 16)` takes ids of shape `(rows, steps)`, without a last axis of 1, and gives
each id a vector that is learned. For a few codes, `keras.layers.CategoryEncoding` gives one-hot columns.

Source: Bengio et al., "A neural probabilistic language model" (2003); Guo and Berkhahn, arXiv 1604.06737 (2016)
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

embedding_for_ids = by_hand(__name__)
