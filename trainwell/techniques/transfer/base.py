"""The base: a model in memory, or one read from a file in safe mode, with layers that can be told apart.

Not taken: a model that computes in its own `call`. What its layers feed each other is then known to its code alone, so
neither a cut between them nor a copy of the lower ones can be made from outside.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from trainwell.engine import compat
from trainwell.errors import InputError

_ENDINGS = (".keras", ".h5", ".hdf5")


def base_model(base: Any) -> keras.Model:
    """The model itself; where `base` is a path, the one read from there, not compiled.

    Raises:
        InputError: no such file, another kind of file, one that cannot be read, or a model that cannot be cut.
    """
    model = _read(Path(base)) if isinstance(base, str | Path) else base
    if not isinstance(model, keras.Model):
        raise InputError(
            f"base must be a Keras model or a path to a .keras or .h5 file, not {type(base).__name__}.",
            "Pass the trained model itself, or the file that model.save wrote.",
        )
    if isinstance(model, keras.Sequential) and not model.built:
        raise InputError(
            f"base, the Sequential model {model.name!r}, is not built: it has no weights to reuse.",
            "Train it first, or give it a keras.Input and load its weights.",
        )
    if not compat.is_plain_graph(model):
        raise InputError(
            f"base, {model.name!r} of class {type(model).__name__}, computes in its own code, so that its layers "
            "cannot be taken one by one.",
            "Pass a Sequential or Functional model; of a class of your own, the Functional model inside it, or "
            "keras.Model(inputs, outputs) built from its layers.",
        )
    return model


def _read(path: Path) -> keras.Model:
    if path.suffix.lower() not in _ENDINGS:
        raise InputError(
            f"base is the path {str(path)!r}, which is no .keras or .h5 file.",
            "Save the model with model.save('name.keras').",
        )
    if not path.is_file():
        raise InputError(f"base: there is no file {str(path)!r}.", "Check the path.")
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)  # type: ignore[return-value]
    except Exception as error:
        lines = str(error).strip().splitlines()
        raise InputError(
            f"base: {str(path)!r} cannot be read as a model. Keras says: {lines[0] if lines else error!r}",
            "A file of weights alone is no model: save with model.save. Layers and functions of your own must be known "
            "first: decorate them with keras.saving.register_keras_serializable. Lambda layers are not loaded from "
            "files, since that would run code from the file: build the model in Python and load its weights.",
        ) from error
