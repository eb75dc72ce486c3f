"""What rules look through: a Run's facts and signals as typed objects, in pure Python and NumPy.

`Graph` is the model as it is called, `Head` one output beside its loss and target, `Curve` a series of epochs,
`by_place` a signal layer by layer, `effect_of` whether a call is linear. Nothing here judges.
"""

from __future__ import annotations

from trainwell.views.curves import Curve as Curve
from trainwell.views.curves import curve as curve
from trainwell.views.graph import Call as Call
from trainwell.views.graph import Graph as Graph
from trainwell.views.graph import Kernel as Kernel
from trainwell.views.heads import Head as Head
from trainwell.views.heads import heads as heads
from trainwell.views.linearity import Effect as Effect
from trainwell.views.linearity import effect_of as effect_of
from trainwell.views.linearity import met_behind as met_behind
from trainwell.views.places import by_place as by_place
from trainwell.views.places import by_variable as by_variable

__all__ = [
    "Call",
    "Curve",
    "Effect",
    "Graph",
    "Head",
    "Kernel",
    "by_place",
    "by_variable",
    "curve",
    "effect_of",
    "heads",
    "met_behind",
]
