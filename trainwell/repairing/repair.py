"""`tw.repair`: diagnose, try the remedies, accept on evidence, return a model that trains."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, Any

from trainwell.diagnosis.diagnose import checked_budget
from trainwell.edits import StopEarly, edited
from trainwell.engine import compile_cache, require_jax
from trainwell.errors import InputError
from trainwell.experiments.proposals import NOTHING
from trainwell.experiments.scoring import choose_metric
from trainwell.progress import stage
from trainwell.recording import built
from trainwell.repairing.bootstrap import evidence_of
from trainwell.repairing.loop import go_round
from trainwell.repairing.recorded import train
from trainwell.repairing.refine import finish
from trainwell.repairing.result import Repair, Score
from trainwell.repairing.state import State
from trainwell.repairing.trail import Trail
from trainwell.report.progress import show_progress
from trainwell.rules import selected
from trainwell.training_spec import TrainingSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import keras

    from trainwell.repairing.recorded import RecordedTraining
    from trainwell.repairing.result import Outcome, Proof, Trial

_LARGEST_SEED = 2**32 - 1
_RESERVOIR = 50_000  # rows kept of data that come in batches: trials, folds and held-out rows need rows apart


@compile_cache.kept()
def repair(
    model: keras.Model,
    x: Any = None,
    y: Any = None,
    batch_size: int | None = None,
    epochs: int = 10,
    *,
    validation_data: Any = None,
    validation_split: float = 0.0,
    callbacks: Any = None,
    shuffle: bool | str = True,
    class_weight: dict[int, float] | None = None,
    sample_weight: Any = None,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    validation_freq: int | list[int] = 1,
    budget: float = 600.0,
    metric: Any = None,
    direction: str | None = None,
    safe_only: bool = False,
    seed: int = 0,
    workers: int = 1,
    rules: Iterable[str] | str = "all",
    ignore: Iterable[str] | str = (),
    told: Callable[[Trial], None] = lambda _: None,
    verbose: int | str = "auto",
) -> Repair:
    """Finds out why `model` does not train well on these data, tries remedies, proves one, and returns what it gives.

    The model is diagnosed; each cause's remedies propose edits. Faults that are contradictions in data or code are
    mended at once; the others' edits are tried in short trainings from the same weights, on the same batches. What is
    accepted is trained as it would be trained and diagnosed again; what still learns at its end is trained on, what
    does not settle is calmed, what learns its rows by heart is regularized. The answer is compared with the training as
    it was given on rows that no trial saw. The model that is given stays as it is.

    Args:
        model: a compiled Keras model of any kind. Layers of a subclassed one cannot be edited; the rest can.
        x: inputs `(rows, ...)`: an array, or a list or dictionary of arrays. Or a source of batches, as `fit` takes it;
            the repair then works on up to 50,000 rows (512 MiB) of its first 1,024 batches at most, in memory, and says
            so.
        y: targets `(rows, ...)`, in the same forms as `x`. Leave it out if `x` yields batches.
        batch_size: rows per step; 32 by default.
        epochs: epochs of the training.
        validation_data: `(x, y)` or `(x, y, sample_weight)`, or a source of batches. Without validation data, some
            training rows are split off.
        validation_split: share in [0, 1) of the last rows to validate on.
        callbacks: callbacks of the training. Those that steer it are kept (early stopping, learning rates); others are
            left out.
        shuffle: `True`, `False` or `"batch"`.
        class_weight: weight of each class number.
        sample_weight: weight of each row, `(rows,)`.
        initial_epoch: the epoch to begin with, counted from 0.
        steps_per_epoch: steps of one epoch.
        validation_steps: steps of each validation.
        validation_batch_size: rows per validation step; `batch_size` by default.
        validation_freq: number of epochs between two validations, or a list of epochs to validate at.
        budget: seconds at most, above 0. Trials are planned in steps; where the clock ends the search, the result is
            the best so far, and it says so.
        metric: what is to become better: `"accuracy"`, `"balanced accuracy"`, `"R²"`, a loss of `keras.losses` by name,
            or a function of targets and outputs that gives a number for each row; chosen by the targets otherwise.
        direction: `"max"` or `"min"`, for a function.
        safe_only: never change the architecture.
        seed: of everything that is drawn.
        workers: processes that the trials are spread over; the result is the same whatever their number.
        rules: which rules to judge by, as of `tw.diagnose`.
        ignore: rules to leave out.
        told: called with each trial when it is over.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and trial, 0 is silent. All goes to standard error.

    Returns:
        The repair; `print` shows it. Its `model` is trained, compiled and ready to use.

    Raises:
        InputError: something given cannot be used.

    Example:
    >>> import keras, numpy as np, trainwell as tw
    >>> keras.utils.set_random_seed(0)
    >>> x = np.random.default_rng(0).normal(size=(1000, 4))
    >>> y = np.sign(x[:, :1])
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    >>> model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
    >>> repaired = tw.repair(model, x, y, epochs=5)
    >>> repaired.outcome, repaired.remedies[:1]
    ('repaired', ('labels-from-0-to-1',))
    """
    require_jax("tw.repair")
    deadline = time.monotonic() + checked_budget(budget)
    _check(seed, workers)
    chosen = selected(rules)
    given = TrainingSpec.from_fit(
        model,
        x,
        y,
        batch_size,
        epochs,
        callbacks=callbacks,
        validation_split=validation_split,
        validation_data=validation_data,
        shuffle=shuffle,
        class_weight=class_weight,
        sample_weight=sample_weight,
        initial_epoch=initial_epoch,
        steps_per_epoch=steps_per_epoch,
        validation_steps=validation_steps,
        validation_batch_size=validation_batch_size,
        validation_freq=validation_freq,
        reservoir=_RESERVOIR,
    ).in_arrays()
    built(model, *given.some(given.batch_size))
    figure = choose_metric(given, metric, direction)
    state = State(given, figure, chosen, ignore, deadline, seed, workers, safe_only=safe_only, trail=Trail(told))
    state.notes += given.notes
    with show_progress(verbose, deadline=deadline):
        repaired = _repaired(state)
    del state  # and with it the models of its trainings, but for the answer's
    gc.collect()
    return repaired


def _repaired(state: State) -> Repair:
    state.begin()
    if state.first.diagnosis.healthy:
        return _result(state, "no repair found" if state.is_late else "nothing to repair", None)
    try:
        go_round(state)
        finish(state)
    except KeyboardInterrupt:
        state.notes.append("Stopped by Ctrl-C: this is the best so far.")
    return _proved(state)


def _proved(state: State) -> Repair:
    if not state.accepted.edits:
        return _result(state, "no repair found", None)
    with stage("Proving the repair on held-out rows"):
        evidence = evidence_of(state)
    mended = state.all_certain and evidence.high >= 0
    good = mended or (evidence.low >= 0 and evidence.improvement > 0)
    if not good:
        state.enter(state.accepted, state.best, "on rows that no trial saw it is not surely better")
        state.accepted, state.best = NOTHING, state.first
        return _result(state, "no repair found", evidence)
    if evidence.low < 0:
        state.notes.append(
            "The edits mend contradictions in data or code; what they gain on the metric is within noise."
            + _loss_told(state)
        )
    return _result(state, "repaired", evidence)


def _loss_told(state: State) -> str:
    """What early stopping does to the loss: of answers that are wrong, fewer are sure."""
    edits = state.accepted.edits
    stops = any(isinstance(edit, StopEarly) for edit in edits)
    if (
        not stops or state.first.raised or any(edit.part != "fit" for edit in edits)
    ):  # else it may not be the same quantity
        return ""
    before, after = state.first.history["val_loss"][-1], min(state.best.history["val_loss"])
    return f" The validation loss was {before:.3g} at the end and is {after:.3g}."


def _result(state: State, outcome: Outcome, evidence: Proof | None) -> Repair:
    late = state.is_late and outcome != "nothing to repair"
    if late:
        state.notes.append("The budget was spent: this is the best so far.")
    spec, steps = state.best.spec, state.best.steps
    if (state.best.cut or state.divided_anew) and not (late or state.best.raised):
        whole = state.whole if state.divided_anew else state.spec
        spec = edited(whole, state.accepted.edits, seed=state.seed)
        with stage("Training the repaired model on all of its rows"):
            steps, _ = train(spec, state.seed)
        state.notes.append(
            "The model was trained again with the rows that were held back."
            if state.divided_anew
            else "Before and after were compared after a part of the training; the model was trained whole."
        )
    left = {each.rule.name for each in state.best.diagnosis.faults}
    return Repair(
        outcome,
        spec.model,
        spec,
        state.given,
        (*state.prelude, *state.accepted.edits) if state.accepted.edits else (),
        state.accepted.remedies,
        tuple(dict.fromkeys(sentence for name, sentence in state.advice if outcome != "repaired" or name in left)),
        state.trail.trials,
        _score(state, state.first),
        _score(state, state.best),
        evidence,
        state.best.diagnosis,
        state.first.diagnosis,
        steps,
        tuple(state.notes),
        late,
    )


def _score(state: State, watched: RecordedTraining) -> Score:
    rows = watched.held[1] if len(watched.held[1]) else watched.chosen_by
    return Score(state.metric.name, state.metric.value(rows), len(rows), watched.history)


def _check(seed: int, workers: int) -> None:
    if not 0 <= seed <= _LARGEST_SEED:
        raise InputError(f"seed is {seed!r}.", f"Give a whole number from 0 to {_LARGEST_SEED}.")
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise InputError(f"workers is {workers!r}.", "Give a whole number of at least 1.")
