"""What rules look through: a Run's facts and signals as typed objects, in pure Python and NumPy.

`Graph` is the model as it is called, `Head` one output beside its loss and target, `Curve` a series of epochs,
`by_place` a signal layer by layer. The others answer one question each that several rules ask. Nothing here judges.
"""

from __future__ import annotations

from trainwell.views.constant import constant_loss as constant_loss
from trainwell.views.curves import Curve as Curve
from trainwell.views.curves import curve as curve
from trainwell.views.finiteness import stayed_finite as stayed_finite
from trainwell.views.graph import Call as Call
from trainwell.views.graph import Graph as Graph
from trainwell.views.graph import Kernel as Kernel
from trainwell.views.heads import Head as Head
from trainwell.views.heads import heads as heads
from trainwell.views.influence import early_influence as early_influence
from trainwell.views.influence import faded as faded
from trainwell.views.influence import influence as influence
from trainwell.views.linearity import Effect as Effect
from trainwell.views.linearity import effect_of as effect_of
from trainwell.views.linearity import met_behind as met_behind
from trainwell.views.losses import Losses as Losses
from trainwell.views.losses import at_the_end as at_the_end
from trainwell.views.losses import trained_to as trained_to
from trainwell.views.not_finite import not_finite as not_finite
from trainwell.views.places import by_place as by_place
from trainwell.views.places import by_variable as by_variable
from trainwell.views.places import is_constant as is_constant
from trainwell.views.progress import Progress as Progress
from trainwell.views.progress import has_soft_targets as has_soft_targets
from trainwell.views.progress import progress as progress
from trainwell.views.rates import Rates as Rates
from trainwell.views.ways import carries_all as carries_all

__all__ = [
    "Call",
    "Curve",
    "Effect",
    "Graph",
    "Head",
    "Kernel",
    "Losses",
    "Progress",
    "Rates",
    "at_the_end",
    "by_place",
    "by_variable",
    "carries_all",
    "curve",
    "early_influence",
    "effect_of",
    "faded",
    "has_soft_targets",
    "heads",
    "influence",
    "is_constant",
    "met_behind",
    "progress",
    "stayed_finite",
    "trained_to",
]
