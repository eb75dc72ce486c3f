"""trainwell trains deep Keras networks well.

Names are loaded when first used, so that importing the package costs nothing beside Keras's own import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from trainwell.backend import choose_backend

if TYPE_CHECKING:
    from trainwell import datasets as datasets
    from trainwell import recipes as recipes
    from trainwell import techniques as techniques
    from trainwell.comparison import compare as compare
    from trainwell.diagnosis import Diagnosis as Diagnosis
    from trainwell.diagnosis import Watch as Watch
    from trainwell.diagnosis import diagnose as diagnose
    from trainwell.diagnosis import fit as fit
    from trainwell.engine import Recording as Recording
    from trainwell.engine import fit_many as fit_many
    from trainwell.errors import InputError as InputError
    from trainwell.repairing import Repair as Repair
    from trainwell.repairing import repair as repair
    from trainwell.run import Run as Run
    from trainwell.techniques import find_lr as find_lr
    from trainwell.techniques import fold_batchnorm as fold_batchnorm
    from trainwell.techniques import mc_predict as mc_predict
    from trainwell.techniques import pretrain as pretrain
    from trainwell.techniques import transfer as transfer
    from trainwell.training import predict as predict
    from trainwell.training import train as train

__version__ = "0.1.0"

_HOMES = {
    "Diagnosis": "trainwell.diagnosis",
    "InputError": "trainwell.errors",
    "Recording": "trainwell.engine",
    "Repair": "trainwell.repairing",
    "Run": "trainwell.run",
    "Watch": "trainwell.diagnosis",
    "compare": "trainwell.comparison",
    "datasets": "",
    "diagnose": "trainwell.diagnosis",
    "find_lr": "trainwell.techniques",
    "fit": "trainwell.diagnosis",
    "fit_many": "trainwell.engine",
    "fold_batchnorm": "trainwell.techniques",
    "mc_predict": "trainwell.techniques",
    "predict": "trainwell.training",
    "pretrain": "trainwell.techniques",
    "recipes": "",
    "repair": "trainwell.repairing",
    "techniques": "",
    "train": "trainwell.training",
    "transfer": "trainwell.techniques",
}
__all__ = [
    "Diagnosis",
    "InputError",
    "Recording",
    "Repair",
    "Run",
    "Watch",
    "compare",
    "datasets",
    "diagnose",
    "find_lr",
    "fit",
    "fit_many",
    "fold_batchnorm",
    "mc_predict",
    "predict",
    "pretrain",
    "recipes",
    "repair",
    "techniques",
    "train",
    "transfer",
]

choose_backend()

if not TYPE_CHECKING:  # type checkers would take every misspelt name for one that is found here

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'trainwell' has no attribute {name!r}")
        home = _HOMES[name]
        value = getattr(importlib.import_module(home), name) if home else importlib.import_module(f"trainwell.{name}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
