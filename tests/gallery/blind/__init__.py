"""The blind part: 79 sick and 48 healthy Setups of as many kinds as people build.

They were written once the rules were done, by someone who had seen neither a rule nor a case, and judged before anyone
looked at a verdict; docs/benchmarks.md has those figures. No threshold comes from them.
"""

from gallery.blind import healthy as healthy
from gallery.blind import sick_data as sick_data
from gallery.blind import sick_setup as sick_setup
from gallery.blind import sick_training as sick_training
