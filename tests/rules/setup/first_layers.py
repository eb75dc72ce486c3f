"""What rules about the layers before the first weights say of a model and its data."""

from __future__ import annotations

import keras
import numpy as np
from rules.runs import finding, static

from trainwell.experiments import ExperimentContext
from trainwell.experiments.first_activation import first_activation
from trainwell.training_spec import TrainingSpec

L = keras.layers


def judged(name, x, *layers):
    """The finding for a Sequential model of these layers and a Dense, or for a model that is given whole."""
    whole = len(layers) == 1 and isinstance(layers[0], keras.Model)
    model = layers[0] if whole else keras.Sequential([keras.Input(x.shape[1:]), *layers, L.Flatten(), L.Dense(1)])
    y = np.zeros((len(x), 1))
    run = static(model, x, y)
    run.experiments.first_activation = first_activation(ExperimentContext(TrainingSpec.from_fit(model, x, y), run))
    return finding(run, name)
