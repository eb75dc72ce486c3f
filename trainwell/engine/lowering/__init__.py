"""Convolutions and poolings written so that XLA runs them fast on a CPU, also inside a loop.

XLA's own are tens of times slower inside a loop than outside (jax issue 12868), and those with groups, transposed ones
and pooling gradients are slow everywhere. Here each becomes slices, sums and matrix products. Results differ from XLA's
in the order of summation: equal to float tolerance, not bit for bit. XLA's own stays where it is measured to win, and
where a form would need too much memory.
"""

from trainwell.engine.lowering.context import FAST as FAST
from trainwell.engine.lowering.context import lowered as lowered
