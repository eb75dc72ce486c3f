"""Schedules of learning rate and momentum, by the step."""

from trainwell.techniques.schedules.momentum import with_momentum_schedule as with_momentum_schedule
from trainwell.techniques.schedules.one_cycle import OneCycle as OneCycle
from trainwell.techniques.schedules.one_cycle import OneCycleMomentum as OneCycleMomentum
from trainwell.techniques.schedules.one_cycle import one_cycle as one_cycle
from trainwell.techniques.schedules.performance import PerformanceScheduling as PerformanceScheduling
from trainwell.techniques.schedules.performance import Scaled as Scaled
from trainwell.techniques.schedules.power_decay import PowerDecay as PowerDecay
from trainwell.techniques.schedules.schedule import simulate as simulate
from trainwell.techniques.schedules.warmup import Warmup as Warmup
