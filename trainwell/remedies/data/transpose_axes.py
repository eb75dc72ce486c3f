"""Transpose the array where it was reshaped: `np.transpose(x, (0, 2, 3, 1))` moves the channels to the end.

`x.reshape(rows, 28, 28, 3)` of an array `(rows, 3, 28, 28)` keeps the order of the values in memory and mixes pixels
with channels; `np.transpose(x, (0, 2, 3, 1))` moves each value with its axis. For sequences `(rows, features, steps)`
it is `np.transpose(x, (0, 2, 1))`. An array that is already reshaped is mended by reshaping it back first. Plot one row
of the result before training on it.

Source: NumPy, "numpy.transpose"; Keras, "Conv2D", `data_format`.
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

transpose_axes = by_hand(__name__)
