"""Which Keras backend: JAX, unless the person chose another.

Keras reads its backend once, when it is first imported, and falls back to TensorFlow. A `keras.json` that Keras itself
wrote holds only its defaults, so it is not taken for a choice.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

_KERAS_DEFAULTS = {"floatx": "float32", "epsilon": 1e-7, "backend": "tensorflow", "image_data_format": "channels_last"}


def choose_backend() -> None:
    """Sets `KERAS_BACKEND=jax` where nobody chose a backend and Keras is not imported yet."""
    if "keras" in sys.modules or os.environ.get("KERAS_BACKEND") or _chosen_in_file():
        return
    os.environ["KERAS_BACKEND"] = "jax"


def _chosen_in_file() -> bool:
    home = Path(os.environ.get("KERAS_HOME") or Path("~").expanduser() / ".keras")
    try:
        config = json.loads((home / "keras.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):  # absent, unreadable, no JSON, no home: Keras takes its defaults too
        return False
    if not isinstance(config, dict) or "backend" not in config:
        return False
    return any(config[key] != _KERAS_DEFAULTS.get(key) for key in config)
