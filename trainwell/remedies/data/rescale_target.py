"""Bring the target to the range that its loss takes.

A loss of probabilities takes targets between 0 and 1: divide a target that is an amount by its largest value, or
choose a loss of values.

Source: Keras documentation, BinaryCrossentropy
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

rescale_target = by_hand(__name__)
