"""Layers that begin in the same way, for the remedies that change how weights are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import graph_of, path_of
from trainwell.remedies.hidden import class_of, families, hidden_layers, with_initializers
from trainwell.remedies.remedy import NoRemedy

if TYPE_CHECKING:
    from trainwell.edits import Edit
    from trainwell.remedies.remedy import Case
    from trainwell.run.model import CallRecord

_STATIC = {"constant-initialization", "mismatched-initializer"}


def layers_that_begin_alike(case: Case) -> list[CallRecord]:
    """The layers that the finding names and all whose kernel is drawn as theirs; all hidden ones for other findings.

    Raises:
        NoRemedy: none of them can be edited.
    """
    if case.finding.rule.name not in _STATIC:
        return hidden_layers(case, recurrent=True)
    weighted: dict[str, CallRecord] = {}
    for call in graph_of(case).weighted:
        if call.of_keras and "kernel_initializer" in call.config:
            weighted.setdefault(path_of(call), call)
    named = [call for path, call in weighted.items() if path in case.places]
    kinds = {_drawn(call) for call in named}
    found = [call for call in weighted.values() if _drawn(call) in kinds]
    if not found:
        raise NoRemedy("the layers that are named have no initializer that could be edited")
    return found


def suited(case: Case, family: str) -> tuple[Edit, ...]:
    """Edits that give these layers the initializers that suit their activations.

    Args:
        case: of the finding.
        family: that at least one of the activations must ask for: `"he"`, `"lecun"` or `"glorot"`.

    Raises:
        NoRemedy: none does.
    """
    calls = layers_that_begin_alike(case)
    if family not in families(case, calls):
        raise NoRemedy("no layer's activation asks for it")
    return with_initializers(case, calls)


def _drawn(call: CallRecord) -> str:
    told = call.config["kernel_initializer"]
    settings = told.get("config") if isinstance(told, dict) else None
    plain = {name: value for name, value in settings.items() if name != "seed"} if isinstance(settings, dict) else {}
    return f"{class_of(told)} {sorted(plain.items())}"
