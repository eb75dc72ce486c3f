"""Gather more rows.

A net with many more weights than rows can learn every row by heart. Nothing that is done to the net replaces rows.

Source: Halevy et al., "The unreasonable effectiveness of data" (2009)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="manual")
def more_data(case: Case) -> Iterable[Candidate]:
    """Proposes nothing: it is for a person to do."""
    del case
    raise NoRemedy("no edit can do it")
