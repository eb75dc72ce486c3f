"""Copies of one model that take each step together, as one program over stacked values.

For devices that a single copy leaves mostly idle. On a CPU it saves nothing that threads do not save better, except for
very small nets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.engine import compat, state
from trainwell.engine.program import StepProgram

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import keras

    from trainwell.engine.feeds import FeedPart
    from trainwell.engine.feeds.array_feed import ArrayFeed
    from trainwell.engine.interrupt import Interrupt
    from trainwell.progress import ProgressStage


class VmappedCopies:
    """The copies' programs and data.

    Args:
        model: the architecture, compiled and built.
        feeds: the training data of each copy: the same arrays, each in its own order.
        held_out: the validation data of all.
        interrupt: whether Ctrl-C was pressed.
        same_order: whether all copies see their rows in the same order, so that a batch is gathered once for all.
    """

    def __init__(
        self,
        model: keras.Model,
        feeds: Sequence[ArrayFeed],
        held_out: ArrayFeed | None,
        interrupt: Interrupt,
        *,
        same_order: bool,
    ) -> None:
        self._feeds = feeds
        self._copies = len(feeds)
        self._held_out = held_out
        self._interrupt = interrupt
        self._same_order = same_order
        self._train = StepProgram(self._abreast(model.train_step, shared=same_order), exact=False)
        self._test = StepProgram(self._abreast(model.test_step, shared=True), exact=False)
        self._fresh = [np.stack([np.asarray(v.value)] * self._copies) for v in model.metrics_variables]

    def train(
        self, values: Sequence[Any], epochs: int, progress: ProgressStage
    ) -> list[tuple[Any, dict[str, list[float]]]]:
        """Each copy's values after `epochs` epochs, and its history.

        Args:
            values: the training state of each copy.
            epochs: number of epochs.
            progress: the stage whose parts the epochs are.
        """
        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *values)
        histories: list[dict[str, list[float]]] = [{} for _ in values]
        held_out = self._held_out
        for _ in range(epochs):
            stacked, logs = state.epoch_from(
                stacked,
                self._fresh,
                lambda values: self._pass(self._train, self._parts(), values),
                held_out and (lambda values: self._pass(self._test, held_out.epoch(), values)),
            )
            for copy, history in enumerate(histories):
                readable = compat.pythonify_logs({name: entries[copy] for name, entries in logs.items()})
                for name, value in readable.items():
                    history.setdefault(name, []).append(value)
            progress.advance()
        return [
            (jax.tree.map(lambda leaf, copy=copy: leaf[copy], stacked), history)
            for copy, history in enumerate(histories)
        ]

    def _pass(self, program: StepProgram, parts: Iterator[FeedPart], values: Any) -> tuple[Any, dict[str, np.ndarray]]:
        """The values after one pass, and the last step's logs, each `(copies, ...)`."""
        logs: dict[str, np.ndarray] = {}
        for part in parts:
            values, logs = program(values, part)
            self._interrupt.check()
        return values, {name: entries[-1] for name, entries in logs.items()}

    def _parts(self) -> Iterator[FeedPart]:
        """One epoch: batches for all copies at once, or those of each copy one after the other within a batch."""
        orders = [feed.order.epoch() for feed in self._feeds]
        feed, size = self._feeds[0], self._feeds[0].order.batch_size
        if self._same_order:
            return feed.parts(orders[0])
        full = len(orders[0]) // size * size
        together = np.stack([order[:full].reshape(-1, size) for order in orders], axis=1).ravel()
        rest = np.concatenate([order[full:] for order in orders])
        return feed.parts(np.concatenate([together, rest]), batch_size=size * self._copies)

    def _abreast(self, step: Callable[..., Any], *, shared: bool) -> Callable[..., Any]:
        def steps(values: Any, batch: Any) -> tuple[Any, Any]:
            if not shared:
                batch = jax.tree.map(lambda leaf: leaf.reshape(self._copies, -1, *leaf.shape[1:]), batch)
            return jax.vmap(step, in_axes=(0, None if shared else 0))(values, batch)

        return steps
