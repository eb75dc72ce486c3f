"""What rules look through: a Run's facts and signals as typed objects, in pure Python and NumPy.

`Graph` is the model as it is called, `Head` one output beside its loss and target, `Curve` a series of epochs,
`by_place` a signal layer by layer, `stayed_finite` what became of the losses. Nothing here judges.
"""

from __future__ import annotations

from trainwell.views.curves import Curve as Curve
from trainwell.views.curves import curve as curve
from trainwell.views.graph import Call as Call
from trainwell.views.graph import Graph as Graph
from trainwell.views.heads import Head as Head
from trainwell.views.heads import heads as heads
from trainwell.views.losses import stayed_finite as stayed_finite
from trainwell.views.places import by_place as by_place
from trainwell.views.places import by_variable as by_variable

__all__ = ["Call", "Curve", "Graph", "Head", "by_place", "by_variable", "curve", "heads", "stayed_finite"]
