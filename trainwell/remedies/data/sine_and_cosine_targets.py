"""Learn the sine and the cosine of the angle as two targets, and turn the predictions back with `arctan2`.

With `turn = 2 * np.pi * y / period`, train a linear output of two units on
`np.stack([np.sin(turn), np.cos(turn)], axis=1)` under a squared error. A predicted pair gives the value again:
`np.arctan2(pair[:, 0], pair[:, 1]) % (2 * np.pi)`, times `period / (2 * np.pi)`. Or keep one output and train on a loss
that knows the period, `1 - ops.cos(turn_true - turn_pred)`.

Source: Mardia and Jupp, "Directional Statistics" (2000), section 1.2
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

sine_and_cosine_targets = by_hand(__name__)
