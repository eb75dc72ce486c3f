"""Every private name of Keras that the engine leans on, in one place.

`tests/engine/test_keras_internals.py` holds each against its public behaviour and fails loudly when Keras moves it.
Nothing else in trainwell may import `keras.src` or touch an underscore of Keras.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras.src.backend.common import global_state
from keras.src.backend.common.masking import get_keras_mask
from keras.src.backend.common.stateless_scope import get_stateless_scope
from keras.src.backend.common.symbolic_scope import in_symbolic_scope
from keras.src.models.functional import Functional, operation_fn, unpack_singleton
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR, global_seed_generator
from keras.src.trainers.data_adapters import array_slicing, data_adapter_utils
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter
from keras.src.trainers.epoch_iterator import EpochIterator
from keras.src.utils.python_utils import is_default, pythonify_logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "GraphNode",
    "batches_of_epoch",
    "build",
    "build_from_iterator",
    "call_graph",
    "compile_arguments",
    "converted",
    "epoch_iterator",
    "epoch_logs",
    "excludes_from_weight_decay",
    "forget_global_seed",
    "forget_value",
    "graph",
    "initial_epoch",
    "is_default_method",
    "is_masked",
    "is_plain_graph",
    "is_quantized_or_rematerialized",
    "learning_rate_source",
    "look_up_also",
    "lost_values",
    "names_uncounted",
    "only_infers_shapes",
    "optimized_variables",
    "optimizer_slots",
    "own_methods",
    "profiles_batches",
    "pythonify_logs",
    "rate_in_place_of_schedule",
    "raw_arrays",
    "seed_states",
    "settings_without_rate",
    "share_compilation",
    "split_validation",
    "sublayers",
    "unpack",
]


class _EpochIterator(EpochIterator):
    """Keras's iterator over epochs, with batches as its JAX trainer sees them and none sent ahead to the device."""

    def __next__(self) -> Any:
        return next(self._epoch_iterator)  # pyright: ignore[reportArgumentType] -- set by __iter__

    def _get_iterator(self) -> Any:
        return self.data_adapter.get_jax_iterator()


def epoch_iterator(
    x: Any,
    y: Any,
    sample_weight: Any,
    *,
    batch_size: int | None,
    steps_per_epoch: int | None,
    shuffle: bool | str,
    class_weight: dict[int, float] | None = None,
) -> Any:
    """Keras's own iterator and adapter for this data; raises Keras's own messages for data that Keras rejects."""
    return _EpochIterator(
        x=x,
        y=y,
        sample_weight=sample_weight,
        batch_size=batch_size,
        steps_per_epoch=steps_per_epoch,
        shuffle=shuffle,  # pyright: ignore[reportArgumentType] -- Keras takes "batch" too, undeclared
        class_weight=class_weight,
    )


def batches_of_epoch(iterator: Any) -> Iterator[Any]:
    """The batches of the next epoch; where the source runs out, Keras's own warning says so."""
    with iterator.catch_stop_iteration():
        for _, _, batches in iterator:
            yield next(batches)


def raw_arrays(adapter: Any) -> tuple[Any, ...] | None:
    """The adapter's `(x,)`, `(x, y)` or `(x, y, sample_weight)` as NumPy arrays; a memory map stays one.

    Returns `None` where the data is not dense numeric arrays.
    """
    if not isinstance(adapter, ArrayDataAdapter):
        return None
    given = adapter._inputs  # noqa: SLF001
    leaves = [leaf for leaf in keras.tree.flatten(given) if leaf is not None]
    if not all(isinstance(leaf, np.ndarray) for leaf in leaves):
        given = converted(given)
        leaves = [leaf for leaf in keras.tree.flatten(given) if leaf is not None]
    dense = all(isinstance(leaf, np.ndarray) and leaf.dtype.kind in "biuf" for leaf in leaves)
    return given if dense else None


def converted(arrays: Any) -> Any:
    """Arrays as Keras's adapter feeds them to JAX: NumPy, floats in `keras.config.floatx()`."""
    sliceables = array_slicing.convert_to_sliceable(arrays, target_backend="jax")

    def whole(sliceable: Any) -> Any:
        return None if sliceable is None else sliceable.convert_to_jax_compatible(sliceable[:])

    return keras.tree.map_structure(whole, sliceables)


