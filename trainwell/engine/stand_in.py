"""Stand in for a function while a program is traced, and leave no trace afterwards.

Several threads may trace at once. The stand-in is put in by the first of them and taken out by the last, so it must
itself ask whether the calling thread is concerned. What others put in its place in the meantime stays.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ABSENT = object()  # the owner has none of its own: it comes from its class
_lock = threading.Lock()
_standing: dict[tuple[int, str], _Place] = {}


@contextmanager
def stand_in(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Iterator[None]:
    """While it is open, `owner.name` is `make(owner.name)`.

    Args:
        owner: a module, a class or an object; an object's own way to set attributes is passed by.
        name: of the function.
        make: takes the function and gives the one that stands in for it. Called once however many are open.
    """
    key = (id(owner), name)
    with _lock:
        place = _standing.get(key)
        if place is None:
            place = _standing[key] = _Place(owner, name)
            place.put(make(getattr(owner, name)))
        place.open += 1
    try:
        yield
    finally:
        with _lock:
            place.open -= 1
            if not place.open:
                del _standing[key]
                place.restore()


class _Place:
    """One attribute for which something stands in; it keeps its owner, and so its identity, alive."""

    def __init__(self, owner: Any, name: str) -> None:
        self.open = 0
        self._owner = owner
        self._name = name
        self._before = vars(owner).get(name, _ABSENT)
        # Keras's __setattr__ would look for variables and layers in what it is given.
        self._kind = type if isinstance(owner, type) else object

    def put(self, value: Any) -> None:
        self._put = value
        self._kind.__setattr__(self._owner, self._name, value)

    def restore(self) -> None:
        if vars(self._owner).get(self._name) is not self._put:
            return
        if self._before is _ABSENT:
            self._kind.__delattr__(self._owner, self._name)
        else:
            self.put(self._before)
