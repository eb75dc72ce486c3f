"""Names, files and arrays to a Dataset: inputs, targets, and the facts about them.

Importing this costs nothing to speak of: what needs NumPy, Pillow, pyarrow or scikit-learn is loaded when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from trainwell.datasets.builtin import builtin_names as builtin_names
from trainwell.datasets.load import encoder_from_json as encoder_from_json
from trainwell.datasets.load import load as load  # not loaded late: the module of that name would stand in its place

if TYPE_CHECKING:
    from trainwell.datasets.dataset import Dataset as Dataset
    from trainwell.datasets.dataset import Part as Part
    from trainwell.datasets.new_inputs import read_new as read_new

_HOMES = {"Dataset": "dataset", "Part": "dataset", "read_new": "new_inputs"}

if not TYPE_CHECKING:  # type checkers would take every misspelt name for one that is found here

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
