"""What rules look through: a Run's facts and signals as typed objects, in pure Python and NumPy.

`Graph` is the model as it is called, `Head` one output beside its loss and target, `Curve` a series of epochs,
`Losses` those of training, validation and a constant answer on one scale, `Rates` what other learning rates reached,
`by_place` a signal layer by layer. Nothing here judges.
"""

from __future__ import annotations

from trainwell.views.curves import Curve as Curve
from trainwell.views.curves import curve as curve
from trainwell.views.graph import Call as Call
from trainwell.views.graph import Graph as Graph
from trainwell.views.heads import Head as Head
from trainwell.views.heads import heads as heads
from trainwell.views.losses import Losses as Losses
from trainwell.views.losses import at_the_end as at_the_end
from trainwell.views.losses import trained_to as trained_to
from trainwell.views.places import by_place as by_place
from trainwell.views.places import by_variable as by_variable
from trainwell.views.rates import Rates as Rates
from trainwell.views.ways import carries_all as carries_all

__all__ = [
    "Call",
    "Curve",
    "Graph",
    "Head",
    "Losses",
    "Rates",
    "at_the_end",
    "by_place",
    "by_variable",
    "carries_all",
    "curve",
    "heads",
    "trained_to",
]
