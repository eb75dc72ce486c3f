"""Set `input_dim` of the Embedding to the highest id plus 1, or map other ids to one that it has.

The finding names the highest id. Count the validation rows and later inputs too: ids that are new there need a row, or
must be mapped to an id for unknown words, as `keras.layers.IntegerLookup` and `TextVectorization` do. Ids must not be
negative: add 1 to all of them if -1 stands for padding.

Source: Keras, "Embedding layer", `input_dim`; Keras issue 10694
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

larger_input_dim = by_hand(__name__)
