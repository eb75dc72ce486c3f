"""The gradient of a model's loss in training mode, without a step: is it finite, and which operation spoils it.

Not good at: models with a `train_step` of their own, which may take any other gradient.
"""

from __future__ import annotations

import inspect
import linecache
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from trainwell.engine import compat, compile_cache
from trainwell.engine.compat.patching import patched_layer_calls
from trainwell.engine.first_non_finite import Operation, first_non_finite
from trainwell.engine.layer_paths import LayerPaths
from trainwell.engine.stateless_loss import StatelessLoss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PACKAGES = tuple(str(Path(inspect.getfile(package)).parent) + "/" for package in (keras, jax, jax.lax))
_OWN = str(Path(__file__).parents[1]) + "/"
_SCOPE = "trainwell_place_"
_OF_DERIVATIVES = {"mul", "div", "neg", "add", "add_any", "sub", "integer_pow", "select_n", "broadcast_in_dim"}
"""What derivatives consist of: the operation that they are the derivative of tells more."""


@dataclass(frozen=True)
class Gradients:
    """The loss of some rows, and where its gradient is not finite.

    Args:
        loss: as the training takes it, penalties included.
        non_finite: names of the variables whose gradient is not finite.
        zero: names of the variables whose gradient is 0 throughout.
    """

    loss: float
    non_finite: tuple[str, ...]
    zero: tuple[str, ...] = ()

    @property
    def is_finite(self) -> bool:
        """Return True if the loss and all gradients are finite."""
        return bool(np.isfinite(self.loss)) and not self.non_finite


@dataclass(frozen=True)
class Origin:
    """The operation that gives the first value which is not finite.

    Args:
        primitive: JAX's name of the operation; of a derivative, that of the operation that it is the derivative of.
        function: function of `keras.ops` that the user's code calls for it, such as `"sqrt"`; `""` if none.
        dtype: of its result.
        place: layer that it is in; `""` for the loss.
        file: of the user's code; `""` where the operation is in no code of the user's own.
        line: in `file`, counted from 1.
        code: that line.
    """

    primitive: str
    function: str = ""
    dtype: str = ""
    place: str = ""
    file: str = ""
    line: int = 0
    code: str = ""


class GradientProbe:
    """Takes gradients of one model on batches of one size, compiled once.

    Args:
        model: a compiled and built model, whose `train_step` is Keras's own.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._loss = StatelessLoss(model)
        paths = LayerPaths(model)
        self.names = [paths.of_variable(each) for each in model.trainable_variables]
        """Names of the trainable variables, in their order."""

        def largest(*arguments: Any) -> tuple[Any, list[Any]]:
            loss, gradients = jax.value_and_grad(self._loss)(*arguments)
            return loss, [jnp.max(jnp.abs(each), initial=0) for each in gradients]  # NaN, if one is

        self._largest = jax.jit(largest)

    @compile_cache.kept()
    def __call__(self, x: Any, y: Any, sample_weight: Any = None) -> Gradients:
        """Take the gradient of the loss of some rows.

        Args:
            x: inputs.
            y: targets.
            sample_weight: weights of the rows.
        """
        loss, largest = jax.device_get(self._largest(*self._loss.values(), x, y, sample_weight))
        pairs = list(zip(self.names, largest, strict=True))
        return Gradients(
            float(loss),
            tuple(name for name, size in pairs if not np.isfinite(size)),
            tuple(name for name, size in pairs if size == 0),
        )

    def origin(self, x: Any, y: Any, sample_weight: Any = None) -> Origin | None:
        """Return the operation that gives the first value which is not finite; arguments as of a call.

        Returns:
            `None` if everything is finite, if weights or inputs are not, or if the installed JAX does not tell.
        """

        def find() -> Origin | None:
            places: list[str] = []
            with _scopes_of_layers(self._model, places):
                values = self._loss.values()
                found = first_non_finite(jax.value_and_grad(self._loss), *values, x, y, sample_weight)
            return None if found is None else _origin(*found, places)

        return compat.attempt("the search for the first value that is not finite", find, None)


@contextmanager
def _scopes_of_layers(model: keras.Model, places: list[str]) -> Iterator[None]:
    """Trace each call of a layer in a scope of its own, whose number is that of its name in `places`."""
    paths = LayerPaths(model)
    calls: Counter[str] = Counter()

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(layer: keras.Operation, *args: Any, **kwargs: Any) -> Any:
            if compat.in_symbolic_scope() or layer is model:
                return original(layer, *args, **kwargs)
            where = paths.of_layer(layer) or layer.name
            calls[where] += 1
            places.append(where if calls[where] == 1 else f"{where}:{calls[where]}")
            with jax.named_scope(f"{_SCOPE}{len(places) - 1}"):
                return original(layer, *args, **kwargs)

        return call

    with patched_layer_calls(make):
        yield


def _origin(found: Operation, before: list[Operation], places: list[str]) -> Origin:
    primitive = found.name
    if primitive in _OF_DERIVATIVES:
        same = [each.name for each in before if each.frames == found.frames and each.name not in _OF_DERIVATIVES]
        powers = [each.name for each in before if each.frames == found.frames and each.name == "integer_pow"]
        primitive = next(iter([*reversed(same), *powers]), primitive)
    numbers = re.findall(rf"{_SCOPE}(\d+)", found.scopes)
    place = places[int(numbers[-1])] if numbers else ""
    inner = ""
    for file, line, function in found.frames:
        if file.startswith(_OWN):
            break
        if not file.startswith(_PACKAGES):
            code = linecache.getline(file, line).strip()
            return Origin(primitive, inner, found.dtype, place, file, line, code)
        inner = function if hasattr(keras.ops, function) else ""
    return Origin(primitive, "", found.dtype, place)
