"""Edits of the data: labels, missing values, and which rows train and which validate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from sklearn.model_selection import train_test_split

from trainwell.edits.arrays import array_of, change_inputs, change_targets, changed, keep_rows, name_of
from trainwell.edits.edit import Edit
from trainwell.edits.scaling import CONSTANT, moments
from trainwell.errors import EditError
from trainwell.targets import kind_of_target
from trainwell.trees import first_of_each, joined, row_bytes, rows_in, take

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.edits.edit import Draft

_SEED = 0  # of a split that is drawn anew: the code that is printed names it too


@dataclass(frozen=True)
class ReindexLabels(Edit):
    """Numbers the labels from 0 on.

    Args:
        labels: all that occur, ascending; the first becomes 0.
        output: whose targets; `""` for the only one.
    """

    part = "data"
    labels: tuple[float, ...]
    output: str = ""

    def change(self, draft: Draft) -> None:
        known = np.asarray(self.labels)

        def numbered(labels: np.ndarray) -> np.ndarray:
            if not np.isin(labels, known).all():
                raise EditError("A label is none of those that were to be numbered.", "Give all of them.")
            return np.searchsorted(known, labels).astype("int32")

        change_targets(draft, self.output, numbered)

    def code(self) -> Sequence[str]:
        return [
            f"labels = np.array({list(self.labels)!r})  # the first becomes class 0",
            *(
                f"{name_of(y, self.output)} = np.searchsorted(labels, {name_of(y, self.output)}).astype('int32')"
                for y in ("y_train", "y_val")
            ),
        ]

    def __str__(self) -> str:
        first, *_, last = self.labels
        return f"labels {first:g} to {last:g} numbered from 0 to {len(self.labels) - 1}"


@dataclass(frozen=True)
class OneHotLabels(Edit):
    """Turns class numbers into one-hot rows.

    Args:
        classes: how many.
        output: whose targets; `""` for the only one.
    """

    part = "data"
    classes: int
    output: str = ""

    def change(self, draft: Draft) -> None:
        def one_hot(y: np.ndarray) -> np.ndarray:
            is_row = y.ndim == 1 or y.shape[-1] == 1
            if not is_row or not np.array_equal(y, np.rint(y)) or y.min() < 0 or y.max() >= self.classes:
                raise EditError(
                    f"The targets {y.shape} are not one class number from 0 to {self.classes - 1} in each row.",
                    "Number the classes from 0 first, or give more classes.",
                )
            return np.asarray(keras.utils.to_categorical(y.astype(int), self.classes))

        change_targets(draft, self.output, one_hot)

    def code(self) -> Sequence[str]:
        return [
            f"{name_of(y, self.output)} = keras.utils.to_categorical({name_of(y, self.output)}, {self.classes})"
            for y in ("y_train", "y_val")
        ]

    def __str__(self) -> str:
        return f"class numbers as one-hot rows of {self.classes}"


@dataclass(frozen=True)
class ClassNumbers(Edit):
    """Turns one-hot rows into class numbers."""

    part = "data"
    output: str = ""

    def change(self, draft: Draft) -> None:
        def numbered(y: np.ndarray) -> np.ndarray:
            if kind_of_target(y) != "one-hot":
                raise EditError(f"The targets {y.shape} are not one-hot rows.", "Leave class numbers as they are.")
            return y.argmax(axis=-1).astype("int32")

        change_targets(draft, self.output, numbered)

    def code(self) -> Sequence[str]:
        return [
            f"{name_of(y, self.output)} = {name_of(y, self.output)}.argmax(axis=-1).astype('int32')"
            for y in ("y_train", "y_val")
        ]

    def __str__(self) -> str:
        return "one-hot rows as class numbers"


@dataclass(frozen=True)
class ReshapeTargets(Edit):
    """Gives the targets another shape, the number of rows as it is.

    Args:
        shape: of one row.
        output: whose targets; `""` for the only one.
    """

    part = "data"
    shape: tuple[int, ...]
    output: str = ""

    def change(self, draft: Draft) -> None:
        def reshaped(y: np.ndarray) -> np.ndarray:
            try:
                return y.reshape(len(y), *self.shape)
            except ValueError as error:
                raise EditError(
                    f"Targets {y.shape} have no rows of {self.shape}.", "Give a shape that fits."
                ) from error

        change_targets(draft, self.output, reshaped)

    def code(self) -> Sequence[str]:
        sizes = "".join(f", {size}" for size in self.shape)
        return [
            f"{name_of(y, self.output)} = {name_of(y, self.output)}.reshape(len({name_of(y, self.output)}){sizes})"
            for y in ("y_train", "y_val")
        ]

    def __str__(self) -> str:
        return f"targets in rows of {self.shape}"


@dataclass(frozen=True)
class DropMissingRows(Edit):
    """Leaves out the rows in which an input or a target is NaN or infinite."""

    part = "data"

    def change(self, draft: Draft) -> None:
        kept = _finite(draft.data["x"]) & _finite(draft.data["y"])
        held = None if draft.held is None else _finite(draft.held[0]) & _finite(draft.held[1])
        if not kept.any() or (held is not None and not held.any()):
            raise EditError("Every row has a value that is not finite.", "Fill them in instead.")
        keep_rows(draft, kept, held)

    def code(self) -> Sequence[str]:
        return [
            line
            for x, y in (("x_train", "y_train"), ("x_val", "y_val"))
            for line in (
                (
                    "finite = np.all([np.isfinite(a).reshape(len(a), -1).all(axis=1)"
                    f" for a in keras.tree.flatten(({x}, {y}))], axis=0)"
                ),
                f"{x}, {y} = keras.tree.map_structure(lambda a: a[finite], ({x}, {y}))",
            )
        ]

    def __str__(self) -> str:
        return "rows with values that are not finite are left out"


@dataclass(frozen=True)
class ImputeInputs(Edit):
    """Puts the training rows' mean of a feature in the place of what is NaN or infinite.

    Args:
        name: of the input; `""` for the only one.
    """

    part = "data"
    name: str = ""

    def change(self, draft: Draft) -> None:
        means = _finite_means(array_of(draft.data["x"], self.name))
        change_inputs(draft, lambda x: np.where(np.isfinite(x), x, means).astype(x.dtype), self.name)

    def code(self) -> Sequence[str]:
        train, held = (name_of(x, self.name) for x in ("x_train", "x_val"))
        return [
            f"known = np.where(np.isfinite({train}), {train}, np.nan).reshape(-1, {train}.shape[-1])",
            "means = np.nan_to_num(np.nanmean(known, axis=0))",
            *(f"{x} = np.where(np.isfinite({x}), {x}, means).astype({x}.dtype)" for x in (train, held)),
        ]

    def __str__(self) -> str:
        return f"values of {self.name or 'x'} that are not finite: the feature's mean instead"


@dataclass(frozen=True)
class DropDuplicates(Edit):
    """Leaves out the validation rows whose inputs are among those trained on."""

    part = "data"
    by_row = False

    def change(self, draft: Draft) -> None:
        if draft.held is None:
            raise EditError("There are no validation rows apart.", "validation_split takes its rows from the training.")
        known = set(row_bytes(draft.data["x"]))
        kept = np.array([row not in known for row in row_bytes(draft.held[0])])
        if not kept.any():
            raise EditError("Every validation row is a training row.", "Split off others.")
        keep_rows(draft, np.arange(rows_in(draft.data["x"])), kept)

    def code(self) -> Sequence[str]:
        return [
            "def rows(x):",
            (
                "    return [b''.join(leaf[i].tobytes() for leaf in keras.tree.flatten(x))"
                " for i in range(len(keras.tree.flatten(x)[0]))]"
            ),
            "trained = set(rows(x_train))",
            "new = np.array([row not in trained for row in rows(x_val)])",
            "x_val, y_val = keras.tree.map_structure(lambda a: a[new], (x_val, y_val))",
        ]

    def __str__(self) -> str:
        return "validation rows that are training rows too are left out"


@dataclass(frozen=True)
class SplitAnew(Edit):
    """Draws the validation rows at random, from the training rows or from all.

    Args:
        share: of the rows, to validate on.
        pooled: draw from training and validation rows together; else the validation rows given before are left aside.
        by_class: in each class alike.
        distinct: of rows whose inputs are alike, keep the first alone.
    """

    part = "data"
    by_row = False
    share: float = 0.2
    pooled: bool = False
    by_class: bool = False
    distinct: bool = False

    def change(self, draft: Draft) -> None:
        if draft.data.get("sample_weight") is not None:
            raise EditError("The rows have weights.", "Split them together with their weights.")
        x, y = draft.data["x"], draft.data["y"]
        if self.pooled and draft.held is not None:
            x, y = joined(x, draft.held[0]), joined(y, draft.held[1])
        numbers: Any = np.arange(rows_in(x))
        if self.distinct:
            numbers = first_of_each(x)
        by = array_of(y).reshape(rows_in(y), -1)[numbers] if self.by_class else None
        try:
            drawn: Any = train_test_split(numbers, test_size=self.share, random_state=_SEED, stratify=by)
        except ValueError as error:
            raise EditError(f"The rows cannot be split: {error}", "Split without regard to the classes.") from error
        train, held = drawn
        draft.fit.pop("validation_split", None)
        draft.data["validation_data"] = (take(x, held), take(y, held))
        draft.data["x"], draft.data["y"] = take(x, train), take(y, train)

    def code(self) -> Sequence[str]:
        lines = []
        if self.pooled:
            lines += [
                "x, y = keras.tree.map_structure(lambda *a: np.concatenate(a), (x_train, y_train), (x_val, y_val))"
            ]
        else:
            lines += ["x, y = x_train, y_train"]
        lines += ["numbers = np.arange(len(keras.tree.flatten(x)[0]))"]
        if self.distinct:
            lines += [
                "bytes_of = [b''.join(leaf[i].tobytes() for leaf in keras.tree.flatten(x)) for i in numbers]",
                "numbers = np.sort(np.unique(np.array(bytes_of), return_index=True)[1])  # the first of those alike",
            ]
        by = ", stratify=y.reshape(len(y), -1)[numbers]" if self.by_class else ""
        return [
            *lines,
            f"train, held = train_test_split(numbers, test_size={self.share}, random_state={_SEED}{by})",
            "x_train, y_train = keras.tree.map_structure(lambda a: a[train], (x, y))",
            "x_val, y_val = keras.tree.map_structure(lambda a: a[held], (x, y))",
        ]

    def __str__(self) -> str:
        rows = "all rows" if self.pooled else "the training rows"
        how = ", in each class alike" if self.by_class else ""
        once = ", each row once" if self.distinct else ""
        return f"validation: {self.share:.0%} of {rows}, drawn at random{how}{once}"


@dataclass(frozen=True)
class DivideInputs(Edit):
    """Divides an input by a number, in training and validation rows alike.

    Args:
        divisor: not 0.
        name: of the input; `""` for the only one.
        held_only: in the validation rows alone, where the training rows were divided already.
    """

    part = "data"
    divisor: float
    name: str = ""
    held_only: bool = False

    def change(self, draft: Draft) -> None:
        def divided(x: np.ndarray) -> np.ndarray:
            return (x / self.divisor).astype("float32")

        if self.held_only:
            if draft.held is None:
                raise EditError("There are no validation rows apart.", "There is nothing to scale.")
            x, *rest = draft.held
            draft.data["validation_data"] = (changed(x, self.name, divided), *rest)
        else:
            change_inputs(draft, divided, self.name)

    def code(self) -> Sequence[str]:
        names = [name_of(x, self.name) for x in (("x_val",) if self.held_only else ("x_train", "x_val"))]
        return [f"{x} = ({x} / {self.divisor!r}).astype('float32')" for x in names]

    def __str__(self) -> str:
        rows = "validation rows of " if self.held_only else ""
        return f"{rows}{self.name or 'x'} divided by {self.divisor:g}"


@dataclass(frozen=True)
class StandardizeInputs(Edit):
    """Subtracts the training rows' mean of each feature and divides by its deviation, in both parts.

    For models whose layers cannot be edited: what predicts later must be prepared in the same way.

    Args:
        name: of the input; `""` for the only one.
        together: one mean and deviation for all features.
    """

    part = "data"
    name: str = ""
    together: bool = False

    def change(self, draft: Draft) -> None:
        mean, variance = moments(array_of(draft.data["x"], self.name), together=self.together)
        deviation = np.sqrt(variance)
        change_inputs(draft, lambda x: ((x - mean) / deviation).astype("float32"), self.name)

    def code(self) -> Sequence[str]:
        train, held = (name_of(x, self.name) for x in ("x_train", "x_val"))
        axes = "None" if self.together else f"tuple(range({train}.ndim - 1))"
        return [
            f"mean, variance = {train}.mean(axis={axes}), {train}.var(axis={axes})",
            f"deviation = np.sqrt(np.where(variance > {CONSTANT:g} * variance.max(), variance, 1.0))",
            *(f"{x} = (({x} - mean) / deviation).astype('float32')" for x in (train, held)),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'x'} standardized by the training rows"


def _finite(tree: Any) -> np.ndarray:
    leaves = [np.asarray(leaf) for leaf in keras.tree.flatten(tree)]
    return np.all([np.isfinite(leaf).reshape(len(leaf), -1).all(axis=1) for leaf in leaves], axis=0)


def _finite_means(x: np.ndarray) -> np.ndarray:
    known = np.where(np.isfinite(x), x, np.nan).reshape(-1, x.shape[-1])
    return np.nan_to_num(np.nanmean(known, axis=0))
