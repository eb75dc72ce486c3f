"""Epochs of one net by `keras.Model.fit` on TensorFlow, timed one at a time; a line on standard input asks for each."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import nets

name, path = sys.argv[1:]
data = np.load(path)
model = nets.build(name)

clock = nets.Clock()
for _ in sys.stdin:
    model.fit(data["x"], data["y"], epochs=1, verbose=0, callbacks=[clock])
    print(clock.seconds, flush=True)
