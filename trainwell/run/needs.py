"""What a rule needs a Run to hold, named as text: `"data.inputs"`, `"signal:loss"`, `"experiment:references"`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.errors import InputError
from trainwell.run.experiments import ExperimentsRecord
from trainwell.run.probes import ProbesRecord
from trainwell.run.run import Run
from trainwell.run.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_recorded(run: Run, need: str) -> bool:
    """Return True if a Run holds what is needed.

    Args:
        run: to look into.
        need: path of a value or a section, as `"fit.steps"` or `"fit"`; `"signal:NAME"`, for which a signal of any
            layer does; `"probe:NAME"`; or `"experiment:NAME"`.

    Example:
    >>> run = Run.from_plain({"fit": {"steps": 3}})
    >>> [is_recorded(run, need) for need in ("fit.steps", "fit.epochs", "signal:loss", "probe:rates")]
    [True, False, False, False]
    """
    kind, _, name = need.rpartition(":")
    if kind == "signal":
        return name in run.signals or any(key.startswith(f"{name}/") for key in run.signals)
    if kind == "probe":
        return getattr(run.probes, name) is not None
    if kind == "experiment":
        return getattr(run.experiments, name) is not None
    value: object = run
    for key in name.split("."):
        value = getattr(value, key)
        if value is None or (isinstance(value, Section) and value.is_empty):
            return False
    return True


def check_needs(needs: Iterable[str]) -> None:
    """Check that a Run can hold what is needed; names of signals are free.

    Raises:
        InputError: a Run never holds it.
    """
    for need in needs:
        kind, _, name = need.rpartition(":")
        sections = {"probe": ProbesRecord, "experiment": ExperimentsRecord}
        known = name in sections[kind].__struct_fields__ if kind in sections else kind == "signal" or None
        if known is None:
            known = _has(Run(), *name.split("."))
        if not known:
            raise InputError(
                f"No Run holds {need!r}.",
                'Name a value of a section, as "fit.steps", a signal, as "signal:loss", or a probe, as "probe:rates", '
                'or an experiment, as "experiment:references".',
            )


def _has(section: object, name: str, *below: str) -> bool:
    """Return True if a section has a value of that name, and that one of the names below, as far as it has any."""
    if not isinstance(section, Section) or name not in section.__struct_fields__:
        return False
    value = getattr(section, name)
    return not below or value is None or _has(value, *below)
