"""Finds the runs of equal layers in a model's graph.

A run is a chain in which the same few layers come again and again: `Dense, Dense, Dense, ...`, or `Dense, LeakyReLU,
Dense, LeakyReLU, ...`. Layers are taken by an allow-list of Keras's own classes, since only of those is it known that
they are functions of their inputs and weights alone. Not taken: convolutions, which a CPU runs slowly in a loop, layers
with a state such as BatchNormalization, layers that draw random numbers, and layers that compute in half precision.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import keras

from trainwell.engine import compat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.engine.compat import GraphNode

FEWEST_BLOCKS = 48
"""Of a run. Measured on a CPU with dense layers (`benchmarks/folding.py`): with fewer, the loop takes about as long to
compile as the layers one by one, and a training step of it is a tenth slower."""
LARGEST_BLOCK = 4
"""Layers in a block, the part of a run that comes again."""
_LAYERS = (
    keras.layers.Dense,
    keras.layers.EinsumDense,
    keras.layers.LayerNormalization,
    keras.layers.RMSNormalization,
    keras.layers.UnitNormalization,
    keras.layers.Activation,
    keras.layers.ELU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ReLU,
    keras.layers.Softmax,
    keras.layers.Identity,
)
_REGULARIZERS = (keras.regularizers.L1, keras.regularizers.L2, keras.regularizers.L1L2)  # sums over entries
_CONSTRAINTS = (keras.constraints.NonNeg,)  # of each entry by itself
_PURE_FUNCTIONS_OF = ("keras", "jax")  # packages whose activation functions are known to have no state
_PRECISE = ("float32", "float64")  # in half precision, XLA skips roundings between layers, and not in a loop
_COMPARED_BY_VARIABLE = ("_initializer", "_regularizer", "_constraint")


@dataclass(frozen=True)
class LayerRun:
    """Blocks of equal layers, one after the other.

    Args:
        blocks: the layers of each block, in order.
    """

    blocks: tuple[tuple[keras.layers.Layer, ...], ...]

    @property
    def layers(self) -> list[keras.layers.Layer]:
        """All layers, in order."""
        return [layer for block in self.blocks for layer in block]

    @property
    def variables(self) -> list[tuple[keras.Variable, ...]]:
        """For each variable of a block, the variable in its place in each of the blocks."""
        of_blocks = [[variable for layer in block for variable in layer.variables] for block in self.blocks]
        return list(zip(*of_blocks, strict=True))

    def apply_block(self, x: Any, values: Sequence[Any]) -> Any:
        """The first block's output for the input `x`, with `values` for its variables."""
        variables = [of_blocks[0] for of_blocks in self.variables]
        scope = keras.StatelessScope(list(zip(variables, values, strict=True)), initialize_variables=False)
        with scope:
            for layer in self.blocks[0]:
                x = layer(x)
        return x


def find_runs(nodes: Sequence[GraphNode], outputs: Sequence[Any], fewest_blocks: int = FEWEST_BLOCKS) -> list[LayerRun]:
    """The longest runs, from the inputs to the outputs.

    Args:
        nodes: the model's graph, in the order of execution.
        outputs: the tensors that the model gives out.
        fewest_blocks: of a run, from 2.
    """
    uses = Counter(id(node.operation) for node in nodes)
    found: list[LayerRun] = []
    for chain in _chains(nodes, outputs):
        kinds = [_kind(node) if uses[id(node.operation)] == 1 else None for node in chain]
        at = 0
        while at < len(chain):
            run = _longest_run(chain, kinds, at, fewest_blocks)
            at += len(run.layers) if run else 1
            if run:
                found.append(run)
    return found


def _chains(nodes: Sequence[GraphNode], outputs: Sequence[Any]) -> list[list[GraphNode]]:
    """The graph cut into chains, within which each output goes into the next node and nowhere else."""
    consumers: dict[int, list[GraphNode]] = {}
    for node in nodes:
        for tensor in node.inputs:
            consumers.setdefault(id(tensor), []).append(node)
    given_out = set(map(id, outputs))

    def following(node: GraphNode) -> GraphNode | None:
        if len(node.outputs) != 1 or id(node.outputs[0]) in given_out:
            return None
        readers = consumers.get(id(node.outputs[0]), [])
        return readers[0] if len(readers) == 1 and readers[0].only_input is not None else None

    chains: list[list[GraphNode]] = []
    seen: set[int] = set()
    for node in nodes:
        chain: list[GraphNode] = []
        step: GraphNode | None = node
        while step is not None and id(step) not in seen:
            seen.add(id(step))
            chain.append(step)
            step = following(step)
        if chain:
            chains.append(chain)
    return chains


