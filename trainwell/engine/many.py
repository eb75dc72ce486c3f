"""Many copies of one architecture, trained from one compiled program and one copy of the data.

The copies differ in their seed, their learning rate, or in what `build` is given. Each ends at the weights that
`tw.fit` gives from the same seed and rate, to float tolerance. On a CPU they run on threads, one to a core; on an
accelerator, where a small net leaves most of the device idle, they run as one program over all of them.

Not for callbacks: copies run to their last epoch. Not for data that are larger than memory: the copies share their
rows, so what comes in batches is read into memory first.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import jax
import keras
import numpy as np

from trainwell.engine import compat, compile_cache, state
from trainwell.engine.batches import collected, comes_in_batches, require_alone
from trainwell.engine.fallback import require_jax
from trainwell.engine.feeds import make_feed
from trainwell.engine.feeds.array_feed import ArrayFeed
from trainwell.engine.generators import preserve_rng
from trainwell.engine.interrupt import deferred_interrupt
from trainwell.engine.programs import Programs
from trainwell.engine.vmapped import VmappedCopies
from trainwell.errors import InputError
from trainwell.progress import ProgressStage, active, stage
from trainwell.report.progress import show_progress
from trainwell.report.wording import plural
from trainwell.run import FitRecord, Run, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainwell.engine.interrupt import Interrupt

How = Literal["auto", "threads", "vmap", "one after another"]


@dataclass
class Copy:
    """One of the copies, when it is trained.

    Args:
        seed: what it was built and its rows were shuffled from; `None`: the model's own values, rows as at the call.
        learning_rate: its learning rate; `None`: that of the optimizer.
        variant: what `build` was given.
        weights: as `model.get_weights()` would give them.
        history: by name, the values of all epochs, as in Keras's `History.history`.
    """

    seed: int | None
    learning_rate: float | None
    variant: dict[str, Any]
    weights: list[np.ndarray] = field(default_factory=list, repr=False)
    history: dict[str, list[float]] = field(default_factory=dict, repr=False)

    @property
    def run(self) -> Run:
        """The Run of this copy: its settings, and its history as signals."""
        signals = {
            f"validation/{name.removeprefix('val_')}" if name.startswith("val_") else f"train/{name}": Series.over(
                "epoch", values
            )
            for name, values in self.history.items()
        }
        fit = FitRecord(learning_rate=self.learning_rate, variant=dict(self.variant))
        return Run(fit=fit, seeds={} if self.seed is None else {"copy": self.seed}, signals=signals)


@compile_cache.kept()
def fit_many(
    build_or_model: keras.Model | Callable[..., keras.Model],
    x: Any,
    y: Any = None,
    *,
    seeds: Sequence[int] | None = None,
    learning_rates: Sequence[float] | None = None,
    variants: Sequence[dict[str, Any]] | None = None,
    batch_size: int | None = None,
    epochs: int = 1,
    validation_split: float = 0.0,
    validation_data: Any = None,
    shuffle: bool | str = True,
    class_weight: dict[int, float] | None = None,
    sample_weight: Any = None,
    steps_per_epoch: int | None = None,
    memory_limit: int | None = None,
    how: How = "auto",
    verbose: int | str = "auto",
) -> list[Copy]:
    """Trains a copy for each combination of variant, seed and learning rate; the model that is given stays as it is.

    Args:
        build_or_model: a function that returns a compiled model, called once for each variant and seed; or a compiled
            model. Seeds draw its weights anew, which needs a Sequential or Functional model: a subclassed one is
            given by its function.
        x: inputs `(rows, ...)`: an array, or a list or dictionary of arrays. Or a source of batches that ends, such as
            a `PyDataset`; one epoch of its rows is read into memory.
        y: targets `(rows, ...)`. Leave it out if `x` yields batches.
        seeds: one for each copy that starts from other weights and shuffles in another order.
        learning_rates: rates above 0, for optimizers without a schedule.
        variants: keyword arguments of `build`, such as `[{"units": 50}, {"units": 100}]`; one compilation each.
        batch_size: rows per step; 32 where not given.
        epochs: number of epochs.
        validation_split: share in [0, 1) of the last rows to keep for validation.
        validation_data: `(x, y)` or `(x, y, sample_weight)`.
        shuffle: `True`, `False` or `"batch"`.
        class_weight: weight by class number.
        sample_weight: weight of each row, `(rows,)`.
        steps_per_epoch: steps of an epoch; the next one goes on where it ended.
        memory_limit: bytes of the device's memory that data may take.
        how: `"threads"`, `"vmap"` (all copies in one program), `"one after another"`, or `"auto"`.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and result, 0 is silent. All goes to standard error.

    Returns:
        The copies, in the order of `itertools.product(variants, seeds, learning_rates)`.

    Raises:
        InputError: there is nothing to vary, or it cannot be varied in this model; the message says which.
        ValueError: with Keras's own message, for whatever Keras rejects.

    Example:
    >>> import keras, numpy as np, trainwell as tw
    >>> def build():
    ...     model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    ...     model.compile(keras.optimizers.SGD(0.1), "mse")
    ...     return model
    >>> x = np.linspace(-1, 1, 256, dtype="float32")[:, None]
    >>> copies = tw.fit_many(build, x, 3 * x + 1, seeds=[1, 2], learning_rates=[0.001, 0.1], epochs=20)
    >>> [(copy.seed, copy.learning_rate, round(copy.history["loss"][-1], 2)) for copy in copies][1::2]
    [(1, 0.1, 0.0), (2, 0.1, 0.0)]
    """
    require_jax("tw.fit_many")
    if how not in {"auto", "threads", "vmap", "one after another"}:
        raise InputError(f"how={how!r} is not known.", "Give 'auto', 'threads', 'vmap' or 'one after another'.")
    for name, values in (("variants", variants), ("seeds", seeds), ("learning_rates", learning_rates)):
        if values is not None and len(values) == 0:
            raise InputError(f"{name} is empty.", f"Give at least one value, or leave {name} out.")
    all_seeds = [None] if seeds is None else [int(seed) for seed in seeds]
    all_rates = [None] if learning_rates is None else [float(rate) for rate in learning_rates]
    if variants is not None and isinstance(build_or_model, keras.Model):
        raise InputError("variants need a function to be given to.", "Pass a function that builds the model.")
    x, y, sample_weight, batch_size, steps_per_epoch = _in_memory(x, y, sample_weight, batch_size, steps_per_epoch)
    if comes_in_batches(validation_data):
        validation_data, _ = collected(validation_data, name="validation_data")
    if validation_split and validation_data is None:
        (x, y, sample_weight), validation_data = compat.validation_split(x, y, sample_weight, validation_split)
    common = {"shuffle": shuffle, "memory_limit": memory_limit, "batch_size": batch_size}
    feed = _arrays(make_feed(x, y, sample_weight, class_weight=class_weight, steps_per_epoch=steps_per_epoch, **common))
    held_out = None
    if validation_data is not None:
        x, y, sample_weight = compat.unpack(validation_data)
        held_out = _arrays(make_feed(x, y, sample_weight, **{**common, "shuffle": False}))
    copies: list[Copy] = []
    all_variants: Sequence[dict[str, Any]] = [{}] if variants is None else variants
    number = plural(len(all_variants) * len(all_seeds) * len(all_rates), "copy of the model", "copies of the model")
    with (
        show_progress(verbose),
        stage("" if active().stages else f"Training {number}", len(all_variants)),
        preserve_rng(),
        deferred_interrupt() as interrupt,
    ):
        for variant in all_variants:
            group = _Group(build_or_model, variant, feed, held_out, interrupt)
            with stage("", epochs, counter="epoch") as progress:
                for seed, rate in itertools.product(all_seeds, all_rates):
                    group.add(seed, rate)
                copies += group.train(epochs, how, progress)
    return copies


def _in_memory(x: Any, y: Any, sample_weight: Any, batch_size: int | None, steps: int | None) -> tuple[Any, ...]:
    """Return `x`, `y`, `sample_weight`, `batch_size` and `steps_per_epoch`; of batches, the rows of an epoch."""
    if not comes_in_batches(x):
        return x, y, sample_weight, batch_size, steps
    require_alone(y=y, sample_weight=sample_weight)
    rows, own_size = collected(x, steps)
    return (*compat.unpack(rows), batch_size or own_size, None)


def _arrays(feed: Any) -> ArrayFeed:
    if not isinstance(feed, ArrayFeed):
        raise InputError(
            "fit_many needs arrays of dense numbers.",
            "Pass NumPy arrays, or a memory-mapped file.",
        )
    return feed


class _Group:
    """The copies of one variant: one compiled program for all of them.

    Args:
        build_or_model: as given.
        variant: keyword arguments for it.
        feed: the training data.
        held_out: the validation data.
        interrupt: whether Ctrl-C was pressed.
    """

    def __init__(
        self,
        build_or_model: Any,
        variant: dict[str, Any],
        feed: ArrayFeed,
        held_out: ArrayFeed | None,
        interrupt: Interrupt,
    ) -> None:
        self._given = build_or_model
        self._variant = variant
        self._feed = feed
        self._held_out = held_out
        self._interrupt = interrupt
        self._model: keras.Model | None = None
        self._copies: list[tuple[Copy, Any, ArrayFeed]] = []
        self._drawn: dict[int | None, tuple[Any, Any]] = {}

    def add(self, seed: int | None, rate: float | None) -> None:
        """One more copy; the values that it starts from are drawn once for each seed."""
        if seed not in self._drawn:
            model = self._build(seed)
            self._model = self._model or model
            self._drawn[seed] = state.copy(state.train_state(model)), np.random.get_state()  # noqa: NPY002
        values, generator_state = self._drawn[seed]
        values = state.copy(values)
        if rate is not None:
            if not rate > 0:
                raise InputError(f"The learning rate {rate} is not above 0.", "Give rates above 0.")
            values = state.with_learning_rate(self._model.optimizer, values, rate)  # type: ignore[union-attr]
        generator = np.random.RandomState()
        generator.set_state(generator_state)
        self._copies.append((Copy(seed, rate, self._variant), values, self._feed.drawing_from(generator)))

    def _build(self, seed: int | None) -> keras.Model:
        if seed is not None:
            keras.utils.set_random_seed(seed)
        if not isinstance(self._given, keras.Model):
            model = self._given(**self._variant)
        elif seed is None:
            model = self._given
        else:
            model = _cloned(self._given)
        if not isinstance(model, keras.Model) or not model.compiled:
            raise InputError(
                f"The copies need a compiled Keras model; there is {model!r}.", "Call compile() in the function."
            )
        self._feed.build(model)
        return model

    def train(self, epochs: int, how: How, progress: ProgressStage) -> list[Copy]:
        """Trains all copies, and leaves the model at the values that it had."""
        model = self._model
        assert model is not None  # noqa: S101 -- add() was called
        model.reset_metrics()
        before = state.copy(state.train_state(model))
        chosen = _chosen(how, len(self._copies))
        try:
            if chosen == "vmap":
                feeds = [feed for _, _, feed in self._copies]
                same_order = len(self._drawn) == 1
                abreast = VmappedCopies(model, feeds, self._held_out, self._interrupt, same_order=same_order)
                trained = abreast.train([values for _, values, _ in self._copies], epochs, progress)
            else:
                threads = os.cpu_count() or 1 if chosen == "threads" else 1
                trained = self._train_on_threads(epochs, threads, progress)
            for (copy, _, _), (values, history) in zip(self._copies, trained, strict=True):
                state.give_back_train(model, values)
                model.optimizer.finalize_variable_values(model.trainable_weights)
                copy.weights, copy.history = model.get_weights(), history
        finally:
            state.give_back_train(model, before)
        return [copy for copy, _, _ in self._copies]

    def _train_on_threads(self, epochs: int, threads: int, progress: ProgressStage) -> list[Any]:
        def told() -> None:
            progress.advance(1 / len(self._copies))

        trainer = _Trainer(self._model, self._held_out, self._interrupt, told)  # type: ignore[arg-type] -- set by add()
        (_, first, feed), *others = self._copies
        trained = [trainer.train(first, feed, min(1, epochs))]  # alone in its first epoch, which compiles for all
        with ThreadPoolExecutor(threads) as pool:
            rest = pool.submit(trainer.train, trained[0][0], feed, epochs, trained[0][1])
            futures = [rest, *(pool.submit(trainer.train, values, feed, epochs) for _, values, feed in others)]
            return [future.result() for future in futures]


class _Trainer:
    """Trains one copy after the other, or several at once on threads of the caller's."""

    def __init__(
        self, model: keras.Model, held_out: ArrayFeed | None, interrupt: Interrupt, told: Callable[[], None]
    ) -> None:
        self._told = told  # called after each epoch of each copy, in any thread
        self._programs = Programs.of(model, exact=False)
        self._fresh = [np.asarray(variable.value) for variable in model.metrics_variables]
        self._held_out = held_out
        self._interrupt = interrupt

    def train(
        self, values: Any, feed: ArrayFeed, epochs: int, history: dict[str, list[float]] | None = None
    ) -> tuple[Any, dict[str, list[float]]]:
        """The values after `epochs` epochs in all, and the history; goes on where a history has some already."""
        history = history or {}
        done = len(next(iter(history.values()), ()))
        held_out = self._held_out
        for _ in range(done, epochs):
            values, logs = state.epoch_from(
                values,
                self._fresh,
                lambda values: self._pass(self._programs.train, feed, values),
                held_out and (lambda values: self._pass(self._programs.test, held_out, values)),
            )
            for name, value in logs.items():
                history.setdefault(name, []).append(value)
            self._told()
        return values, history

    def _pass(self, program: Any, feed: ArrayFeed, values: Any) -> tuple[Any, dict[str, float]]:
        values = self._programs.folded(values)
        logs: dict[str, Any] = {}
        for part in feed.epoch():
            values, logs = program(values, part)
            self._interrupt.check()
        return self._programs.unfolded(values), compat.pythonify_logs(
            {name: entries[-1] for name, entries in logs.items()}
        )


def _chosen(how: How, copies: int) -> How:
    if how != "auto":
        return how
    if jax.default_backend() != "cpu":
        return "vmap"
    return "threads" if copies > 1 and (os.cpu_count() or 1) > 1 else "one after another"


def _cloned(model: keras.Model) -> keras.Model:
    """The same architecture with weights drawn anew, compiled in the same way."""
    try:
        clone = keras.models.clone_model(model)
        clone.compile_from_config(model.get_compile_config())
    except (ValueError, TypeError, NotImplementedError) as error:
        raise InputError(
            f"The weights of {type(model).__name__} cannot be drawn anew: {error}.",
            "Pass a function that builds and compiles the model.",
        ) from error
    return clone
