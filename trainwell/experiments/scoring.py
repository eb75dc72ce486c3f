"""How good answers are, row by row: a figure that stays the same quantity whatever edits make of loss, head and labels.

Classes are compared as classes and values as values, each in the units of the rows that they are compared with; so a
net with one linear unit and one with ten softmax units can be told apart by the same figure. Row by row, so that two
nets can be compared on the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np

from trainwell.errors import InputError
from trainwell.run.heads import OF_VALUES, SPARSE
from trainwell.targets import ROWS_PER_CLASS, kind_of_target
from trainwell.trees import first_of_each, rows_in, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainwell.training_spec import TrainingSpec

Direction = Literal["max", "min"]

_BATCH = 512
_EVEN = 1.5  # times as many rows in the largest class as in the smallest: up to that, plain accuracy tells as much
_WORST = -10.0  # of a row, in variances of the target: what diverged is not told apart from what diverged further
_OWN = {"accuracy": "max", "balanced accuracy": "max", "R²": "max"}
_SPELLED = {"acc": "accuracy", "balanced_accuracy": "balanced accuracy", "r2": "R²", "r2_score": "R²", "R2": "R²"}


@dataclass(frozen=True)
class Metric:
    """What is compared.

    Args:
        name: of the figure.
        direction: `"max"` where more is better.
        rowwise: takes outputs, targets, and whether outputs are logits; gives one number a row, the more the better.
    """

    name: str
    direction: Direction
    rowwise: Callable[[np.ndarray, np.ndarray, bool], np.ndarray]

    def value(self, rows: np.ndarray) -> float:
        """The figure that is reported, of scores by row."""
        mean = float(np.mean(rows)) if len(rows) else float("nan")
        return mean if self.direction == "max" else -mean


def choose_metric(spec: TrainingSpec, name: Any = None, direction: str | None = None) -> Metric:
    """The metric by which trainings of a TrainingSpec are compared.

    Args:
        spec: as it was given.
        name: `None` to choose by the targets: accuracy, balanced accuracy where classes differ in size (with all
            rows, or with copies left out), or R². Else one of these, a loss of `keras.losses` such as
            `"mean_absolute_error"`, or a function of targets and outputs that gives a number for each row.
        direction: `"max"` or `"min"`; needed for a function.

    Raises:
        InputError: there is no such metric.
    """
    if direction not in {None, "max", "min"}:
        raise InputError(f"direction is {direction!r}.", 'Give "max" or "min".')
    if name is None:
        first = np.asarray(keras.tree.flatten(spec.data["y"])[0])
        kind = kind_of_target(first)
        if kind == "values" and _are_parts(first, spec):
            kind = "classes"
        if kind == "values" or (kind == "classes" and _are_counts(first, spec)):
            name = "R²"
        else:
            even = _is_even(first, kind) and _is_even(first[first_of_each(spec.data["x"])], kind)
            name = "accuracy" if even else "balanced accuracy"
    if callable(name):
        if direction is None:
            raise InputError("metric is a function, and its direction is not known.", 'Give direction="max" or "min".')
        return _of_function(getattr(name, "__name__", "metric"), name, direction)
    known = _SPELLED.get(str(name), str(name))
    if known in _OWN:
        if direction not in {None, _OWN[known]}:
            raise InputError(f"direction is {direction!r}, and more {known} is better.", "Leave direction out.")
        return Metric(known, "max", _rowwise(known))
    try:
        function: Any = keras.losses.get(str(name))
    except ValueError as error:
        raise InputError(
            f"There is no metric {name!r}.",
            f"Give one of {', '.join(_OWN)}, a loss such as 'mean_absolute_error', or a function of targets, outputs.",
        ) from error
    return _of_function(str(name), function, direction or "min")


def outputs_of(model: keras.Model, x: Any) -> Any:
    """The model's outputs in inference mode, as NumPy arrays."""
    count = rows_in(x)
    found = []
    for start in range(0, count, _BATCH):
        some = take(x, np.arange(start, min(start + _BATCH, count)))
        found.append(keras.tree.map_structure(np.asarray, model(some, training=False)))
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *found)


