"""Forward passes of a model with dropout on and everything else as in inference, compiled.

One program computes a block of (samples, rows). Each row goes through the model on its own, vectorised, with a key made
of seed, sample and row: the numbers do not depend on how rows are put into blocks, beyond the last digits of a
float. The model is called with values, so its weights, seed generators and averages stay as they were.

What is not optimal: the part of the model in front of its first dropout is computed anew for each sample, and layers
that look across the rows of a batch see one row.
"""

from __future__ import annotations

import inspect
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from trainwell.engine import compat, compile_cache
from trainwell.engine.compat.patching import patched
from trainwell.engine.dropouts import dropping, find_dropouts, layers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import keras

MOST_AT_ONCE = 1024  # passes of a row in one call; more gains nothing on a CPU
MEMORY = 256 << 20  # bytes that the values of one call may take
_ALIVE_AT_ONCE = 4  # values of the size of a model's largest one that exist at the same time
_ATTRIBUTE = "_trainwell_passes"


class Block(NamedTuple):
    """What one call computed.

    Args:
        rows: which rows.
        samples: which samples.
        outputs: `(samples, rows, ...)`.
    """

    rows: slice
    samples: slice
    outputs: np.ndarray


class Form(NamedTuple):
    """What one row leads to.

    Args:
        outputs: shapes and types, without the rows.
        largest: bytes of the largest value on the way.
        drops: whether any layer that drops was called.
        idle: names of those that were not.
    """

    outputs: Any
    largest: int
    drops: bool
    idle: tuple[str, ...]


class MonteCarloForward:
    """The program of one model, kept with it while its layers and rates stay the same.

    Args:
        model: a built model.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._dropouts = [dropout for dropout in find_dropouts(model) if dropout.drops]
        self._made_for = _parts(model)
        self._variables = list(model.variables)  # in an order that freezing does not change
        self._layers = layers_of(model)
        self._seeds = compat.seed_states(model)
        self._named = {"training": False} if "training" in inspect.signature(model.call).parameters else {}
        self._program = jax.jit(self._block)
        self._forms: dict[Any, Form] = {}

    @classmethod
    def of(cls, model: keras.Model) -> MonteCarloForward:
        """The model's program, made where there is none or where its layers or rates changed since."""
        passes = vars(model).get(_ATTRIBUTE)
        if passes is None or not _same(passes._made_for, _parts(model)):  # noqa: SLF001 -- of its own class
            passes = cls(model)
            # Past Keras's own __setattr__, which looks for layers and variables in whatever a model is given.
            object.__setattr__(model, _ATTRIBUTE, passes)
        return passes

    def form_of(self, x: Any) -> Form:
        """What one row of x leads to, without computing it.

        Args:
            x: inputs `(rows, ...)`, NumPy.

        Raises:
            Exception: whatever Keras or the model raises where x does not fit it.
        """
        leaves = jax.tree.leaves(x)
        shapes = jax.tree.structure(x), tuple((leaf.shape[1:], leaf.dtype) for leaf in leaves)
        if shapes not in self._forms:
            row = jax.tree.map(_one_row, x)
            key = jax.eval_shape(_key, *(np.uint32(0),) * 3)
            with dropping(self._dropouts) as called:
                traced, outputs = jax.make_jaxpr(self._pass, return_shape=True)(row, key, self._values())
            program = compat.open_jaxpr(traced)
            of_row = set(program.invars[: len(leaves) + 1])
            idle = [dropout.layer.name for dropout in self._dropouts if id(dropout.layer) not in called]
            self._forms[shapes] = Form(outputs, _largest(program, of_row), bool(called), tuple(idle))
        return self._forms[shapes]

    def blocks(self, x: Any, samples: int, seed: int, at_once: int | None) -> Iterator[Block]:
        """The outputs of all samples of all rows, block by block: all samples of some rows, then of the next.

        Args:
            x: inputs `(rows, ...)`, NumPy.
            samples: passes of each row, at least 1.
            seed: in [0, 2**32).
            at_once: passes of a row in one call, at least 1; by the size of the model's values where `None`.
        """
        rows = len(jax.tree.leaves(x)[0])
        at_once = at_once or self._fitting(x)
        # Few sizes, so that other numbers of rows or samples compile nothing.
        width = min(at_once, _power_of_two(rows))
        depth = min(at_once // width, _power_of_two(samples))
        values = self._values()
        waiting = None
        for start in range(0, rows, width):
            chosen = np.minimum(np.arange(start, start + width), rows - 1)
            part = jax.device_put(jax.tree.map(lambda leaf, chosen=chosen: leaf[chosen], x))
            for first in range(0, samples, depth):
                numbers = np.arange(first, first + depth, dtype=np.uint32)
                with compile_cache.kept():
                    outputs = self._program(values, part, chosen.astype(np.uint32), numbers, np.uint32(seed))
                block = slice(start, min(start + width, rows)), slice(first, min(first + depth, samples)), outputs
                if waiting is not None:  # the device works on the next block meanwhile
                    yield _fetched(*waiting)
                waiting = block
        if waiting is not None:
            yield _fetched(*waiting)

    def _fitting(self, x: Any) -> int:
        fitting = MEMORY // (_ALIVE_AT_ONCE * max(1, self.form_of(x).largest))
        return max(1, min(MOST_AT_ONCE, fitting))

    def _values(self) -> list[Any]:
        return [variable.value for variable in self._variables]

    def _block(self, values: Any, x: Any, rows: jax.Array, samples: jax.Array, seed: jax.Array) -> Any:
        """Outputs `(samples, rows, ...)`."""

        def one(sample: jax.Array, row: jax.Array, inputs: Any) -> Any:
            return self._pass(inputs, _key(seed, sample, row), values)

        with dropping(self._dropouts):
            return jax.vmap(jax.vmap(one, (None, 0, 0)), (0, None, None))(samples, rows, x)

    def _pass(self, row: Any, key: jax.Array, values: Any) -> Any:
        """The outputs of one row of inputs."""
        value_of = {id(variable): value for variable, value in zip(self._variables, values, strict=True)}
        for place, state in enumerate(self._seeds):
            own = jax.random.key_data(jax.random.fold_in(key, place))
            value_of[id(state)] = own.astype(state.value.dtype)
        trainable, other = (
            [value_of[id(variable)] for variable in variables]
            for variables in (self._model.trainable_variables, self._model.non_trainable_variables)
        )
        inputs = jax.tree.map(lambda leaf: leaf[None], row)
        with _without_cudnn(self._layers):
            outputs, *_ = self._model.stateless_call(trainable, other, inputs, **self._named)
        return jax.tree.map(lambda leaf: leaf[0], outputs)


def _key(seed: Any, sample: Any, row: Any) -> jax.Array:
    # Keras's generators hold the two words of this kind of key.
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(seed, impl="threefry2x32"), sample), row)


