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
_WITHOUT_HOME = Path("/tmp/.keras")  # noqa: S108 -- where Keras itself looks if the home folder cannot be written to


def choose_backend() -> None:
    """Sets `KERAS_BACKEND=jax` where nobody chose a backend and Keras is not imported yet."""
    if "keras" in sys.modules or os.environ.get("KERAS_BACKEND") or _chosen_in_file():
        return
    os.environ["KERAS_BACKEND"] = "jax"


def _chosen_in_file() -> bool:
    try:
        config = json.loads((_keras_folder() / "keras.json").read_text(encoding="utf-8"))
    except (
        OSError,
        ValueError,
        RuntimeError,
    ):  # absent, no JSON, no such home: Keras takes its defaults too
        return False
    if not isinstance(config, dict) or "backend" not in config:
        return False
    return any(config[key] != _KERAS_DEFAULTS.get(key) for key in config)


def _keras_folder() -> Path:
    """Where Keras looks for `keras.json`: an empty `KERAS_HOME` names the working folder, as it does for Keras."""
    if "KERAS_HOME" in os.environ:
        return Path(os.environ["KERAS_HOME"]).expanduser()
    try:
        home = Path.home()
    except RuntimeError:  # the account has none
        return _WITHOUT_HOME
    return home / ".keras" if os.access(home, os.W_OK) else _WITHOUT_HOME
