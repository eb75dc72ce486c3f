"""Batch normalisation folded into its neighbours: the same outputs from fewer layers, for prediction."""

from trainwell.techniques.batchnorm_folding.fold import explain_batchnorm_folding as explain_batchnorm_folding
from trainwell.techniques.batchnorm_folding.fold import fold_batchnorm as fold_batchnorm
from trainwell.techniques.batchnorm_folding.plan import Fold as Fold
from trainwell.techniques.batchnorm_folding.plan import FoldingPlan as FoldingPlan
from trainwell.techniques.batchnorm_folding.plan import KeptLayer as KeptLayer
