"""What the loss of each output asks of the weights that several outputs share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from trainwell.engine import compat, compile_cache
from trainwell.engine.stateless_loss import StatelessLoss

if TYPE_CHECKING:
    from collections.abc import Callable

    Path = tuple[Any, ...]


@dataclass(frozen=True)
class OutputGradient:
    """The loss of one output and its gradient.

    Args:
        number: of the output, in the order of the leaves of what the model returns.
        loss: its term of the loss, weighted. `None` if the loss could not be taken apart.
        gradient: norm of its gradient with respect to the weights that the losses of several outputs reach.
    """

    number: int
    loss: float | None
    gradient: float


@compile_cache.kept()
def output_gradients(model: keras.Model, x: Any, y: Any, sample_weight: Any = None) -> list[OutputGradient]:
    """Take the gradient of the loss of some rows by way of each output alone.

    Args:
        model: a compiled and built model, whose `train_step` is Keras's own.
        x: inputs.
        y: targets.
        sample_weight: weights of the rows.

    Returns:
        An entry for each output that the loss depends on, in their order; nothing if no weights are shared.
    """
    loss = StatelessLoss(model)
    outputs = jax.eval_shape(loss.outputs, *loss.values(), x)
    paths = [tuple(path) for path, _ in keras.tree.flatten_with_path(outputs)]
    if len(paths) < 2:  # noqa: PLR2004 -- nothing to compare
        return []
    terms = compat.attempt("the loss of each output", lambda: _terms(model, paths, y), {})

    def measured(trainable: Any, others: Any, x: Any, y: Any, sample_weight: Any) -> Any:
        found, pull = jax.vjp(lambda values: loss.outputs(values, others, x), trainable)
        slopes = jax.grad(lambda each: loss.of_outputs(trainable, others, x, y, each, sample_weight))(found)
        leaves = keras.tree.flatten(slopes)
        norms = []
        for chosen in range(len(leaves)):
            alone = [each if number == chosen else jnp.zeros_like(each) for number, each in enumerate(leaves)]
            (gradients,) = pull(keras.tree.pack_sequence_as(found, alone))
            norms.append(jnp.stack([_norm(each) for each in gradients]))
        return jnp.stack(norms), [term(y, found, sample_weight) for term in terms.values()]

    norms, losses = jax.device_get(jax.jit(measured)(*loss.values(), x, y, sample_weight))
    shared = (norms > 0).sum(axis=0) > 1
    if not shared.any():
        return []
    known = dict(zip(terms, map(float, losses), strict=True))
    sizes = np.linalg.norm(norms[:, shared].astype(np.float64), axis=1)
    return [
        OutputGradient(number, known.get(path), float(size))
        for number, (path, size) in enumerate(zip(paths, sizes, strict=True))
        if size > 0 or path in known
    ]


def _norm(gradient: Any) -> Any:
    values = jnp.ravel(gradient).astype(jnp.float32)
    largest = jnp.max(jnp.abs(values), initial=1e-30)
    return largest * jnp.linalg.norm(values / largest)  # squares of 1e20 would not be finite


def _terms(model: keras.Model, paths: list[Path], y: Any) -> dict[Path, Callable[..., Any]]:
    """Return by output what computes its term of the loss; nothing if outputs, targets and losses differ in form."""
    targets = [tuple(path) for path, _ in keras.tree.flatten_with_path(y)]
    names = list(getattr(model, "output_names", None) or ())
    by_name = dict(zip(((name,) for name in names), paths, strict=True)) if len(names) == len(paths) else {}
    back = {path: name for name, path in by_name.items()}
    found: dict[Path, Callable[..., Any]] = {}
    for path, function, weight in compat.loss_terms(model):
        output = path if path in paths else by_name.get(path)
        target = next((each for each in (path, output, back.get(output or ())) if each in targets), None)
        if output is not None and target is not None:
            found[output] = _term(function, weight, output, target)
    return found


def _term(function: Callable[..., Any], weight: float, output: Path, target: Path) -> Callable[..., Any]:
    def term(y: Any, outputs: Any, sample_weight: Any) -> Any:
        weights = sample_weight
        if keras.tree.is_nested(weights):
            weights = _at(weights, target)
        return weight * jnp.asarray(function(_at(y, target), _at(outputs, output), weights), jnp.float32)

    return term


def _at(tree: Any, path: Path) -> Any:
    for key in path:
        tree = tree[key]
    return tree
