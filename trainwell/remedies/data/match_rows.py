"""Look at some rows beside their targets, and give the inputs what the target depends on.

Print five inputs with their targets, or plot them: do they belong together? Where rows were shuffled, sorted, joined or
windowed, do the same to inputs and targets, in one call: `order = rng.permutation(len(x)); x, y = x[order], y[order]`.
Where they do belong together, the inputs may lack what decides, or hold it in a form that few rows cannot teach: give
binary digits of a number, parts of a date, the sine and cosine of an angle.

Source: Karpathy, "A recipe for training neural networks" (2019): become one with the data.
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

match_rows = by_hand(__name__)
