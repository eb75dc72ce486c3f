"""A signal layer by layer, in the order in which the model calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainwell.run.run import Run
    from trainwell.run.series import Series

_ARRANGES = ("Flatten", "Reshape", "Permute")  # their outputs are not read: they are those of what feeds them
_ROUNDING = 1e-6  # of the largest output: less is float32's rounding


def by_place(run: Run, signal: str) -> dict[str, Series]:
    """By place, in the order of the calls: `"output_mean"` over steps, `"inference/output_mean"` over epochs.

    Args:
        run: a Run.
        signal: its name.
    """
    found = {
        name.removeprefix(f"{signal}/"): each for name, each in run.signals.items() if name.startswith(f"{signal}/")
    }
    return _in_order(run, found)


def by_variable(run: Run, signal: str, variable: str = "kernel") -> dict[str, Series]:
    """The same for one kind of variable: by the place of the layer that owns it.

    Args:
        run: a Run.
        signal: such as `"gradient_rms"`.
        variable: the variable's own name.
    """
    found: dict[str, Series] = {}
    for place, series in by_place(run, signal).items():
        layer, _, name = place.rpartition("/")
        if name == variable:
            found[layer] = series
    return _in_order(run, found)


def is_constant(run: Run, place: str | None, at: int = 0) -> bool:
    """Whether what leaves a place is the same for all rows that were looked at; not known counts as no.

    Args:
        run: a Run.
        place: of a call, or `"@x"` for the model's input x.
        at: number of the look: 0 before the first step, -1 at the end.
    """
    if place is None:
        return False
    if place.startswith("@"):
        given = run.data.inputs or ()
        found = [each for each in given if f"@{each.name or 'x'}" == place and each.kind == "number"]
        return bool(found) and found[0].constant_features == (found[0].shape or [1])[-1]
    call = next((each for each in run.model.calls or () if each.place == place), None)
    if call is not None and call.layer_class in _ARRANGES:
        return len(call.inputs) == 1 and is_constant(run, call.inputs[0], at)
    spread = run.signals.get(f"inference/output_unit_deviation/{place}")
    largest = run.signals.get(f"inference/output_largest/{place}")
    return spread is not None and largest is not None and bool(spread.values[at] <= _ROUNDING * largest.values[at])


def _in_order(run: Run, found: dict[str, Series]) -> dict[str, Series]:
    order = {call.place: number for number, call in enumerate(run.model.calls or ())}
    return dict(sorted(found.items(), key=lambda each: order.get(each[0], len(order))))
