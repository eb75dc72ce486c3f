"""The notes' own recipe by `keras.Model.fit` on TensorFlow until a validation accuracy is reached: one line of JSON.

The clock runs from the arrays in memory to the end of the validation that reached it; building and compiling included.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

began = time.perf_counter()
os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")
import keras  # noqa: E402 -- the clock and the backend come first
import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import nets  # noqa: E402

imports = time.perf_counter() - began


class StopAt(keras.callbacks.Callback):
    def __init__(self, accuracy):
        super().__init__()
        self.accuracy, self.seconds, self.reached = accuracy, None, []

    def on_epoch_end(self, epoch, logs=None):
        del epoch
        self.reached.append(round(logs["val_accuracy"], 4))
        if self.reached[-1] >= self.accuracy:
            self.seconds = time.perf_counter() - began
            self.model.stop_training = True


name, path, seed, accuracy, epochs = sys.argv[1:]
with np.load(path) as file:
    x, y, *held_out = (file[key] for key in ("x", "y", "x_validation", "y_validation"))
began = time.perf_counter()
model = nets.build(name, int(seed))
watch = StopAt(float(accuracy))
model.fit(x, y, epochs=int(epochs), validation_data=tuple(held_out), verbose=0, callbacks=[watch])
print(json.dumps({"imports": imports, "seconds": watch.seconds, "reached": watch.reached}))
