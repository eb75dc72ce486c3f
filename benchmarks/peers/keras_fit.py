"""Epochs of one net by `keras.Model.fit`, timed one at a time; a line on standard input asks for each.

Usage: keras_fit.py BACKEND STEPS_PER_EXECUTION NET DATA
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.update(KERAS_BACKEND=sys.argv[1], TF_CPP_MIN_LOG_LEVEL="3")
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import nets

steps, name, path = sys.argv[2:]
data = np.load(path)
model = nets.build(name, steps_per_execution=int(steps))

clock = nets.Clock()
for _ in sys.stdin:
    model.fit(data["x"], data["y"], epochs=1, verbose=0, callbacks=[clock])
    print(clock.seconds, flush=True)
