"""The chapter's printed results, trained again over several seeds and set beside the notes.

    trainwell reproduce leaky-relu --seeds 3

`experiments` holds what the notes print; `reproduce` trains, `comparison` judges, `table` and `page` show.
"""

from trainwell.reproduce.experiments import EXPERIMENTS as EXPERIMENTS
from trainwell.reproduce.experiments import find_experiments as find_experiments
