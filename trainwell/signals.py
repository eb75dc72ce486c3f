"""Every measurable quantity of a training, once: its name, its unit, where it is reduced, and how.

A Signal is plain data around one small function in `keras.ops`. The engine calls that function while it traces a
training step, on values that the step computes anyway. Reading a signal's name and unit needs neither Keras nor JAX.

Values come to it as a float32 block `(rows, units)`: of an output, each row is an example or a position in one, and
each column a unit or channel; a variable is one row of numbers. Arrays of different widths are laid side by side and
reduced at once, so a block may end in padding, columns of zeros, and beside it comes `real`: `(units,)`, 1.0 for each
column that counts and 0.0 for padding.

What float32 cannot hold is lost: a root mean square below about 1e-19 reads as 0 and one above 1e19 as infinite. Masked
time steps count like any others. Quantities that need the whole data set (units that never fire, recall by class) are
not measured within a step and have no place here.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trainwell.activations import ACTIVATIONS
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Of = Literal["loss", "learning_rate", "gradients", "gradient", "weight", "update", "output"]

WHOLE_MODEL = ""  # where a signal of the loss, the learning rate or all gradients together is reduced
_WHOLE = ("loss", "learning_rate", "gradients")
_ENDS = {entry.name: (entry.low, entry.high) for entry in ACTIVATIONS.values() if entry.has_two_tails}


@dataclass(frozen=True)
class Signal:
    """One measurable quantity.

    Args:
        name: as it is called in a Run, such as `"gradient_rms"`.
        unit: of its values, such as `"share of units"`; `""` where they have the unit of what is reduced.
        of: what is reduced. The whole model: `"loss"` (the batch's own), `"learning_rate"`, `"gradients"` (of all
            variables together). Each trainable variable: its `"gradient"` (before clipping, loss scale taken out), its
            `"weight"` before the step, and its `"update"`, which is all that the step did to it: 0 where gradients were
            only accumulated. Each call of each layer: its `"output"`.
        doc: one line on what it says.
        reduce: gives an array of `shape`. Takes one number for the loss and the learning rate; a list of blocks for
            `"gradients"`; `(block, real)` for a variable or an output.
        shape: of each reading.
        activations: Keras's names of those whose outputs it is meant for, and which `reduce` is then given as a third
            argument; empty for all outputs.
    """

    name: str
    unit: str
    of: Of
    doc: str
    reduce: Callable[..., Any]
    shape: tuple[int, ...] = ()
    activations: tuple[str, ...] = ()

    @property
    def is_of_whole_model(self) -> bool:
        """Whether there is one reading a step, where others have one for each variable or layer."""
        return self.of in _WHOLE


def named(names: Iterable[str]) -> tuple[Signal, ...]:
    """The signals of these names, in the order of the catalogue.

    Raises:
        InputError: there is no signal of a name.

    Example:
    >>> [signal.unit for signal in named(["output_zero_units"])]
    ['share of units']
    """
    wanted = set(names)
    known = {signal.name for signal in SIGNALS}
    if unknown := sorted(wanted - known):
        raise InputError(
            f"There is no signal {unknown[0]!r}; there are {', '.join(sorted(known))}.", "Choose among these names."
        )
    return tuple(signal for signal in SIGNALS if signal.name in wanted)


def tail_share(near: float = 0.05) -> Signal:
    """The share of outputs in the tails of their activation, where its slope has all but vanished.

    For tanh, sigmoid and their like: the share of outputs within `near / 2` of the range from either of its ends; for
    tanh and `near=0.05`, those beyond ±0.95. For softmax: the share of rows whose largest probability exceeds
    `1 - near`. No reading for activations without two tails.

    Args:
        near: the part of the range that counts as tails, in (0, 1).
    """
    if not 0 < near < 1:
        raise InputError(
            f"near={near} was given, and a part of the activation's range in (0, 1) was expected.", "Try near=0.05."
        )
    return Signal(
        "output_tail_share",
        "share",
        "output",
        "Share of outputs in the tails of their activation.",
        functools.partial(_share_in_tails, near=near),
        activations=(*_ENDS, "softmax"),
    )


def output_zero_share() -> Signal:
    """The share of a layer's outputs that are exactly 0, of whatever units: about half behind a fresh ReLU."""
    return Signal("output_zero_share", "share", "output", "Share of a layer's outputs that are exactly 0.", _zero_share)


