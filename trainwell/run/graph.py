"""The model as it is called: which call feeds which, and what each one is."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainwell.run.layer_kinds import ARRANGING, DROPOUTS, NORMALIZATIONS, RECURRENT
from trainwell.run.missing import NotMeasured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.activations import Activation
    from trainwell.run.model import CallRecord
    from trainwell.run.run import Run


@dataclass(frozen=True)
class Graph:
    """All calls in their order, and where the outputs come from.

    Args:
        calls: each after those that feed it.
        outputs: name of each output and the place it comes from.
        kind: `"Sequential"`, `"Functional"` or `"subclassed"`.
    """

    calls: tuple[CallRecord, ...]
    outputs: dict[str, str | None]
    kind: str

    @classmethod
    def of(cls, run: Run) -> Graph:
        """The graph of a Run's model.

        Raises:
            NotMeasured: the Run does not tell it.
        """
        if run.model.calls is None:
            raise NotMeasured("the Run does not tell how the model's layers are called")
        outputs = {each.name: each.place for each in run.model.outputs or ()}
        return cls(tuple(run.model.calls), outputs, run.model.kind or "")

    @functools.cached_property
    def _by_place(self) -> dict[str, CallRecord]:
        return {call.place: call for call in self.calls}

    @functools.cached_property
    def _position(self) -> dict[str, int]:
        return {call.place: number for number, call in enumerate(self.calls)}

    @functools.cached_property
    def _followers(self) -> dict[str, list[CallRecord]]:
        found: dict[str, list[CallRecord]] = {}
        for call in self.calls:
            for place in dict.fromkeys(call.inputs):
                if place is not None:
                    found.setdefault(place, []).append(call)
        return found

    def at(self, place: str | None) -> CallRecord | None:
        """The call at a place; `None` for an input of the model or what is not known."""
        return None if place is None else self._by_place.get(place)

    def feeding(self, call: CallRecord) -> list[CallRecord]:
        """The calls that feed this one."""
        return [found for found in map(self.at, call.inputs) if found is not None]

    def fed_by(self, call: CallRecord) -> list[CallRecord]:
        """The calls that take this one's output."""
        return list(self._followers.get(call.place, ()))

    def is_output(self, call: CallRecord) -> bool:
        """Whether its output is one of the model's."""
        return call.place in self.outputs.values()

    def behind(self, call: CallRecord) -> Iterator[CallRecord]:
        """The calls behind this one in a row, as long as each has one follower and is no output."""
        seen = {call.place}
        while not self.is_output(call):
            following = self.fed_by(call)
            if len(following) != 1 or following[0].place in seen:
                return
            call = following[0]
            seen.add(call.place)
            yield call

    def activation_behind(self, call: CallRecord) -> Activation | None:
        """The activation that a layer's outputs meet before other weights: its own, or that of a layer behind it.

        Normalization, dropout, pooling and rearrangement between are passed by. Linear where there is none, `None`
        where that is not known (a merge, an unknown function) or differs between several followers.
        """
        own = call.activation
        if call.kind in RECURRENT or own is None or own.name != "linear":
            return own
        met = self._met_by(call, own)
        return met.pop() if len(met) == 1 else None

    def _met_by(self, call: CallRecord, linear: Activation) -> set[Activation | None]:
        following = self.fed_by(call)
        found: set[Activation | None] = {linear} if self.is_output(call) else set()
        for each in following:
            if each.has_kernel:
                found.add(linear)
            elif each.is_activation and each.activation != linear:
                found.add(each.activation)
            elif each.is_activation or each.kind in NORMALIZATIONS | DROPOUTS | ARRANGING or "Pool" in each.kind:
                found |= self._met_by(each, linear)
            else:
                found.add(None)
        return found or {None}

    @property
    def weighted(self) -> list[CallRecord]:
        """Calls of layers with a kernel, in their order."""
        return [call for call in self.calls if call.has_kernel]

    @property
    def hidden(self) -> list[CallRecord]:
        """Calls of layers with a kernel whose outputs meet other weights later on."""
        return [call for call in self.weighted if any(each.has_kernel for each in self.after(call))]

    def after(self, call: CallRecord) -> Iterator[CallRecord]:
        """All calls that hang on this one's output, in their order, as far as that is known."""
        reached = {call.place}
        for each in self.calls[self._position[call.place] + 1 :]:
            if reached.intersection(place for place in each.inputs if place):
                reached.add(each.place)
                yield each

    def before(self, call: CallRecord) -> list[CallRecord]:
        """All calls on whose outputs this one's hang, in their order."""
        wanted = {place for place in call.inputs if place}
        found: list[CallRecord] = []
        for each in reversed(self.calls[: self._position[call.place]]):
            if each.place in wanted:
                found.append(each)
                wanted.update(place for place in each.inputs if place)
        return found[::-1]

    def takes_input(self, name: str) -> list[CallRecord]:
        """The calls that take the model's input of that name (`"x"` for a single one) directly."""
        return [call for call in self.calls if f"@{name}" in call.inputs]
