"""Tell the loss that it gets logits.

A net may leave the softmax or sigmoid to its loss, which computes both together and more exactly; the loss has to be
told.

Source: Keras documentation, from_logits
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from trainwell.edits import ChangeCompile
from trainwell.remedies.heads import head_of, key_of
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


LOSSES = {
    "binary_crossentropy": "BinaryCrossentropy",
    "binary_focal_crossentropy": "BinaryFocalCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}


@remedy(safety="safe", certain=("missing-output-activation",))
def from_logits(case: Case) -> Iterable[Candidate]:
    """The loss as an object, for an output without activation."""
    head = head_of(case)
    kind = LOSSES.get(head.loss_name)
    if kind is None:
        raise NoRemedy("the loss takes no logits")
    yield (ChangeCompile({"loss": getattr(keras.losses, kind)(from_logits=True)}, key_of(case, head)),)
