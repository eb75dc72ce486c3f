"""What the chapter on training deep networks uses and Keras lacks: plain Keras objects and small functions."""

from trainwell.techniques.find_lr import LearningRateSearch as LearningRateSearch
from trainwell.techniques.find_lr import find_lr as find_lr
from trainwell.techniques.one_cycle import OneCycle as OneCycle
