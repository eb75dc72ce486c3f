"""Take fewer units.

A net with fewer weights can learn fewer rows by heart.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 5.2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import path_of
from trainwell.remedies.hidden import hidden_layers, widened
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


_FEWEST = 16


@remedy(safety="unsafe")
def fewer_units(case: Case) -> Iterable[Candidate]:
    """A quarter of them, in each hidden layer."""
    calls = [call for call in hidden_layers(case, recurrent=True) if int(call.config.get("units") or 0) >= _FEWEST]
    if not calls:
        raise NoRemedy("no hidden layer is wide")
    yield widened({path_of(call): ("units", call.config["units"] // 4) for call in calls})
