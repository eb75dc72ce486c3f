"""Show the rows of the rare class more often.

An alternative to weights, where a batch would else hold no row of the class. Repeat rows of the training part only,
after the split.

Source: Chawla et al., "SMOTE" (2002)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="manual")
def oversample_rare_class(case: Case) -> Iterable[Candidate]:
    """Proposes nothing: it is for a person to do."""
    del case
    raise NoRemedy("no edit can do it")