def as_probabilities(answers: np.ndarray, *, logits: bool) -> np.ndarray:
    """Return answers about classes as probabilities of each class, two for a single unit.

    Args:
        answers: `(rows, units)`.
        logits: whether they are logits.

    Example:
    >>> as_probabilities(np.array([[0.0]]), logits=True)
    array([[0.5, 0.5]])
    """
    answers = answers.astype(np.float64)
    if answers.shape[-1] == 1:
        one = 1 / (1 + np.exp(-np.clip(answers, -50, 50))) if logits else answers
        return np.concatenate([1 - one, one], axis=1)
    if not logits:
        return answers
    powers = np.exp(answers - answers.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def scores(spec: TrainingSpec, x: Any, y: Any, metric: Metric) -> np.ndarray:
    """A number for each row, the more the better; the mean over outputs where there are several.

    Args:
        spec: with a trained model.
        x: inputs.
        y: targets, in the form that the TrainingSpec trains on.
        metric: that is compared.
    """
    found = outputs_of(spec.model, x)
    logits = takes_logits(spec.compile.get("loss"))
    pairs = _paired(found, y, list(getattr(spec.model, "output_names", ())))
    return np.mean([metric.rowwise(output, np.asarray(target), logits) for output, target in pairs], axis=0)


def _paired(outputs: Any, targets: Any, names: list[str]) -> list[tuple[np.ndarray, np.ndarray]]:
    if isinstance(targets, dict):
        by_name = outputs if isinstance(outputs, dict) else dict(zip(names, keras.tree.flatten(outputs), strict=False))
        return [(by_name[name], target) for name, target in targets.items() if name in by_name]
    return list(zip(keras.tree.flatten(outputs), keras.tree.flatten(targets), strict=False))


def takes_logits(loss: Any) -> bool:
    """Return True if a loss, or one of several, expects logits."""
    return any(map(_is_of_logits, keras.tree.flatten(loss)))


def _is_of_logits(loss: Any) -> bool:
    if hasattr(loss, "from_logits"):
        return bool(loss.from_logits)
    # Keras 3.16 keeps it in the configuration alone.
    if not isinstance(loss, keras.losses.Loss) or not type(loss).__module__.startswith("keras"):
        return False
    return bool(loss.get_config().get("from_logits"))


def _are_counts(y: np.ndarray, spec: TrainingSpec) -> bool:
    """Whether whole numbers are values all the same: kept as fractions, more than two of them, in a loss of values."""
    return y.dtype.kind == "f" and len(np.unique(y)) > 2 and _loss_name(spec) in OF_VALUES  # noqa: PLR2004 -- yes or no


def _are_parts(y: np.ndarray, spec: TrainingSpec) -> bool:
    """Whether values are classes all the same: a few numbers, in a loss of class numbers."""
    return _loss_name(spec) in SPARSE and 1 < len(np.unique(y)) <= y.size / ROWS_PER_CLASS


def _loss_name(spec: TrainingSpec) -> str:
    """Of the first output."""
    given = next(iter(keras.tree.flatten(spec.compile.get("loss"))), None)
    function = keras.losses.get(given) if isinstance(given, str) else given
    return str(getattr(function, "name", "") or getattr(function, "__name__", ""))


def _is_even(y: np.ndarray, kind: str) -> bool:
    if kind == "labels":
        return False
    labels = y.argmax(axis=-1).ravel() if kind == "one-hot" else y.ravel()
    counts = np.unique(labels, return_counts=True)[1]
    return bool(counts.max() <= _EVEN * counts.min())


def _rowwise(name: str) -> Callable[[np.ndarray, np.ndarray, bool], np.ndarray]:
    def rowwise(outputs: np.ndarray, targets: np.ndarray, logits: bool) -> np.ndarray:
        kind = kind_of_target(targets)
        if kind == "values" and outputs.shape[-1] > 1 and targets.size == outputs.size // outputs.shape[-1]:
            kind = "classes"  # one number for a row of units: it is none of a class, unless it is whole
        if name == "R²" or kind == "values":
            return _explained(outputs, targets)
        right, classes = _right(outputs, targets, kind, logits)
        if name == "balanced accuracy":
            right = right * _weights(classes, by_column=kind == "labels" and classes.shape == targets.shape)
        return right.reshape(len(right), -1).mean(axis=1)

    return rowwise


def _right(outputs: np.ndarray, targets: np.ndarray, kind: str, logits: bool) -> tuple[np.ndarray, np.ndarray]:
    """Which answers are right, and the classes that would have been."""
    finite = np.isfinite(outputs)
    if kind == "labels" and outputs.shape == targets.shape:
        chosen = outputs > (0.0 if logits else 0.5)
        return ((chosen == (targets > 0.5)) & finite).astype(float), targets  # noqa: PLR2004 -- between 0 and 1
    classes = targets.argmax(axis=-1) if kind in {"one-hot", "labels"} else targets
    if outputs.shape[-1] > 1:
        chosen, finite = outputs.argmax(axis=-1), finite.all(axis=-1)
    else:
        chosen, finite = _of_one_unit(outputs[..., 0], classes, logits), finite[..., 0]
    if classes.ndim == chosen.ndim + 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    if classes.shape != chosen.shape:  # an answer at each position for one target, or the reverse
        return np.zeros(len(targets)), classes.reshape(len(targets), -1)[:, 0]
    return ((chosen == classes) & finite).astype(float), classes


def _of_one_unit(outputs: np.ndarray, classes: np.ndarray, logits: bool) -> np.ndarray:
    known = np.unique(classes)
    if len(known) > 2:  # noqa: PLR2004 -- classes told by a number
        return np.round(outputs)
    low, high = known[0], known[-1]
    threshold = (low + high) / 2 if low < 0 else 0.5
    return np.where(outputs > (0.0 if logits else threshold), high, low)


def _weights(classes: np.ndarray, *, by_column: bool) -> np.ndarray:
    """Weights that count each class alike; their mean is 1."""
    if by_column:
        columns = np.moveaxis(classes, -1, 0)  # of a sequence, all positions of a column together
        return np.stack([_weights(column, by_column=False) for column in columns], axis=-1)
    known, numbers, counts = np.unique(classes, return_inverse=True, return_counts=True)
    return (classes.size / (len(known) * counts))[numbers.reshape(classes.shape)]


def _explained(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """One minus the squared error over the variance: its mean is R²."""
    if targets.ndim != outputs.ndim and targets.size == outputs.size:
        targets = targets.reshape(outputs.shape)
    while targets.ndim < outputs.ndim:
        targets = targets[:, None]
    known = np.isfinite(targets)
    filled = np.where(known, targets, 0.0).astype(float)
    variance = float(np.var(filled[known])) or 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.where(known, (outputs.astype(float) - filled) ** 2 / variance, 0.0)
    error = np.nan_to_num(error.reshape(len(error), -1).mean(axis=1), nan=1 - _WORST, posinf=1 - _WORST)
    return np.maximum(1 - error, _WORST)


def _of_function(name: str, function: Callable[..., Any], direction: str) -> Metric:
    sign = 1.0 if direction == "max" else -1.0

    def rowwise(outputs: np.ndarray, targets: np.ndarray, logits: bool) -> np.ndarray:
        del logits
        values = np.asarray(function(targets, outputs), dtype=float)
        if values.ndim == 0 or len(values) != len(targets):
            raise InputError(
                f"The metric {name!r} gave {values.shape} for {len(targets)} rows.",
                "It must give a number for each row.",
            )
        rows = sign * values.reshape(len(values), -1).mean(axis=1)
        return np.where(np.isfinite(rows), rows, np.nan_to_num(rows, nan=-1e9, posinf=-1e9, neginf=-1e9))

    return Metric(name, "max" if direction == "max" else "min", rowwise)
