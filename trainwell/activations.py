"""Which initialiser suits which activation, and where each activation is flat: one table that everything else reads.

Plain data and three small look-ups; neither Keras nor numpy is loaded. Ranges and flat stretches are those of Keras's
default arguments: a `LeakyReLU(0.01)` or an `ELU(alpha=2)` is found under its name, not measured anew. Where the
literature says nothing about an activation, the table follows its shape: He for what cuts off the negative half, Glorot
for what is close to the identity around 0.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from typing import Any, Literal

from trainwell.errors import InputError

SATURATION_SLOPE = 0.05  # an activation is flat where its slope is smaller: 20 such layers leave 1e-26 of a gradient
_INF = math.inf

Family = Literal["he", "lecun", "glorot"]
Distribution = Literal["normal", "uniform"]


@dataclass(frozen=True)
class Activation:
    """What one activation asks of the layer before it, and its shape.

    Args:
        name: Keras's name for it, as in `Dense(100, activation="elu")`.
        title: as people write it: `"Leaky ReLU"`.
        family: of the matching initialisers: `"he"` (variance 2 / fan in), `"lecun"` (1 / fan in) or `"glorot"`
            (1 / mean of fan in and fan out).
        low: the lowest value it can give; `-inf` where there is none.
        high: the highest value it can give; `inf` where there is none.
        saturates: input intervals `(from, to)`, reaching to infinity or exactly flat, on which the magnitude of its
            slope is below `SATURATION_SLOPE`.
        source: where the matching initialiser, or else the activation, comes from.
        aliases: other names that Keras knows it by.
        layer: Keras's layer of its own, such as `"LeakyReLU"`; `""` where there is none.
        dropout: the dropout layer that keeps its outputs' mean and variance.
        elementwise: whether each output hangs on one input alone; softmax and its kin look at a whole row.
        by_name: whether `activation=name` works in a Keras layer.
    """

    name: str
    title: str
    family: Family
    low: float
    high: float
    saturates: tuple[tuple[float, float], ...]
    source: str
    aliases: tuple[str, ...] = ()
    layer: str = ""
    dropout: str = "Dropout"
    elementwise: bool = True
    by_name: bool = True

    @property
    def kernel_initializer(self) -> str:
        """Keras's name of the matching initialiser, drawn from a normal distribution: `"he_normal"`."""
        return f"{self.family}_normal"

    @property
    def has_two_tails(self) -> bool:
        """Whether it flattens on both sides of an input of 0, as sigmoid and tanh do and ReLU6 does not."""
        below = any(start == -_INF and end < 0 for start, end in self.saturates)
        above = any(start > 0 and end == _INF for start, end in self.saturates)
        return below and above


_GLOROT = 'Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010)'
_HE = 'He et al., "Delving deep into rectifiers", arXiv 1502.01852 (2015)'
_SELU = 'Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515 (2017)'
_ELU = 'Clevert et al., "Fast and accurate deep network learning by exponential linear units", arXiv 1511.07289 (2015)'
_SHAPE = "by its shape; the literature names none"


def _below(end: float) -> tuple[tuple[float, float], ...]:
    return ((-_INF, end),)


def _beyond(end: float) -> tuple[tuple[float, float], ...]:
    return ((-_INF, -end), (end, _INF))


