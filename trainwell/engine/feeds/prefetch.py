"""An iterator that runs ahead on a thread of its own."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
_JOIN_SECONDS = 2.0  # a source that blocks for longer is left behind; its thread ends with the process
_END = object()


def prefetched(items: Iterable[T]) -> Iterator[T]:
    """The same items, the next one being made while the present one is used; never more than one ahead.

    What `items` raises is raised here, after the items before it. When the consumer stops early, the thread ends with
    the item that it is making.

    Args:
        items: is iterated on another thread.
    """
    made: queue.Queue[Any] = queue.Queue()
    wanted = threading.Semaphore(1)
    stopped = threading.Event()
    thread = threading.Thread(
        target=_work, args=(iter(items), made, wanted, stopped), name="trainwell-prefetch", daemon=True
    )
    thread.start()
    try:
        while True:
            item, error = made.get()
            if error is not None:
                raise error
            if item is _END:
                return
            wanted.release()
            yield item
            del item  # or this frame would hold it while the next one is awaited
    finally:
        stopped.set()
        wanted.release()
        thread.join(_JOIN_SECONDS)


def _work(items: Iterator[Any], made: queue.Queue[Any], wanted: threading.Semaphore, stopped: threading.Event) -> None:
    """Makes the items, until they end, fail, or nobody wants them any more."""
    try:
        while wanted.acquire() and not stopped.is_set():
            made.put((next(items, _END), None))
    except BaseException as error:  # noqa: BLE001 -- raised again on the consumer's thread
        made.put((_END, error))
