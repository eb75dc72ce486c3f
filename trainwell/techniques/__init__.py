"""What the chapter on training deep networks uses and Keras lacks: plain Keras objects and small functions."""

from trainwell.techniques.find_lr import LearningRateSearch as LearningRateSearch
from trainwell.techniques.find_lr import find_lr as find_lr
from trainwell.techniques.pretraining import Pretraining as Pretraining
from trainwell.techniques.pretraining import pretrain as pretrain
from trainwell.techniques.schedules import OneCycle as OneCycle
from trainwell.techniques.schedules import OneCycleMomentum as OneCycleMomentum
from trainwell.techniques.schedules import PerformanceScheduling as PerformanceScheduling
from trainwell.techniques.schedules import PowerDecay as PowerDecay
from trainwell.techniques.schedules import Scaled as Scaled
from trainwell.techniques.schedules import Warmup as Warmup
from trainwell.techniques.schedules import one_cycle as one_cycle
from trainwell.techniques.schedules import simulate as simulate
from trainwell.techniques.schedules import with_momentum_schedule as with_momentum_schedule
from trainwell.techniques.try_learning_rates import LearningRateTrials as LearningRateTrials
from trainwell.techniques.try_learning_rates import try_learning_rates as try_learning_rates