_TABLE = (
    Activation("relu", "ReLU", "he", 0, _INF, _below(0), _HE, layer="ReLU"),
    Activation("leaky_relu", "Leaky ReLU", "he", -_INF, _INF, (), _HE, layer="LeakyReLU"),
    Activation("prelu", "PReLU", "he", -_INF, _INF, (), _HE, layer="PReLU", by_name=False),
    Activation("elu", "ELU", "he", -1, _INF, _below(-3.0), _ELU, layer="ELU"),
    Activation("selu", "SELU", "lecun", -1.7580993, _INF, _below(-3.56), _SELU, dropout="AlphaDropout"),
    Activation("tanh", "tanh", "glorot", -1, 1, _beyond(2.18), _GLOROT),
    Activation("sigmoid", "sigmoid", "glorot", 0, 1, _beyond(2.89), _GLOROT),
    Activation("softmax", "softmax", "glorot", 0, 1, (), _GLOROT, layer="Softmax", elementwise=False),
    Activation("linear", "linear", "glorot", -_INF, _INF, (), _GLOROT),
    Activation("gelu", "GELU", "he", -0.16997, _INF, _below(-2.35), "Hendrycks and Gimpel, arXiv 1606.08415 (2016)"),
    Activation(
        "silu",
        "SiLU (Swish)",
        "he",
        -0.27847,
        _INF,
        _below(-4.09),
        "Ramachandran et al., arXiv 1710.05941 (2017)",
        aliases=("swish",),
    ),
    Activation("mish", "Mish", "he", -0.30885, _INF, _below(-4.12), "Misra, arXiv 1908.08681 (2019)"),
    Activation("relu6", "ReLU6", "he", 0, 6, (*_below(0), (6, _INF)), _HE),
    Activation("celu", "CELU", "he", -1, _INF, _below(-3.0), "Barron, arXiv 1704.07483 (2017)"),
    Activation(
        "hard_silu",
        "hard SiLU",
        "he",
        -0.375,
        _INF,
        _below(-3.0),
        "Howard et al., arXiv 1905.02244 (2019)",
        aliases=("hard_swish",),
    ),
    Activation("softplus", "softplus", "he", 0, _INF, _below(-2.95), _SHAPE),
    Activation("squareplus", "squareplus", "he", 0, _INF, _below(-4.13), _SHAPE),
    Activation("sparse_plus", "sparse plus", "he", 0, _INF, _below(-0.9), _SHAPE),
    Activation("threshold", "threshold", "he", -_INF, _INF, (), _SHAPE, by_name=False),
    Activation("glu", "GLU", "he", -_INF, _INF, (), "Dauphin et al., arXiv 1612.08083 (2016)", elementwise=False),
    Activation("softsign", "softsign", "glorot", -1, 1, _beyond(3.48), _GLOROT),
    Activation("hard_tanh", "hard tanh", "glorot", -1, 1, _beyond(1), _SHAPE),
    Activation("hard_sigmoid", "hard sigmoid", "glorot", 0, 1, _beyond(3), _SHAPE),
    Activation("sparse_sigmoid", "sparse sigmoid", "glorot", 0, 1, _beyond(1), _SHAPE),
    Activation("log_sigmoid", "log sigmoid", "glorot", -_INF, 0, ((2.95, _INF),), _SHAPE),
    Activation("log_softmax", "log softmax", "glorot", -_INF, 0, (), _SHAPE, elementwise=False),
    Activation("sparsemax", "sparsemax", "glorot", 0, 1, (), _SHAPE, elementwise=False),
    Activation("exponential", "exponential", "glorot", 0, _INF, _below(-3.0), _SHAPE),
    Activation("tanh_shrink", "tanh shrink", "glorot", -_INF, _INF, (), _SHAPE),
    Activation("soft_shrink", "soft shrink", "glorot", -_INF, _INF, ((-0.5, 0.5),), _SHAPE),
    Activation("hard_shrink", "hard shrink", "glorot", -_INF, _INF, ((-0.5, 0.5),), _SHAPE),
)

ACTIVATIONS: dict[str, Activation] = {entry.name: entry for entry in _TABLE}

_BY_ANY_NAME = {name: entry for entry in _TABLE for name in (entry.name, entry.layer, *entry.aliases) if name}
_RELU6_CEILING = 6


def find_activation(thing: Any) -> Activation | None:
    """The entry of an activation that is given in any of the forms in which Keras takes or saves it.

    Args:
        thing: a name, a layer's class name, Keras's function, an activation layer, any layer with an `activation`, the
            saved form (a dict) of one of these, or `None`, which Keras reads as linear.

    Returns:
        The entry; `None` for what the table does not know, such as a function of your own, even one called `relu`.

    Example:
    >>> find_activation("swish").title, find_activation("LeakyReLU").kernel_initializer
    ('SiLU (Swish)', 'he_normal')
    >>> print(find_activation(lambda x: x))
    None
    """
    if thing is None:
        return ACTIVATIONS["linear"]
    if isinstance(thing, Activation):
        return thing
    if isinstance(thing, str):
        return _BY_ANY_NAME.get(thing)
    if isinstance(thing, dict):
        return _of_saved(thing)
    if isinstance(thing, type) or not _is_of_keras(thing):
        return None if isinstance(thing, type) else _of_settings(_settings(thing))
    name = getattr(thing, "__name__", None)  # functions have one, layers have not
    return _BY_ANY_NAME.get(name) if isinstance(name, str) else _of_layer(type(thing).__name__, _settings(thing))


