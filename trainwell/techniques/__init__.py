"""What the chapter on training deep networks uses and Keras lacks: plain Keras objects and small functions."""

from trainwell.techniques.activation_curves import activation_curve as activation_curve
from trainwell.techniques.activation_curves import activations_figure as activations_figure
from trainwell.techniques.activation_statistics import ActivationStatistics as ActivationStatistics
from trainwell.techniques.activation_statistics import activation_statistics as activation_statistics
from trainwell.techniques.batchnorm_folding import FoldingPlan as FoldingPlan
from trainwell.techniques.batchnorm_folding import explain_batchnorm_folding as explain_batchnorm_folding
from trainwell.techniques.batchnorm_folding import fold_batchnorm as fold_batchnorm
from trainwell.techniques.find_lr import LearningRateSearch as LearningRateSearch
from trainwell.techniques.find_lr import find_lr as find_lr
from trainwell.techniques.schedules import OneCycle as OneCycle
from trainwell.techniques.schedules import OneCycleMomentum as OneCycleMomentum
from trainwell.techniques.schedules import PerformanceScheduling as PerformanceScheduling
from trainwell.techniques.schedules import PowerDecay as PowerDecay
from trainwell.techniques.schedules import Scaled as Scaled
from trainwell.techniques.schedules import Warmup as Warmup
from trainwell.techniques.schedules import one_cycle as one_cycle
from trainwell.techniques.schedules import simulate as simulate
from trainwell.techniques.schedules import with_momentum_schedule as with_momentum_schedule
from trainwell.techniques.self_normalization import SelfNormalizationProblem as SelfNormalizationProblem
from trainwell.techniques.self_normalization import self_normalization_problems as self_normalization_problems
from trainwell.techniques.tensorboard import TensorBoard as TensorBoard
from trainwell.techniques.try_learning_rates import LearningRateTrials as LearningRateTrials
from trainwell.techniques.try_learning_rates import try_learning_rates as try_learning_rates