def split_validation(x: Any, y: Any, sample_weight: Any, share: float) -> tuple[Any, Any]:
    """Keras's `validation_split`: the last rows, before any shuffling. Memory maps are cut without being read."""
    arrays = (x, y, sample_weight)
    leaves = [leaf for leaf in keras.tree.flatten(arrays) if leaf is not None]
    if not any(isinstance(leaf, np.memmap) for leaf in leaves) or not all(isinstance(e, np.ndarray) for e in leaves):
        return array_slicing.train_validation_split(arrays, validation_split=share)
    split = array_slicing.train_validation_split((np.arange(len(leaves[0])),), validation_split=share)
    (kept,), (held,) = split  # pyright: ignore[reportGeneralTypeIssues] -- declared without a result

    def rows(indices: np.ndarray) -> Any:
        cut = slice(int(indices[0]), int(indices[-1]) + 1)
        return keras.tree.map_structure(lambda leaf: None if leaf is None else leaf[cut], arrays)

    return rows(kept), rows(held)


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """`(x, y, sample_weight)` of a tuple with one to three members."""
    return data_adapter_utils.unpack_x_y_sample_weight(data)


def build(model: keras.Model, first_batch: Callable[[], Any]) -> None:
    """Creates the variables that model, metrics, loss and optimizer lack, without computing.

    Args:
        model: a compiled model.
        first_batch: gives one batch; called only where Keras would draw one, since drawing moves a generator on.
    """
    parts = (model._compile_metrics, model._compile_loss)  # noqa: SLF001
    layers = model._flatten_layers()  # noqa: SLF001
    if not all(layer.built for layer in layers) or any(part is not None and not part.built for part in parts):
        model._symbolic_build(data_batch=first_batch())  # noqa: SLF001
    elif not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def build_from_iterator(model: keras.Model, iterator: Any) -> None:
    """As `build`, from the iterator's first batch."""
    model._symbolic_build(iterator=iterator)  # noqa: SLF001


def epoch_logs(model: keras.Model, logs: dict[str, Any]) -> dict[str, Any]:
    """What Keras reports at the end of an epoch: the metrics' results, or the last step's logs of a custom step."""
    return dict(model._get_metrics_result_or_logs(logs))  # noqa: SLF001


def compile_arguments(model: keras.Model) -> dict[str, Any]:
    """What a compiled model was compiled with: optimizer, loss and metrics, as the user gave them."""
    metrics: Any = model._compile_metrics  # noqa: SLF001
    return {
        "optimizer": model.optimizer,
        "loss": model.loss,
        "metrics": None if metrics is None else metrics._user_metrics,  # noqa: SLF001
        "weighted_metrics": None if metrics is None else metrics._user_weighted_metrics,  # noqa: SLF001
    }


def initial_epoch(model: keras.Model, given: int) -> int:
    """The first epoch; a callback such as BackupAndRestore may have moved it in `on_train_begin`."""
    return model._initial_epoch or given  # noqa: SLF001


def is_default_method(method: Any) -> bool:
    """Whether a callback's hook is the empty one of `keras.callbacks.Callback`."""
    return is_default(method)


def profiles_batches(tensorboard: keras.callbacks.TensorBoard) -> bool:
    """Whether Keras's TensorBoard callback was asked to profile some batches."""
    return bool(tensorboard._should_trace)  # noqa: SLF001


def sublayers(layer: keras.Operation) -> list[keras.Operation]:
    """The layers directly below one, and in a Functional model its other operations too."""
    below: list[keras.Operation] = list(getattr(layer, "_layers", ()))
    known = set(map(id, below))
    return below + [operation for operation in getattr(layer, "operations", ()) if id(operation) not in known]


def seed_states(model: keras.Model) -> list[keras.Variable]:
    """The states of all seed generators in a model, each among its non-trainable variables."""
    layers = model._flatten_layers()  # noqa: SLF001
    return [generator.state for layer in layers for generator in layer._seed_generators]  # noqa: SLF001


