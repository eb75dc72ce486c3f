"""Vary the rows while training.

Small shifts, turns and mirrored pictures that leave the class as it is give more rows than there are:
keras.layers.RandomFlip, RandomRotation, RandomTranslation in front of the net.

Source: Chollet, "Deep Learning with Python", 2nd edition (2021), chapter 8
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

data_augmentation = by_hand(__name__)
