"""What rules look through: a Run's facts and signals as typed objects, in pure Python and NumPy.

`Graph` is the model as it is called, `Head` one output beside its loss and target, `Curve` a series of epochs,
`by_place` a signal layer by layer, `influence` how much each layer sways the loss, `Progress` how far a training got.
Nothing here judges.
"""

from __future__ import annotations

from trainwell.views.curves import Curve as Curve
from trainwell.views.curves import curve as curve
from trainwell.views.graph import Call as Call
from trainwell.views.graph import Graph as Graph
from trainwell.views.heads import Head as Head
from trainwell.views.heads import heads as heads
from trainwell.views.influence import early_influence as early_influence
from trainwell.views.influence import faded as faded
from trainwell.views.influence import influence as influence
from trainwell.views.places import by_place as by_place
from trainwell.views.places import by_variable as by_variable
from trainwell.views.places import is_constant as is_constant
from trainwell.views.progress import Progress as Progress
from trainwell.views.progress import progress as progress

__all__ = [
    "Call",
    "Curve",
    "Graph",
    "Head",
    "Progress",
    "by_place",
    "by_variable",
    "curve",
    "early_influence",
    "faded",
    "heads",
    "influence",
    "is_constant",
    "progress",
]