def optimized_variables(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """The variables that `optimizer.stateless_apply` takes, in its order."""
    return list(optimizer._trainable_variables)  # noqa: SLF001


def only_infers_shapes() -> bool:
    """Whether Keras is calling layers to learn the shapes of their outputs, not to compute them."""
    return in_symbolic_scope()


class GraphNode:
    """One call of an operation in a model's graph.

    Args:
        node: Keras's own.
    """

    def __init__(self, node: Any) -> None:
        self.operation: Any = node.operation
        self.inputs: list[Any] = node.input_tensors
        self.outputs: list[Any] = node.outputs
        self.only_input: Any = node.arguments._single_positional_tensor  # noqa: SLF001
        """The one tensor that it takes, as its one argument; `None` for other calls."""
        self.arguments: tuple[Any, ...] = node.arguments.args
        self.keywords: dict[str, Any] = node.arguments.kwargs


def is_plain_graph(model: keras.Model) -> bool:
    """Whether a model is exactly a built Sequential model or a Functional one, and runs through its graph."""
    return _functional(model) is not None


def graph(model: keras.Model) -> tuple[list[GraphNode], list[Any]]:
    """The calls in a plain graph, inputs left out, in the order of execution; and the tensors that it gives out."""
    functional = _functional(model)
    by_depth = functional._nodes_by_depth  # noqa: SLF001
    nodes = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
    return [GraphNode(node) for node in nodes if node.operation and not node.is_input], list(functional.outputs)


def call_graph(
    model: keras.Model, inputs: Any, *, training: bool | None, instead: dict[int, Callable[..., Any]]
) -> Any:
    """A plain graph's own `call`, with other functions for some operations.

    Args:
        model: as of `is_plain_graph`.
        inputs: as of its `call`.
        training: as of its `call`.
        instead: by the operation's `id`.
    """
    functional = _functional(model)

    def function(operation: Any) -> Any:
        return instead.get(id(operation)) or operation_fn(operation, training=training)

    outputs = functional._run_through_graph(functional._standardize_inputs(inputs), operation_fn=function)  # noqa: SLF001
    return unpack_singleton(outputs)


def _functional(model: keras.Model) -> Any:
    if type(model) is keras.Sequential:
        return model._functional if model.built else None  # noqa: SLF001
    return model if type(model) is Functional else None


def share_compilation(model: keras.Model, compiled: keras.Model) -> None:
    """Gives a model the loss, the metrics and their variables of a compiled one: the objects themselves."""
    names = ("_compile_loss", "_compile_metrics", "_loss_tracker", "_metrics", "compiled")
    for name in names:
        # Past Keras's own __setattr__, which would count the metrics a second time.
        object.__setattr__(model, name, getattr(compiled, name))


def look_up_also(missing: Callable[[int, Callable[[keras.Variable], Any]], Any]) -> None:
    """In the innermost stateless scope, values for variables that it does not hold.

    Args:
        missing: called with a variable's `id` and a function that gives the scope's value of a variable; gives `None`
            for a variable that it does not know.
    """
    scope = get_stateless_scope()
    if scope is not None and not isinstance(scope.state_mapping, _Mapping):
        scope.state_mapping = _Mapping(scope.state_mapping)
        scope.state_mapping.missing = lambda key: missing(key, scope.get_current_value)


class _Mapping(dict[int, Any]):
    """A stateless scope's values by variable, and where to ask for one that is not among them."""

    missing: Callable[[int], Any]

    def get(self, key: int, default: Any = None) -> Any:
        if key in self:
            return self[key]
        value = self.missing(key)
        return default if value is None else value


def forget_value(variable: keras.Variable) -> None:
    """Lets a variable's memory go; it keeps shape and type, and reads as zeros."""
    variable._initializer, variable._value = keras.initializers.Zeros(), None  # noqa: SLF001


def lost_values(model: keras.Model) -> bool:
    """Whether variables of a model have no values any more: Keras on JAX takes them for a step, which then raised."""
    optimizer: Any = getattr(model, "optimizer", None)
    variables = [*model.variables, *(optimizer.variables if optimizer else ())]
    return any(variable._value is None and variable._initializer is None for variable in variables)  # noqa: SLF001


def is_masked(tensor: Any) -> bool:
    """Whether Keras has attached a mask to a tensor, symbolic or not."""
    return get_keras_mask(tensor) is not None


def is_quantized_or_rematerialized(layer: keras.layers.Layer) -> bool:
    """Whether Keras calls the layer in another way than through its `call`."""
    return layer.quantization_mode is not None or vars(layer).get("_remat_mode") is not None


def own_methods(instance: Any) -> list[str]:
    """Methods of the class for which the instance has its own; Keras wraps two of each layer itself."""
    wrapped = {"build", "quantize"}
    return [
        name
        for name, value in vars(instance).items()
        if name not in wrapped and callable(value) and callable(getattr(type(instance), name, None))
    ]


def learning_rate_source(optimizer: keras.optimizers.Optimizer) -> Any:
    """What the optimizer takes its learning rate from: a variable, a schedule or a function."""
    return optimizer._learning_rate  # noqa: SLF001


@contextmanager
def rate_in_place_of_schedule(optimizer: keras.optimizers.Optimizer, rate: Any) -> Iterator[None]:
    """While it is open, the optimizer's rate is this value, whatever schedule it follows; `None` changes nothing."""
    if rate is None:
        yield
        return
    inner: Any = getattr(optimizer, "inner_optimizer", optimizer)
    schedule = inner._learning_rate  # noqa: SLF001
    object.__setattr__(inner, "_learning_rate", rate)  # Keras's own __setattr__ would track it
    try:
        yield
    finally:
        object.__setattr__(inner, "_learning_rate", schedule)


def settings_without_rate(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """The optimizer's config without its learning rate, which need not be one that Keras can put in writing."""
    bare = object.__new__(type(optimizer))
    bare.__dict__.update(vars(optimizer), _learning_rate=None)  # past the optimizer's own __setattr__
    return {name: value for name, value in bare.get_config().items() if name != "learning_rate"}


def position_of_variable(optimizer: keras.optimizers.Optimizer, variable: keras.Variable) -> int:
    """Where a weight stands among those that the optimizer was built for, and its slots among the optimizer's."""
    return optimizer._get_variable_index(variable)  # noqa: SLF001


def excludes_from_weight_decay(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether some weights were excluded from weight decay."""
    names = ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern")
    return any(vars(optimizer).get(name) for name in names)


def optimizer_slots(
    optimizer: keras.optimizers.Optimizer,
) -> tuple[dict[str, list[keras.Variable]], dict[str, keras.Variable]]:
    """The optimizer's variables by the attribute that holds them: those with one a weight, and the single ones."""
    own = {id(variable) for variable in optimizer.variables}
    weights = optimized_variables(optimizer)
    slots, singles = {}, {}
    for name, value in vars(optimizer).items():
        if name in {"_variables", "_trainable_variables"}:
            continue
        if isinstance(value, list) and value and all(id(each) in own for each in value) and len(value) == len(weights):
            slots[name] = list(value)
        elif id(value) in own:
            singles[name] = value
    return slots, singles


@contextmanager
def names_uncounted() -> Iterator[None]:
    """While it is open, names that Keras makes up do not count: the next layer outside is named as if none had been."""
    counts: Any = global_state.get_global_attribute("object_name_uids", defaultdict(int), set_to_default=True)
    before = dict(counts)
    try:
        yield
    finally:
        counts.clear()
        counts.update(before)


def global_seed() -> np.ndarray:
    """The state of Keras's global seed generator."""
    return np.asarray(global_seed_generator().state)


def global_seed_if_any() -> np.ndarray | None:
    """The same; `None` where nothing has drawn since Keras was seeded, and the generator is yet to be made."""
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    return None if generator is None else np.asarray(generator.state)


def forget_global_seed() -> None:
    """Lets go of Keras's global seed generator, to be made anew when something draws."""
    global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, None)


def set_global_seed(value: np.ndarray) -> None:
    """Puts Keras's global seed generator into a state of `global_seed`."""
    global_seed_generator().state.assign(value)
