"""Does a loss of the user's own fall as the answers get better?

The loss is asked twice about the same targets: once with the targets themselves as answers, in the form of the output,
and once with the same answers dealt to other rows. A loss must be lower for the first. One with the wrong sign is
higher, and one that ignores the answers, or adds over an axis that cancels them, is the same.

Not good at: outputs that are no answers to the target itself, such as distances, embeddings or the parameters of a
distribution. Those are left out where a layer without weights gives them, or their shape differs from the target's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell import engine
from trainwell.run import LossFunctionRecord, LossOrderRecord, finite, heads

if TYPE_CHECKING:
    from trainwell.experiments.context import ExperimentContext
    from trainwell.run import Head

ROWS = 64
_SURE = 0.99  # a probability of the right class
_LOGIT = 5.0
_DEALS = 3


def loss_function(context: ExperimentContext) -> LossFunctionRecord | None:
    """Ask each loss of the user's own for right answers and for answers of other rows.

    Returns:
        The record; `None` where all losses are Keras's, or no output has the form of its target.
    """
    known = heads(context.run)
    if all(each.loss is None or each.loss.of_keras for each in known):
        return None
    x, y = context.spec.some(ROWS)
    probe = engine.InferenceProbe(context.model, x, y, ())
    look = probe()
    outputs = look.outputs
    leaves, targets = keras.tree.flatten(outputs), keras.tree.flatten(y)
    if not len(leaves) == len(targets) == len(known):
        return None
    found = []
    for place, (head, output, target) in enumerate(zip(known, leaves, targets, strict=True)):
        if head.loss is None or head.loss.of_keras or not _answers_its_target(head):
            continue
        kinds = (False,) if head.range == (0.0, 1.0) else (False, True)  # probabilities are no logits
        forms = [_right(np.asarray(target), np.asarray(output), logits=logits) for logits in kinds]
        asked = [_asked(probe, outputs, leaves, place, right) for right in forms if right is not None]
        if asked:
            # In the form in which right answers do best: whether the loss takes logits is not known.
            right, other = min(asked, key=lambda each: each[0] - each[1])
            found.append(LossOrderRecord(output=head.where, right=finite(right), other=finite(other)))
    return LossFunctionRecord(rows=len(targets[0]), first=finite(look.loss), losses=found) if found else None


def _answers_its_target(head: Head) -> bool:
    return head.call is not None and (head.call.has_kernel or head.call.is_activation)


def _right(target: np.ndarray, output: np.ndarray, *, logits: bool) -> np.ndarray | None:
    """Return the targets as answers; `None` where they have no such form."""
    if target.dtype.kind not in "biuf":
        return None
    units = output.shape[-1]
    whole = bool(np.array_equal(target, np.rint(target)))
    sparse = whole and units > 1 and target.size == output.size // units
    if sparse and target.min() >= 0 and target.max() < units:
        target = np.eye(units)[target.reshape(-1).astype(int)].reshape(output.shape)
    elif target.size == output.size:
        target = target.reshape(output.shape)
    else:
        return None
    of_two = set(np.unique(target[:: max(1, len(target) // 64)]).tolist()) <= {0, 1}
    if not of_two:
        return None if logits else target.astype(output.dtype)
    sure = np.clip(target, 1 - _SURE, _SURE)
    return (np.where(target > 0, _LOGIT, -_LOGIT) if logits else sure).astype(output.dtype)


def _asked(probe: Any, outputs: Any, leaves: list[Any], place: int, right: np.ndarray) -> tuple[float, float]:
    """Return the loss of right answers, and the mean loss of the same answers dealt to other rows."""

    def loss_of(answer: np.ndarray) -> float:
        return probe.loss_of(keras.tree.pack_sequence_as(outputs, [*leaves[:place], answer, *leaves[place + 1 :]]))

    generator = np.random.default_rng(0)
    return loss_of(right), float(np.mean([loss_of(right[generator.permutation(len(right))]) for _ in range(_DEALS)]))
