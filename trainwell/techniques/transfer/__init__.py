"""Transfer learning: reuse the layers of a trained network under a new head, and train the two in stages."""

from trainwell.techniques.transfer.result import Stage as Stage
from trainwell.techniques.transfer.result import Transfer as Transfer
from trainwell.techniques.transfer.reuse import reuse_layers as reuse_layers
from trainwell.techniques.transfer.transfer import transfer as transfer
