"""Edits that scale inputs and targets inside the model, which takes and gives the user's own units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.edits.arrays import array_of, name_of
from trainwell.edits.blueprint import described
from trainwell.edits.edit import Edit
from trainwell.errors import EditError
from trainwell.trees import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.edits.edit import Draft

CONSTANT = 1e-6  # of the largest variance: a feature that varies less is left at its own scale
_SQUARED = ("mse", "mean_squared_error", "MeanSquaredError")
_PLAIN = ("mae", "mean_absolute_error", "MeanAbsoluteError")


@dataclass(frozen=True)
class NormalizeInputs(Edit):
    """Puts a Normalization layer behind an input, at the mean and variance of the training rows.

    A feature that does not vary there keeps its scale: dividing by its deviation would blow up any other value.

    Args:
        name: of the input; `""` for the only one.
        together: one mean and variance for all features, as is usual for pixels.
    """

    part = "model"
    name: str = ""
    together: bool = False

    def change(self, draft: Draft) -> None:
        x = array_of(draft.data["x"], self.name)
        if x.dtype.kind not in "fiu":
            raise EditError(f"The input holds {x.dtype} values.", "Only numbers have a mean.")
        mean, variance = moments(x, together=self.together)
        layer = described(
            "Normalization",
            {"axis": None if self.together else -1, "mean": mean.tolist(), "variance": variance.tolist()},
            self.layer,
        )
        blueprint = draft.blueprint
        into = self._input(draft)
        if into:
            blueprint.insert(layer, after=into)
        else:
            blueprint.insert(layer, before=blueprint.first)

    def _input(self, draft: Draft) -> str:
        inputs = draft.blueprint.inputs
        if len(inputs) == 1:
            return inputs[0]
        if self.name in inputs:
            return self.name
        names = list(named(draft.data["x"]))
        if self.name in names and len(names) == len(inputs):
            return inputs[names.index(self.name)]
        raise EditError(f"There is no input {self.name!r}.", f"The model's inputs are: {', '.join(inputs)}.")

    @property
    def layer(self) -> str:
        """The new layer's name."""
        return f"{self.name}_normalization" if self.name and not self.name.isdecimal() else "normalization" + self.name

    def code(self) -> Sequence[str]:
        x = name_of("x_train", self.name)
        mean, variance = self._names
        axes = "None" if self.together else f"tuple(range({x}.ndim - 1))"
        lines = [f"{mean}, {variance} = {x}.mean(axis={axes}), {x}.var(axis={axes})"]
        if self.together:
            return [*lines, f"{variance} = {variance} or 1.0"]
        return [
            *lines,
            (
                f"{variance} = np.where({variance} > {CONSTANT:g} * {variance}.max(), {variance}, 1.0)"
                "  # a constant feature keeps its scale"
            ),
        ]

    @property
    def _names(self) -> tuple[str, str]:
        prefix = f"{self.layer.removesuffix('normalization')}" if self.name and not self.name.isdecimal() else "x_"
        return f"{prefix}mean", f"{prefix}variance"

    def expressions(self) -> dict[str, dict[str, str]]:
        return {self.layer: dict(zip(("mean", "variance"), self._names, strict=True))}

    def __str__(self) -> str:
        which = f" {self.name}" if self.name else ""
        return f"insert Normalization, adapted to the training rows, after the input{which}"


def moments(x: np.ndarray, *, together: bool) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each feature of the last axis, or of all together; the variance is never 0.

    Example:
    >>> moments(np.array([[1.0, 5.0], [3.0, 5.0]]), together=False)[1].tolist()
    [1.0, 1.0]
    """
    axes = None if together else tuple(range(x.ndim - 1))
    if not np.isfinite(x).all():
        raise EditError("The input has values that are not finite.", "Leave them out, or fill them in, before.")
    mean, variance = x.mean(axis=axes), x.var(axis=axes)
    if together:
        return mean, variance if variance > 0 else np.ones_like(variance)
    return mean, np.where(variance > CONSTANT * variance.max(), variance, 1.0)


@dataclass(frozen=True)
class ScaleTargets(Edit):
    """Lets the last layer learn a standardized target: a Rescaling behind it gives the target's own units back.

    The loss is weighted by what the scale makes of it, so that the rate and the penalties meet a loss of about 1.

    Args:
        output: `""` for the only one.
    """

    part = "model"
    output: str = ""

    def change(self, draft: Draft) -> None:
        y = array_of(draft.data["y"], self.output)
        if not np.isfinite(y).all():
            raise EditError("The target has values that are not finite.", "Leave them out before.")
        scale, offset = float(y.std()), float(y.mean())
        if scale == 0:
            raise EditError("The target is the same in all rows.", "There is no scale to learn.")
        blueprint = draft.blueprint
        behind = self._behind(draft)
        blueprint.insert(described("Rescaling", {"scale": scale, "offset": offset}, self.layer), after=behind)
        self._weigh(draft, scale)

    def _weigh(self, draft: Draft, scale: float) -> None:
        """Give the loss of the output its new weight; other losses keep theirs."""
        losses, before = draft.compile["loss"], draft.compile.get("loss_weights")
        outputs = draft.blueprint.outputs
        if isinstance(losses, dict):
            weight = _weight(losses.get(self.output), scale)
            if weight is not None:
                known = before if isinstance(before, dict) else dict(zip(losses, before or (), strict=False))
                draft.compile["loss_weights"] = {name: known.get(name, 1.0) for name in losses} | {self.output: weight}
            return
        several = [losses] * len(outputs) if not isinstance(losses, (list, tuple)) else list(losses)
        number = self._number(outputs)
        weight = _weight(several[number], scale) if number < len(several) else None
        if weight is not None:
            weights = list(before) if isinstance(before, (list, tuple)) else [1.0] * len(several)
            weights[number] = weight
            if len(several) > 1:  # one loss for all outputs has one weight for all
                draft.compile["loss"] = several
            draft.compile["loss_weights"] = weights

    def _number(self, outputs: Sequence[str]) -> int:
        if self.output.isdecimal():
            return int(self.output)
        return outputs.index(self.output) if self.output in outputs else 0

    def _behind(self, draft: Draft) -> str:
        outputs = draft.blueprint.outputs
        if len(outputs) == 1:
            return outputs[0]
        if self.output in outputs:
            return self.output
        if self.output.isdecimal() and int(self.output) < len(outputs):
            return outputs[int(self.output)]
        raise EditError(f"There is no output {self.output!r}.", f"The model's outputs are: {', '.join(outputs)}.")

    @property
    def layer(self) -> str:
        """The new layer's name."""
        return f"{self.output}_units" if self.output and not self.output.isdecimal() else "target_units" + self.output

    def code(self) -> Sequence[str]:
        y = name_of("y_train", self.output)
        return [f"y_mean, y_std = {y}.mean(), {y}.std()"]

    def expressions(self) -> dict[str, dict[str, str]]:
        return {self.layer: {"scale": "y_std", "offset": "y_mean"}}

    def __str__(self) -> str:
        which = f" {self.output}" if self.output else ""
        return f"insert Rescaling after the output{which}: it learns a standardized target"


def _weight(loss: Any, scale: float) -> float | None:
    """Return the weight that makes up for the scale; `None` for a loss of which it is not known."""
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    if name in _SQUARED:
        return scale**-2
    return scale**-1 if name in _PLAIN else None
