"""An experiment of the chapter's notes as plain data: what is trained on what, and what the notes print.

Nothing here imports Keras, so that a list of the experiments costs nothing. The net is named; `nets` builds it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

VALIDATION = "validation"
TEST = "test"
BASE = "model A, validation"


@dataclass(frozen=True)
class Preparation:
    """How the notes make inputs of the 60,000 training pictures.

    Args:
        held_out: which of them are for validation: the first or the last; `"share"` leaves the split to the training,
            which then keeps the last tenth of each task's rows.
        held_out_rows: how many.
        standardize: each pixel to mean 0 and deviation 1 over the training rows, after the division by 255.
    """

    held_out: Literal["first", "last", "share"] = "first"
    held_out_rows: int = 5_000
    standardize: bool = False


@dataclass(frozen=True)
class Experiment:
    """One training of the notes.

    Args:
        name: as on the command line.
        title: a few words for people.
        recipe: what is trained and how, in words.
        note: number of the notes that hold it.
        net: name of the function in `nets` that builds and compiles it.
        epochs: epochs of the training; with transfer, of head and all layers together.
        preparation: how the data are split and scaled.
        printed: series to the values that the notes print, of epochs 1, 2, ...; the notes are cut, so there may be
            fewer than epochs. The last of a series is its printed final figure.
        seeds: number of seeds where none is asked for.
        batch_size: rows a step.
        base_epochs: with transfer, epochs of model A before.
        head_epochs: with transfer, those of the `epochs` in which only the head is trained.
        depth: the name of the net in the picture of activations by depth; "" where it is in none.
        differs: where this is not what the notes ran, a sentence each.
        explanation: why a printed final figure lies outside the range of the seeds, as far as it was found out by
            measuring; shown only beside a miss.
    """

    name: str
    title: str
    recipe: str
    note: str
    net: str
    epochs: int
    preparation: Preparation = Preparation()
    printed: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    seeds: int = 10
    batch_size: int = 32
    base_epochs: int = 0
    head_epochs: int = 0
    depth: str = ""
    differs: tuple[str, ...] = ()
    explanation: str = ""

    def settings(self) -> dict[str, Any]:
        """What a result depends on, beside its seed, the data and the versions."""
        return {
            "net": self.net,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "base_epochs": self.base_epochs,
            "head_epochs": self.head_epochs,
            "depth": self.depth,
            **asdict(self.preparation),
        }
