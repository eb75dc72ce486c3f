"""Look at what goes in.

Where all rows look alike to the net, no net can tell them apart: an integer division, a tokenizer that was never
fitted, or a wrong column leaves nothing to learn from.

Source: Karpathy, "A recipe for training neural networks" (2019)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="manual")
def check_inputs(case: Case) -> Iterable[Candidate]:
    """Proposes nothing: it is for a person to do."""
    del case
    raise NoRemedy("no edit can do it")
