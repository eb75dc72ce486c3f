"""One output of the model beside the loss that judges it, the target it is compared with, and its metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from trainwell.run.graph import Graph
from trainwell.run.last_activation import last_activation
from trainwell.run.missing import NotMeasured
from trainwell.run.section import number
from trainwell.targets import may_be_classes

if TYPE_CHECKING:
    from trainwell.activations import Activation
    from trainwell.run.compile import LossRecord, MetricRecord
    from trainwell.run.data import TargetRecord
    from trainwell.run.model import CallRecord
    from trainwell.run.run import Run

Task = Literal["binary", "multi-class", "multi-label", "values"]

OF_PROBABILITIES = frozenset(
    {
        "binary_crossentropy",
        "binary_focal_crossentropy",
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "sparse_categorical_crossentropy",
        "categorical_generalized_cross_entropy",
        "kl_divergence",
    }
)
BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
SPARSE = frozenset({"sparse_categorical_crossentropy"})
EXCLUSIVE = OF_PROBABILITIES - BINARY
HINGE = frozenset({"hinge", "squared_hinge", "categorical_hinge"})
OF_VALUES = frozenset(
    {
        "mean_squared_error",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_logarithmic_error",
        "huber",
        "log_cosh",
        "poisson",
        "cosine_similarity",
    }
)
SOFTMAXES = frozenset({"softmax", "sparsemax"})
_CANONICAL = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "kld": "kl_divergence",
    "logcosh": "log_cosh",
}
_ROUNDING = 1e-3  # of sums of probabilities
_FEWEST_LOOKS = 2  # from which a bound that outputs never leave is believed


@dataclass(frozen=True)
class Head:
    """One output.

    Args:
        name: of the output; `""` for a single one.
        call: the layer it comes from; `None` where that is not known.
        activation: what the output has passed last, as `last_activation` finds it; `None` if not known.
        shape: of the output.
        loss: its loss; `None` without one.
        target: its target; `None` without one.
        metrics: its metrics.
        looks: of the outputs in inference mode: signals over epochs, by their names (`"minimum"`, `"r2"`).
        batches: the numbers of rows that a batch of the training has.
    """

    name: str
    call: CallRecord | None
    activation: Activation | None
    shape: list[Any]
    loss: LossRecord | None = field(repr=False)
    target: TargetRecord | None = field(repr=False)
    metrics: list[MetricRecord] = field(repr=False)
    looks: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    batches: tuple[int, ...] = ()

    @property
    def where(self) -> str:
        """What evidence calls it: the name that the user gave the output, or its layer's place, or `"output"`."""
        if self.name and not self.name.isdecimal():  # else its number in a list
            return self.name
        return self.call.place if self.call else self.name or "output"

    @property
    def units(self) -> int:
        """Units of the output."""
        return int(self.shape[-1] or 1) if len(self.shape) > 1 else 1

    @property
    def width(self) -> int:
        """Columns of the target: its last axis, 1 for a single number a row."""
        shape = self.target.shape if self.target else []
        return int(shape[-1]) if shape else 1

    @property
    def loss_name(self) -> str:
        """Keras's name of the loss, such as `"binary_crossentropy"`; `""` for one of the user's own."""
        if self.loss is None or not self.loss.of_keras:
            return ""
        name = str(self.loss.name)
        if name == "crossentropy":  # Keras chooses by the shapes
            return self._chosen_crossentropy
        return _CANONICAL.get(name, name)

    @property
    def _chosen_crossentropy(self) -> str:
        if self.units == 1:
            return "binary_crossentropy"
        sparse = self.target is not None and (len(self.target.shape) < len(self.shape) - 1 or self.width == 1)
        return "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"

    @property
    def from_logits(self) -> bool:
        """Whether the loss expects logits."""
        return bool(self.loss and self.loss.from_logits)

    @property
    def is_aligned(self) -> bool:
        """Whether each number of the output stands beside one of the target; a last axis of 1 may be left out."""
        if self.target is None:
            return False
        target, output = list(self.target.shape), list(self.shape[1:])
        return target in (output, [*output, 1]) or [*target, 1] == output

    @property
    def range(self) -> tuple[float, float] | None:
        """What the output can give at least and at most, by its activation; `None` where that is not known."""
        if self.activation is None:
            return None
        low, high = self.activation.low, self.activation.high
        if self.activation.name == "relu" and self.call is not None and self.call.kind == "ReLU":
            high = self.call.config.get("max_value") or high
        return low, high

    @property
    def seen(self) -> tuple[float, float] | None:
        """The lowest and the highest output in any look; `None` without looks."""
        if "minimum" not in self.looks:
            return None
        return float(self.looks["minimum"].min()), float(self.looks["maximum"].max())

    @property
    def is_softmax(self) -> bool | None:
        """Whether the output's rows are probabilities that sum to 1; `None` where it is not known."""
        if self.activation is not None:
            return self.activation.name in SOFTMAXES
        if self.units == 1 or self.seen is None or "sum_from_one" not in self.looks:
            return None
        if len(self.looks["minimum"]) < _FEWEST_LOOKS:
            return None
        low, high = self.seen
        sums = float(self.looks["sum_from_one"].max())
        return low >= -_ROUNDING and high <= 1 + _ROUNDING and sums <= _ROUNDING

    @property
    def task(self) -> Task | None:
        """What the target asks for, from its values alone; `None` where it is not known.

        Whole numbers are classes where they are few beside the rows and are not obviously counts: a loss of counts or
        values with a metric to match says otherwise, which a rule must weigh itself.
        """
        target = self.target
        if target is None or target.kind == "other":
            return None
        if target.one_hot:
            return "multi-class"
        if target.binary or target.signed:
            return "multi-label" if self.width > 1 and target.shape == list(self.shape[1:]) else "binary"
        counts = target.class_counts
        few = counts is not None and may_be_classes(len(counts), sum(counts.values()), number(target.minimum))
        if few and (self.width == 1 or len(target.shape) < len(self.shape) - 1):
            return "multi-class"
        return "values"


def heads(run: Run) -> list[Head]:
    """All outputs, in their order.

    Raises:
        NotMeasured: the Run does not tell them.
    """
    graph = Graph.of(run)
    if run.compile.losses is None:
        raise NotMeasured("the Run does not tell the loss of each output")
    losses = {each.output: each for each in run.compile.losses}
    targets = {each.name: each for each in run.data.targets or ()}
    metrics = run.compile.metrics_by_output or []
    found = []
    for output in run.model.outputs or ():
        name = output.name
        call = graph.at(output.place)
        found.append(
            Head(
                name,
                call,
                last_activation(graph, call),
                output.shape,
                losses.get(name),
                targets.get(name),
                [each for each in metrics if each.output == name],
                _looks(run, name),
                _batches(run),
            )
        )
    return found


def _looks(run: Run, name: str) -> dict[str, np.ndarray]:
    found = {}
    for signal in ("minimum", "maximum", "sum_from_one", "spread", "r2", "recall", "non_finite_share"):
        series = run.signals.get(f"inference/{signal}/{name}")
        if series is not None and len(series.values):
            found[signal] = np.asarray(series.values, np.float64)
    return found


def _batches(run: Run) -> tuple[int, ...]:
    """The full batch's rows, and those of a last, smaller one."""
    size, rows = run.fit.batch_size, run.data.rows.train
    if not size or not rows:
        return ()
    return tuple({size, rows % size or size}) if rows > size else (rows,)
