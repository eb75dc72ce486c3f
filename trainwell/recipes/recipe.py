"""The two default configurations of the chapter, as data, and how one becomes a TrainingSpec.

A recipe is a sound start for ordinary tables and small images, not a search: one architecture, one regularization
strength.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np

from trainwell.activations import initializer_for
from trainwell.engine import compile_cache
from trainwell.errors import InputError
from trainwell.recipes.inputs import input_layers
from trainwell.recipes.networks import conv_stack, dense_stack
from trainwell.techniques import LearningRateSearch, OneCycle
from trainwell.training_spec import TrainingSpec

if TYPE_CHECKING:
    from trainwell.datasets.dataset import Dataset

Net = Literal["dense", "conv"]
Normalization = Literal["none", "batch before", "batch after", "layer"]
DEEP = 4  # hidden layers from which on "if deep" holds
_DENSE_PIXELS = 64 * 64 * 3  # above this, the first dense layer alone would hold millions of weights
_CONV_SIDE = 32  # images up to this side get two blocks, and one more for each doubling
_FIRST_FILTERS = 32
_PEAK_OVER_SUGGESTION = 2.0  # 1cycle spends few steps near its peak and bears more than a constant rate would
_COMMON_RATE = 1e-3
_REGRESSION_PENALTY = 2.5  # a squared error is more curved than a cross-entropy, and withstands a penalty the more
_FEW_STEPS = 1000  # what small data is trained for, within the bounds on epochs below
_FEWEST_EPOCHS = {"dense": 20, "conv": 12}
_MOST_EPOCHS = 30


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A default configuration.

    Args:
        name: as on the command line.
        source: the table it comes from.
        activation: of hidden layers, a name in the table of `trainwell.activations`.
        kernel_initializer: of hidden layers, a name or a configuration as Keras's `initializers.get` takes it; the one
            that matches the activation where not given.
        normalization: `"batch before"` or `"batch after"` each activation, `"layer"`, before it, or `"none"`.
        normalize_from: hidden layers from which on a network is normalized.
        l2_times_rows: strength of the ℓ2 penalty on hidden kernels, times the number of training rows: the penalty is a
            prior, and weighs the less the more rows there are.
        dropout: name of the Keras dropout layer behind each hidden layer, or "".
        dropout_rate: its rate in [0, 1), in networks of up to `DEEP` hidden layers; deeper ones share it out.
        optimizer: Keras's name of the optimizer.
        optimizer_arguments: its arguments beside the learning rate.
        l1_times_rows: strength of an ℓ1 penalty, likewise.
        max_norm: largest norm of the weights into one unit of a hidden layer; 0 for no limit.
    """

    name: str
    source: str
    activation: str
    kernel_initializer: str | dict[str, Any] = ""
    normalization: Normalization
    l2_times_rows: float
    dropout: str
    dropout_rate: float
    optimizer: str
    optimizer_arguments: dict[str, Any]
    l1_times_rows: float = 0.0
    max_norm: float = 0.0
    normalize_from: int = DEEP

    def __post_init__(self) -> None:
        if not self.kernel_initializer:
            object.__setattr__(self, "kernel_initializer", initializer_for(self.activation))

    def weights(self, dataset: Dataset) -> dict[str, Any]:
        """Arguments of each hidden layer with a kernel."""
        weight = (_REGRESSION_PENALTY if dataset.task == "regression" else 1.0) / len(dataset.train)
        l1, l2 = self.l1_times_rows * weight, self.l2_times_rows * weight
        arguments = {
            "kernel_initializer": self.kernel_initializer,
            "kernel_regularizer": keras.regularizers.L1L2(l1, l2) if l1 else keras.regularizers.L2(l2) if l2 else None,
        }
        # Left out where there is no limit, so that a saved recipe's layers say no more than before.
        return {**arguments, "kernel_constraint": self.limit(0)} if self.max_norm else arguments

    def limit(self, axis: int | list[int]) -> Any:
        """The constraint on weights whose axis, or axes, lead into one unit."""
        make: Any = keras.constraints.MaxNorm  # declared with whole numbers, documented with others too
        return make(self.max_norm, axis=axis)

    def normalizes(self, hidden_layers: int) -> bool:
        """Whether a network of so many hidden layers is normalized."""
        return self.normalization != "none" and hidden_layers >= self.normalize_from

    def dropout_layer(self, name: str, hidden_layers: int) -> keras.layers.Layer:
        """The dropout behind one of so many hidden layers.

        Each adds its noise to that of the layers below, and a hundred times a rate that suits two leaves no signal. So
        networks deeper than `DEEP` share out what `DEEP` layers have together.
        """
        rate = self.dropout_rate * min(1.0, DEEP / hidden_layers)
        return getattr(keras.layers, self.dropout)(rate, name=name)

    def make_optimizer(self, learning_rate: Any) -> keras.optimizers.Optimizer:
        """The optimizer at a constant rate or under a schedule."""
        return getattr(keras.optimizers, self.optimizer)(learning_rate=learning_rate, **self.optimizer_arguments)

    def check(self, *, net: str | None = None, **numbers: int | None) -> None:
        """Refuses what can be refused before any data is read.

        Raises:
            InputError: an unknown net, or a number below 1.
        """
        if net not in {None, "dense", "conv"}:
            raise InputError(f"There is no net {net!r}.", "The nets are: dense, conv.")
        for name, value in numbers.items():
            if value is not None and value < 1:
                raise InputError(
                    f"--{name.replace('_', '-')} must be at least 1, not {value}.", "Leave it out for the default."
                )

    @compile_cache.kept()
    def spec(
        self,
        dataset: Dataset,
        *,
        net: Net | None = None,
        depth: int | None = None,
        units: int | None = None,
        epochs: int | None = None,
        batch_size: int = 32,
    ) -> TrainingSpec:
        """The network, compile and fit arguments for a Dataset, at a constant learning rate to begin with.

        Args:
            dataset: what to learn.
            net: `"dense"` or, for images, `"conv"`; chosen by the image's size where not given.
            depth: number of hidden layers (dense) or of convolution blocks (conv).
            units: units of each hidden layer, or filters of the first convolution, doubled in each block.
            epochs: epochs at most; chosen by the number of rows where not given.
            batch_size: rows per step.
        """
        self.check(net=net, depth=depth, units=units, epochs=epochs, batch_size=batch_size)
        if net == "conv" and dataset.kind != "image":
            raise InputError(
                f"A convolutional net needs images, and {dataset.name} is a {dataset.kind}.",
                "Leave out --net, or use --net dense.",
            )
        notes: list[str] = []
        chosen_net = net or _net_for(dataset)
        if chosen_net != (net or "dense"):
            notes.append(f"Images of {_size(dataset)} pixels: a convolutional net (--net dense for a dense one).")
        inputs, tensor = input_layers(dataset)
        if chosen_net == "conv":
            blocks = depth or _blocks_for(dataset)
            filters = [(units or _FIRST_FILTERS) * 2**block for block in range(blocks)]
            normalize = self.normalizes(blocks + 1)
            tensor = conv_stack(self, tensor, filters, normalize=normalize, weights=self.weights(dataset))
        else:
            widths = _widths_for(dataset, depth, units)
            normalize = self.normalizes(len(widths))
            tensor = dense_stack(self, tensor, widths, normalize=normalize, weights=self.weights(dataset))
        model = keras.Model(inputs, _head(dataset)(tensor), name=f"{self.name.replace('-', '_')}_{chosen_net}")
        spec = TrainingSpec(
            model=model,
            compile={"optimizer": self.make_optimizer(_COMMON_RATE), **_loss_and_metrics(dataset)},
            data={},
            fit={
                "epochs": epochs or _epochs_for(dataset, batch_size, chosen_net),
                "batch_size": batch_size,
                "shuffle": True,
            },
            notes=tuple(notes),
        )
        if dataset.task == "regression":
            spec.target_offset = float(dataset.train.y.mean())
            spec.target_scale = float(dataset.train.y.std()) or 1.0

        def scaled(y: np.ndarray) -> np.ndarray:
            return (y - np.float32(spec.target_offset)) / np.float32(spec.target_scale) if y.dtype.kind == "f" else y

        spec.data = {
            "x": dataset.train.x,
            "y": scaled(dataset.train.y),
            "validation_data": (dataset.validation.x, scaled(dataset.validation.y)),
        }
        return spec

    def peak_rate(self, search: LearningRateSearch) -> float:
        """The peak of 1cycle that a range test leads to; a common rate where it led to none."""
        return _PEAK_OVER_SUGGESTION * search.suggestion if search.suggestion else _COMMON_RATE

    def follow_one_cycle(self, spec: TrainingSpec, peak: float) -> OneCycle:
        """Puts the whole training of `spec` under 1cycle with the given peak rate."""
        schedule = OneCycle(peak, spec.steps_per_epoch * spec.fit["epochs"])
        spec.compile["optimizer"] = self.make_optimizer(schedule)
        return schedule


