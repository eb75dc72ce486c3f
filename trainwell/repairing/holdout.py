"""Which rows validate the trials, and which are held back from all of them for the last comparison."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from sklearn.model_selection import train_test_split

from trainwell.edits import Draft, SplitAnew
from trainwell.errors import EditError, InputError
from trainwell.targets import kind_of_target
from trainwell.trees import joined, row_bytes, rows_in, take

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.edits import Edit
    from trainwell.training_spec import TrainingSpec

FEWEST_ROWS = 200  # below, all rows are too few to hold some back: the last comparison is cross-validated
FOLDS = 3
_SPLIT_OFF = 0.3  # of the training rows, where no validation rows are given
_HELD_BACK = 0.5  # of the validation rows
_DRAWN = 0.2  # of all rows, where the validation rows given are part of the fault
_LEAST = 2


@dataclass(frozen=True)
class Holdout:
    """Rows that neither a training nor a trial sees.

    Args:
        x, y: as the TrainingSpec was given them.
        numbers: to tell the rows apart once edits have left some out.
    """

    x: Any
    y: Any
    numbers: np.ndarray

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.numbers)

    def after(self, edits: Iterable[Edit], spec: TrainingSpec) -> Holdout:
        """These rows as edits change each of them: labels, missing values, scales; not which rows there are.

        Args:
            edits: of the TrainingSpec.
            spec: before the edits: what they measure, they measure on its training rows.
        """
        draft = Draft.of(replace(spec, data={**spec.data, "validation_data": (self.x, self.y, self.numbers)}))
        for edit in edits:
            if edit.part == "data" and edit.by_row:
                edit.change(draft)
        x, y, numbers = draft.data["validation_data"]
        return Holdout(x, y, numbers)


def with_validation(spec: TrainingSpec) -> tuple[TrainingSpec, tuple[Edit, ...]]:
    """The TrainingSpec with validation rows of its own, and the edit that split them off where it had none.

    Raises:
        EditError: they cannot be split off.
    """
    if spec.data.get("validation_data") is not None:
        return spec, ()
    by_class = kind_of_target(np.asarray(keras.tree.flatten(spec.data["y"])[0])) == "classes"
    edit = SplitAnew(_SPLIT_OFF, by_class=by_class)
    draft = Draft.of(spec)
    try:
        edit.change(draft)
    except EditError:  # a class of a single row
        edit = SplitAnew(_SPLIT_OFF)
        edit.change(draft)
    return replace(spec, data=draft.data, fit=draft.fit), (edit,)


def hold_back(spec: TrainingSpec, seed: int) -> tuple[TrainingSpec, Holdout]:
    """Takes half of the validation rows away, drawn at random."""
    x, y, *rest = spec.data["validation_data"]
    rows = rows_in(x)
    kept, held = _drawn(y, np.arange(rows), _HELD_BACK, seed)
    left = tuple(take(part, kept) for part in (x, y, *rest))
    return replace(spec, data={**spec.data, "validation_data": left}), Holdout(take(x, held), take(y, held), held)


def hold_back_from_all(spec: TrainingSpec, seed: int, *, pooled: bool) -> tuple[TrainingSpec, Holdout]:
    """Takes rows away from the training, where the validation rows are part of the fault; each row counts once.

    Args:
        spec: with validation rows.
        seed: of the draw.
        pooled: draw from training and validation rows; else from the training rows alone.
    """
    x, y = spec.data["x"], spec.data["y"]
    held_x, held_y, *rest = spec.data["validation_data"]
    rows = rows_in(x)
    if pooled:
        x, y = (_joined(one, other) for one, other in ((x, held_x), (y, held_y)))
    texts = np.array(row_bytes(x))
    _, first = np.unique(texts, return_index=True)
    _, drawn = _drawn(y, np.sort(first), _DRAWN, seed)
    taken = np.isin(texts, texts[drawn])
    left = Holdout(take(x, drawn), take(y, drawn), drawn)
    validation = (held_x, held_y, *rest)
    if pooled and not taken[rows:].all():
        validation = tuple(take(part, ~taken[rows:]) for part in validation)
    return _divided(spec, np.flatnonzero(~taken[:rows]), validation), left


def folds(spec: TrainingSpec, seed: int, count: int) -> list[tuple[TrainingSpec, Holdout]]:
    """All rows in parts, each of them held back once; what is left is split as the TrainingSpec splits it."""
    held_x, held_y = spec.data["validation_data"][:2]
    x, y = _joined(spec.data["x"], held_x), _joined(spec.data["y"], held_y)
    rows, share = rows_in(x), rows_in(held_x) / rows_in(x)
    order = np.random.default_rng(seed).permutation(rows)
    found = []
    for part in np.array_split(order, count):
        rest = np.setdiff1d(np.arange(rows), part)
        train, validation = _drawn(y, rest, max(share, 1 / len(rest)), seed)
        data = {
            "x": take(x, train),
            "y": take(y, train),
            "validation_data": (take(x, validation), take(y, validation)),
        }
        found.append((replace(spec, data=data), Holdout(take(x, part), take(y, part), part)))
    return found


def _drawn(y: Any, numbers: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two parts of the rows, in each class alike where there are classes; each part in the order of the rows."""
    if len(numbers) < _LEAST:
        raise InputError(f"There are {len(numbers)} rows to be split.", "A repair needs more of them.")
    first = np.asarray(keras.tree.flatten(y)[0])
    by = None
    if kind_of_target(first) in {"classes", "one-hot"}:
        labels = (first.argmax(axis=-1) if kind_of_target(first) == "one-hot" else first).reshape(len(first), -1)[:, 0]
        by = labels[numbers]
    try:
        parts: Any = train_test_split(numbers, test_size=share, random_state=seed, stratify=by)
    except ValueError:  # a class of one row, or fewer rows than classes
        parts = train_test_split(numbers, test_size=share, random_state=seed)
    return np.sort(parts[0]), np.sort(parts[1])


def _divided(spec: TrainingSpec, train: np.ndarray, validation: tuple[Any, ...]) -> TrainingSpec:
    data = {**spec.data, "x": take(spec.data["x"], train), "y": take(spec.data["y"], train)}
    if data.get("sample_weight") is not None:
        data["sample_weight"] = take(data["sample_weight"], train)
    data["validation_data"] = validation
    return replace(spec, data=data)


def _joined(one: Any, other: Any) -> Any:
    try:
        return joined(one, other)
    except ValueError as error:
        raise EditError(f"Training and validation rows differ in shape: {error}", "Give them in one shape.") from error
