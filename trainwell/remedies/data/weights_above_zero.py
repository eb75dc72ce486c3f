"""Give the rows that are to be learned a `sample_weight` above zero.

Print `numpy.unique(sample_weight, return_counts=True)`. If a mask made the weights, it may be the wrong way round, or
compare values of different types. Where only a few rows have targets, train on these rows alone.

Source: Keras, "Model.fit", `sample_weight`
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

weights_above_zero = by_hand(__name__)
