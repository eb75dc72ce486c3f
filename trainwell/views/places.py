"""A signal layer by layer, in the order in which the model calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainwell.run import Run, Series


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


def _in_order(run: Run, found: dict[str, Series]) -> dict[str, Series]:
    model: dict[str, Any] = run.facts.get("model") or {}
    calls: list[dict[str, Any]] = model.get("calls") or []
    order = {call["place"]: number for number, call in enumerate(calls)}
    return dict(sorted(found.items(), key=lambda each: order.get(each[0], len(order))))
