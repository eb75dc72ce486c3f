"""Give rows whose target is partly missing a loss that leaves the missing part out.

With several targets a row may know some of them. A loss of your own that multiplies by a mask keeps what is known;
the rows are else left out whole.

Source: Chollet, "Deep Learning with Python", 2nd edition (2021), chapter 7
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="manual")
def mask_missing_targets(case: Case) -> Iterable[Candidate]:
    """Proposes nothing: it is for a person to do."""
    del case
    raise NoRemedy("no edit can do it")