def _longest_run(chain: list[GraphNode], kinds: list[Any], at: int, fewest_blocks: int) -> LayerRun | None:
    """The run that begins at a place of the chain and takes in most layers; of several, the one of short blocks."""
    best: LayerRun | None = None
    for length in range(1, LARGEST_BLOCK + 1):
        block = kinds[at : at + length]
        if len(block) < length or None in block:
            break
        count = 1
        while kinds[at + count * length : at + (count + 1) * length] == block:
            count += 1
        starts = range(at, at + count * length, length)
        run = LayerRun(tuple(tuple(node.operation for node in chain[start : start + length]) for start in starts))
        longer = best is None or len(run.layers) > len(best.layers)
        if count >= fewest_blocks and longer and _can_be_scanned(run, chain[at].only_input):
            best = run
    return best


def _can_be_scanned(run: LayerRun, tensor: Any) -> bool:
    """Whether a block has weights of its own and gives what it takes, in shape and type."""
    variables = run.variables
    members = [id(variable) for of_blocks in variables for variable in of_blocks]
    if not members or len(set(members)) < len(members):
        return False
    # Sizes that are not known beforehand must not be taken for equal, so each gets one of its own.
    shape = [size or 2 + axis for axis, size in enumerate(tensor.shape)]
    given = jax.ShapeDtypeStruct(shape, tensor.dtype)
    values = [jax.ShapeDtypeStruct(first.shape, first.dtype) for first, *_ in variables]
    result = jax.eval_shape(run.apply_block, given, values)
    return (result.shape, result.dtype) == (given.shape, given.dtype)


def _kind(node: GraphNode) -> Any:
    """What must be equal for two nodes to be one in a loop; `None` for a node that is never folded."""
    tensor = node.only_input
    if tensor is None or len(node.outputs) != 1 or compat.is_masked(tensor):
        return None
    layer = _kind_of_layer(node.operation)
    return layer and (layer, tensor.shape, tensor.dtype, node.outputs[0].shape, node.outputs[0].dtype)


def _kind_of_layer(layer: Any) -> Any:
    if type(layer) not in _LAYERS or not layer.built or layer.activity_regularizer is not None:
        return None
    if compat.is_quantized_or_rematerialized(layer) or compat.own_methods(layer):
        return None
    if layer.compute_dtype not in _PRECISE:
        return None
    variables = [_kind_of_variable(variable) for variable in layer.variables]
    activation = _kind_of_activation(getattr(layer, "activation", None))
    if None in variables or activation is None:
        return None
    config = {
        name: value
        for name, value in layer.get_config().items()
        if name not in {"name", "activation"} and not name.endswith(_COMPARED_BY_VARIABLE)
    }
    return type(layer), config, activation, variables, (layer.compute_dtype, layer.variable_dtype)


def _kind_of_activation(activation: Any) -> Any:
    """The function itself, since two of one name may differ; of a layer, its kind; `None` where it may have a state."""
    if activation is None:
        return "linear"
    if isinstance(activation, keras.layers.Layer):
        return _kind_of_layer(activation)
    package = (getattr(activation, "__module__", None) or "").split(".")[0]
    return activation if package in _PURE_FUNCTIONS_OF and hasattr(activation, "__qualname__") else None


def _kind_of_variable(variable: keras.Variable) -> Any:
    regularizer, constraint = variable.regularizer, variable.constraint
    if type(regularizer) not in (*_REGULARIZERS, type(None)) or type(constraint) not in (*_CONSTRAINTS, type(None)):
        return None
    if variable.overwrite_with_gradient:
        return None
    penalty = regularizer and (type(regularizer), regularizer.get_config())
    return variable.shape, variable.dtype, variable.trainable, penalty, type(constraint)
