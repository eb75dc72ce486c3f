"""One output of the model beside the loss that judges it, the target it is compared with, and its metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from trainwell.rule import NotMeasured
from trainwell.views.graph import ARRANGING, DROPOUTS, Call, Graph

if TYPE_CHECKING:
    from trainwell.activations import Activation
    from trainwell.run import Run

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
_CANONICAL = {"mse": "mean_squared_error", "mae": "mean_absolute_error", "kld": "kl_divergence", "logcosh": "log_cosh"}
_MOST_CLASSES = 0.2  # of the rows: whole numbers with more distinct values than this are counts rather than classes


@dataclass(frozen=True)
class Head:
    """One output.

    Args:
        name: of the output; `""` for a single one.
        call: the layer it comes from; `None` where that is not known.
        activation: what the output has passed last, rearrangement and dropout passed by; `None` if not known.
        shape: of the output.
        loss: facts of its loss; `None` without one.
        target: facts of its target; `None` without one.
        metrics: facts of its metrics.
    """

    name: str
    call: Call | None
    activation: Activation | None
    shape: list[Any]
    loss: dict[str, Any] | None = field(repr=False)
    target: dict[str, Any] | None = field(repr=False)
    metrics: list[dict[str, Any]] = field(repr=False)

    @property
    def where(self) -> str:
        """What evidence calls it: the output's name, or its layer's, or `"output"`."""
        return self.name or (self.call.place if self.call else "output")

    @property
    def units(self) -> int:
        """Units of the output."""
        return int(self.shape[-1] or 1) if len(self.shape) > 1 else 1

    @property
    def loss_name(self) -> str:
        """Keras's name of the loss, such as `"binary_crossentropy"`; `""` for one of the user's own."""
        if self.loss is None or not self.loss["of_keras"]:
            return ""
        name = str(self.loss["name"])
        return _CANONICAL.get(name, name)

    @property
    def from_logits(self) -> bool:
        """Whether the loss expects logits."""
        return bool(self.loss and self.loss["from_logits"])

    @property
    def task(self) -> Task | None:
        """What the target asks for, from its values alone; `None` where it is not known.

        Whole numbers are classes where they are few beside the rows and are not obviously counts: a loss of counts or
        values with a metric to match says otherwise, which a rule must weigh itself.
        """
        target = self.target
        if target is None or target["kind"] == "other":
            return None
        if target["one_hot"]:
            return "multi-class"
        width = target["shape"][-1] if target["shape"] else 1
        if target["binary"] or target["signed"]:
            return "multi-label" if width > 1 and target["shape"] == list(self.shape[1:]) else "binary"
        counts = target["class_counts"]
        few = counts is not None and len(counts) <= max(2, _MOST_CLASSES * target["rows"])
        if few and (width == 1 or len(target["shape"]) < len(self.shape) - 1):
            return "multi-class"
        return "values"


def heads(run: Run) -> list[Head]:
    """All outputs, in their order.

    Raises:
        NotMeasured: the Run does not tell them.
    """
    graph = Graph.of(run)
    compiled, data = run.facts.get("compile") or {}, run.facts.get("data") or {}
    if "losses" not in compiled:
        raise NotMeasured("the Run does not tell the loss of each output")
    losses = {each["output"]: each for each in compiled["losses"]}
    targets = {each["name"]: each for each in data.get("targets") or ()}
    metrics = compiled.get("metrics_by_output") or []
    found = []
    for output in run.facts["model"]["outputs"]:
        name = output["name"]
        call = graph.at(output["place"])
        found.append(
            Head(
                name,
                call,
                _activation(graph, call),
                output["shape"],
                losses.get(name),
                targets.get(name),
                [each for each in metrics if each["output"] == name],
            )
        )
    return found


def _activation(graph: Graph, call: Call | None) -> Activation | None:
    """The last activation in front of an output; what only rearranges or drops is passed by."""
    while call is not None and call.kind in ARRANGING | DROPOUTS:
        (call,) = graph.feeding(call)[:1] or (None,)
    return None if call is None else call.activation
