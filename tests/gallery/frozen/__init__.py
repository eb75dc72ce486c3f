"""The frozen half of the gallery: written before any rule existed, and frozen.

These Setups were planted from what people do wrong (studies of training bugs, questions in forums), by someone who had
seen no rule and no threshold. Do not change a case to suit a rule: a case that a rule judges wrongly is a finding about
the rule. Mend only what does not run. Setups made with the rules in view belong in the other half.
"""

from gallery.frozen import data_labels as data_labels
from gallery.frozen import data_rows as data_rows
from gallery.frozen import data_values as data_values
from gallery.frozen import gradients as gradients
from gallery.frozen import healthy as healthy
from gallery.frozen import overfitting as overfitting
from gallery.frozen import setup_layers as setup_layers
from gallery.frozen import setup_loss as setup_loss
from gallery.frozen import setup_output as setup_output
from gallery.frozen import setup_training as setup_training
from gallery.frozen import speed as speed
