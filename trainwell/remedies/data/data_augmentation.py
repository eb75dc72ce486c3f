"""Vary the rows while training.

Small shifts, turns and mirrored pictures that leave the class as it is give more rows than there are:
keras.layers.RandomFlip, RandomRotation, RandomTranslation in front of the net.

Source: Chollet, "Deep Learning with Python", 2nd edition (2021), chapter 8
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="manual")
def data_augmentation(case: Case) -> Iterable[Candidate]:
    """Proposes nothing: it is for a person to do."""
    del case
    raise NoRemedy("no edit can do it")
