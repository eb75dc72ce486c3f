"""Let the signal pass by some layers.

A residual block adds what it computes to what came in, so that a gradient reaches the lowest layer in one step:
keras.layers.Add behind every two layers.

Source: He et al., "Deep residual learning for image recognition", arXiv 1512.03385 (2015)
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

skip_connections = by_hand(__name__)
