"""Runs of equal layers trained as one layer with stacked weights, so that compiling stops growing with depth."""

from trainwell.engine.folding.folding import Folding as Folding
from trainwell.engine.folding.folding import why_not as why_not