def initializer_for(activation: Any, *, distribution: Distribution = "normal") -> str:
    """Keras's name of the initialiser that suits an activation.

    He (variance 2 / fan in) for ReLU and its kin, LeCun (1 / fan in) for SELU, Glorot (2 / (fan in + fan out)) for
    tanh, sigmoid, softmax and linear: each keeps the variance of signals or gradients from layer to layer.

    Args:
        activation: as in `find_activation`.
        distribution: `"normal"` (truncated at two deviations) or `"uniform"`, of the same variance.

    Raises:
        InputError: the activation is not in the table, or there is no such distribution.

    Example:
    >>> initializer_for("elu"), initializer_for("selu"), initializer_for("tanh", distribution="uniform")
    ('he_normal', 'lecun_normal', 'glorot_uniform')

    Source: the papers named by each entry; Géron, "Hands-On Machine Learning" (3rd edition), table 11-1.
    """
    if distribution not in {"normal", "uniform"}:
        raise InputError(
            f"distribution={distribution!r} was given, and 'normal' or 'uniform' was expected.",
            "Choose one of the two.",
        )
    entry = find_activation(activation)
    if entry is None:
        raise InputError(f"activation={activation!r} is not an activation that Keras has.", _suggestion(activation))
    return f"{entry.family}_{distribution}"


def _suggestion(activation: Any) -> str:
    if not isinstance(activation, str):
        return (
            "Choose the initialiser of an activation of your own by its shape: he_normal where it cuts off negatives."
        )
    close = difflib.get_close_matches(activation.lower(), [name.lower() for name in _BY_ANY_NAME], n=3)
    names = sorted({_LOWER[name].name for name in close})
    return f"Did you mean {' or '.join(map(repr, names))}?" if names else f"Choose one of {', '.join(ACTIVATIONS)}."


_LOWER = {name.lower(): entry for name, entry in _BY_ANY_NAME.items()}


def _of_saved(saved: dict[str, Any]) -> Activation | None:
    """Of the form that `keras.saving.serialize_keras_object` gives, or of a layer's own `get_config()`."""
    config = saved.get("config", saved)
    if isinstance(config, str):
        return _BY_ANY_NAME.get(config)
    kind = saved.get("class_name")
    if kind is None or saved.get("registered_name"):  # Keras gives its own layers no registered name
        return _of_settings(config)
    return _of_layer(kind, config)


def _of_layer(kind: str, settings: dict[str, Any]) -> Activation | None:
    """Of one of Keras's layers, or of an operation such as `keras.ops.leaky_relu` in a Functional model."""
    if kind == "ReLU" and settings.get("negative_slope"):
        return ACTIVATIONS["leaky_relu"]
    if kind == "ReLU" and settings.get("max_value") == _RELU6_CEILING:
        return ACTIVATIONS["relu6"]
    if kind in _BY_ANY_NAME:
        return _BY_ANY_NAME[kind]
    return _of_settings(settings) or ACTIVATIONS.get(re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower())


def _of_settings(settings: dict[str, Any]) -> Activation | None:
    return find_activation(settings["activation"]) if "activation" in settings else None


def _settings(thing: Any) -> dict[str, Any]:
    """The settings of a live layer or operation on which its activation hangs."""
    names = ("activation", "negative_slope", "max_value")
    return {name: getattr(thing, name) for name in names if hasattr(thing, name)}


def _is_of_keras(thing: Any) -> bool:
    return (getattr(thing, "__module__", None) or "").split(".")[0] == "keras"
