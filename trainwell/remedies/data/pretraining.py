"""Train the lower layers on rows without labels.

Where labels are few and rows are many, an autoencoder learns what the rows have in common: tw.pretrain.

Source: Géron, "Hands-On Machine Learning", chapter on training deep networks
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="manual")
def pretraining(case: Case) -> Iterable[Candidate]:
    """Proposes nothing: it is for a person to do."""
    del case
    raise NoRemedy("no edit can do it")
