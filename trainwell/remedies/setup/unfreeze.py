"""Let the layers train.

A model in which nothing trains runs through its epochs and stays as it was.

Source: Keras documentation, "Transfer learning and fine-tuning"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import SetTrainable
from trainwell.edits.blueprint import is_graph
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("nothing-trainable",))
def unfreeze(case: Case) -> Iterable[Candidate]:
    """Those outside a nested model, which is often a pretrained base; all, where there is no nested one."""
    model = case.spec.model
    if not is_graph(model):
        raise NoRemedy("the layers of a subclassed model stand in its own code: set trainable=True on them there")
    frozen = [layer for layer in model.layers if layer.weights and not layer.trainable]
    if case.finding.rule.name == "frozen-untrained":
        yield (SetTrainable(tuple(layer.name for layer in frozen), trainable=True),)
        return
    outside = [layer.name for layer in frozen if not is_graph(layer)]
    if not frozen:
        raise NoRemedy("no layer with weights is frozen")
    yield (SetTrainable(tuple(outside or [layer.name for layer in frozen]), trainable=True),)