def _value(value: Any) -> Any:
    return value


def _norm(blocks: list[Any]) -> Any:
    ops = _ops()
    return ops.sqrt(sum((ops.sum(ops.square(block)) for block in blocks), start=0.0))


def _rms(block: Any, real: Any) -> Any:
    ops = _ops()
    return ops.sqrt(_share(ops.square(block), real))


def _zero_share(block: Any, real: Any) -> Any:
    ops = _ops()
    return _share(ops.cast(ops.equal(block, 0.0), "float32") * real, real)


def _mean(block: Any, real: Any) -> Any:
    return _share(block, real)


def _deviation(block: Any, real: Any) -> Any:
    ops = _ops()
    return ops.sqrt(_share(ops.square(block - _share(block, real)) * real, real))


def _unit_deviation(block: Any, real: Any) -> Any:
    ops = _ops()
    means = ops.mean(block, axis=0, keepdims=True)
    return ops.sqrt(_share(ops.square(block - means), real))


def _largest(block: Any, _real: Any) -> Any:
    ops = _ops()
    return ops.max(ops.abs(block))


def _non_finite(block: Any, _real: Any) -> Any:
    ops = _ops()
    return ops.sum(ops.cast(ops.logical_not(ops.isfinite(block)), "float32"))


def _zero_units(block: Any, real: Any) -> Any:
    ops = _ops()
    return _zero_share(ops.max(ops.abs(block), axis=0, keepdims=True), real)


def _share_in_tails(block: Any, real: Any, activation: str, *, near: float) -> Any:
    ops = _ops()
    if activation == "softmax":  # padding, being 0, is never the largest
        return ops.mean(ops.cast(ops.max(block, axis=-1) > 1 - near, "float32"))
    low, high = _ENDS[activation]
    margin = near / 2 * (high - low)
    tails = ops.logical_or(block < low + margin, block > high - margin)
    return _share(ops.cast(tails, "float32") * real, real)


def _share(block: Any, real: Any) -> Any:
    """The mean of a block whose padding is 0."""
    ops = _ops()
    return ops.sum(block) / (block.shape[0] * ops.sum(real))


def _ops() -> Any:
    from keras import ops  # noqa: PLC0415 -- two seconds that reading a signal's name need not wait for

    return ops


SIGNALS = (
    Signal("loss", "", "loss", "Loss of the step's own batch.", _value),
    Signal("learning_rate", "per step", "learning_rate", "Learning rate of the step.", _value),
    Signal("gradient_norm", "", "gradients", "Norm of all gradients together, before clipping.", _norm),
    Signal("gradient_rms", "", "gradient", "Root mean square of a variable's gradient, before clipping.", _rms),
    Signal(
        "gradient_zero_share", "share", "gradient", "Share of a variable's gradient that is exactly 0.", _zero_share
    ),
    Signal("weight_rms", "", "weight", "Root mean square of a variable before the step.", _rms),
    Signal("update_rms", "", "update", "Root mean square of what the step added to a variable.", _rms),
    Signal("output_mean", "", "output", "Mean of a layer's outputs over the batch.", _mean),
    Signal("output_deviation", "", "output", "Standard deviation of a layer's outputs over the batch.", _deviation),
    Signal(
        "output_unit_deviation",
        "",
        "output",
        "Deviation of a unit's outputs from its own mean over the batch, root mean square over the units.",
        _unit_deviation,
    ),
    Signal("output_largest", "", "output", "Largest magnitude among a layer's outputs.", _largest),
    Signal("output_non_finite", "outputs", "output", "Outputs of a layer that are NaN or infinite.", _non_finite),
    Signal(
        "output_zero_units", "share of units", "output", "Share of units that are 0 on the whole batch.", _zero_units
    ),
    tail_share(),
)
