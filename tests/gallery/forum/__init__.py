"""The forum part: 45 sick Setups, each beside its repaired twin, and 20 healthy ones.

36 of the sick are reconstructed from what people asked in forums and from items of studies of training bugs, with their
source above each; nine are planted for faults that these lacked. They were written by someone who had seen neither a
rule nor a case, and judged before anyone looked at a verdict. No figure of theirs is the source of a limit.
"""

from gallery.forum import healthy as healthy
from gallery.forum import sick_data as sick_data
from gallery.forum import sick_setup as sick_setup
from gallery.forum import sick_training as sick_training