@contextmanager
def _without_cudnn(layers: list[Any]) -> Iterator[None]:
    """While it is open, recurrent layers take Keras's own loop: cuDNN's cannot be vectorised over rows."""
    with ExitStack() as stack:
        for layer in layers:
            if getattr(layer, "use_cudnn", False):
                stack.enter_context(patched(layer, "use_cudnn", _never))
        yield


def _never(_own: Any) -> Any:
    return False


def _one_row(array: np.ndarray) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(array.shape[1:], jax.dtypes.canonicalize_dtype(array.dtype))


def _fetched(rows: slice, samples: slice, outputs: Any) -> Block:
    """The part of a block that was asked for, on the host."""
    shape = samples.stop - samples.start, rows.stop - rows.start
    return Block(rows, samples, jax.tree.map(lambda leaf: np.asarray(leaf)[: shape[0], : shape[1]], outputs))


def _parts(model: keras.Model) -> list[tuple[Any, tuple[float, ...]]]:
    """All layers, the rates of those that drop, and all variables: what a program was made for."""
    rates = {id(dropout.layer): dropout.rates for dropout in find_dropouts(model)}
    return [(part, rates.get(id(part), ())) for part in (*layers_of(model), *model.variables)]


def _same(one: list[tuple[Any, tuple[float, ...]]], other: list[tuple[Any, tuple[float, ...]]]) -> bool:
    return len(one) == len(other) and all(a[0] is b[0] and a[1] == b[1] for a, b in zip(one, other, strict=True))


def _power_of_two(number: int) -> int:
    """The least one that is not below."""
    return 1 << (number - 1).bit_length()


def _largest(jaxpr: Any, following: set[Any]) -> int:
    """Bytes of the largest value that follows from some of the inputs; a cast of all weights does not count."""
    largest = 0
    for equation in jaxpr.eqns:
        if not any(compat.is_variable(variable) and variable in following for variable in equation.invars):
            continue
        following.update(equation.outvars)
        sizes = [variable.aval.size * variable.aval.dtype.itemsize for variable in equation.outvars]
        largest = max(largest, *sizes, 0)
    return largest