DEFAULT = Recipe(
    name="default",
    source="Table 11-3",
    activation="elu",
    normalization="batch before",
    l2_times_rows=6.0,
    dropout="",
    dropout_rate=0.0,
    optimizer="Nadam",
    optimizer_arguments={},
)
SELF_NORMALIZING = Recipe(
    name="self-normalizing",
    source="Table 11-4",
    activation="selu",
    normalization="none",
    l2_times_rows=0.0,
    dropout="AlphaDropout",
    dropout_rate=0.05,
    optimizer="SGD",
    optimizer_arguments={"momentum": 0.9, "nesterov": True},
)
RECIPES = {recipe.name: recipe for recipe in (DEFAULT, SELF_NORMALIZING)}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        InputError: there is none.
    """
    if name in RECIPES:
        return RECIPES[name]
    close = difflib.get_close_matches(name, RECIPES, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    raise InputError(f"There is no recipe {name!r}.", f"{hint}The recipes are: {', '.join(RECIPES)}.")


def _size(dataset: Dataset) -> str:
    return "×".join(str(side) for side in dataset.train.x.shape[1:3])  # type: ignore[union-attr]


def _net_for(dataset: Dataset) -> Net:
    if dataset.kind != "image":
        return "dense"
    return "conv" if np.prod(dataset.train.x.shape[1:]) > _DENSE_PIXELS else "dense"  # type: ignore[union-attr]


def _blocks_for(dataset: Dataset) -> int:
    side = max(dataset.train.x.shape[1:3])  # type: ignore[union-attr]
    return 2 + max(0, int(np.ceil(np.log2(side / _CONV_SIDE))))


def _widths_for(dataset: Dataset, depth: int | None, units: int | None) -> list[int]:
    """The chapter's 300 and 100 for images, smaller for tables; with `units` or more depth, layers of equal width."""
    first, later = (300, 100) if dataset.kind == "image" else (64, 32)
    count = depth or 2
    if units:
        return [units] * count
    return [first] + [later] * (count - 1)


def _epochs_for(dataset: Dataset, batch_size: int, net: Net) -> int:
    """20 epochs (12 of the slower conv nets); up to 30 for small data, which more steps would only overfit."""
    steps = -(-len(dataset.train) // batch_size)
    return int(np.clip(round(_FEW_STEPS / steps), _FEWEST_EPOCHS[net], _MOST_EPOCHS))


def _head(dataset: Dataset) -> keras.layers.Layer:
    if dataset.task == "regression":
        return keras.layers.Dense(1, name="output")
    if dataset.task == "binary":
        return keras.layers.Dense(1, activation="sigmoid", name="output")
    return keras.layers.Dense(len(dataset.classes), activation="softmax", name="output")


def _loss_and_metrics(dataset: Dataset) -> dict[str, Any]:
    if dataset.task == "regression":
        return {"loss": "mse", "metrics": ["mae"]}
    if dataset.task == "binary":
        return {"loss": "binary_crossentropy", "metrics": ["accuracy"]}
    return {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
