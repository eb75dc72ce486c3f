"""Give narrow layers more units.

What does not pass through a layer is lost to all that follow; a layer that is much narrower than its neighbours, or
than what is asked for, holds back too much. And a deep net of a few ReLUs a layer is likely to have one whose units are
all dead from the start.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 5.2; Lu et al., "Dying ReLU and
initialization", arXiv 1903.06733 (2019)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.remedies.heads import path_of
from trainwell.remedies.hidden import DEEP, hidden_layers, widened
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.run import heads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case
    from trainwell.run.model import CallRecord


_FEWEST = 16


def _width(call: CallRecord) -> tuple[str, int] | None:
    """The argument that tells how wide a layer is, and its value; `None` for a layer without."""
    for name in ("units", "filters"):
        if isinstance(call.config.get(name), int):
            return name, call.config[name]
    return None


@remedy(safety="unsafe")
def more_units(case: Case) -> Iterable[Candidate]:
    """As many as the widest hidden layer has; four times as many everywhere where no narrower one is named."""
    if case.finding.rule.name == "softmax-on-one-unit":
        raise NoRemedy("one sigmoid unit tells yes or no")
    widths = {path_of(call): _width(call) for call in hidden_layers(case, recurrent=True)}
    known = {path: width for path, width in widths.items() if width is not None}
    named = {path: width for path, width in known.items() if path in case.places}
    head = heads(case.run)[0]
    others = [units for path, (_, units) in known.items() if path not in named]
    if named and min(units for _, units in named.values()) < max(others, default=math.inf):
        enough = max([*others, 2 * max(head.units, head.width), _FEWEST])
        yield widened({path: (name, enough) for path, (name, _) in named.items()})
        return
    if not known:
        raise NoRemedy("no layer has units that could be changed")
    if len(known) >= DEEP:
        raise NoRemedy(f"with {len(known)} hidden layers it is not units that are missing")
    fourfold, sixteenfold = (
        {path: (name, max(_FEWEST, times * units)) for path, (name, units) in known.items()} for times in (4, 16)
    )
    yield widened(fourfold)
    if sixteenfold != fourfold:
        yield widened(sixteenfold)
