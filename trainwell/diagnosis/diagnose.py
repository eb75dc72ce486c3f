"""`tw.diagnose`: train a copy under watch for as long as it takes to say what is wrong."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from trainwell.diagnosis.diagnosis import Diagnosis
from trainwell.diagnosis.gather import SHORT, Effort, gather
from trainwell.engine import compile_cache, require_jax
from trainwell.errors import InputError, is_memory
from trainwell.experiments import BEFORE_TRAINING
from trainwell.experiments.confirming import try_remedies
from trainwell.progress import stage
from trainwell.report.progress import show_progress
from trainwell.rules import all_rules, faults, judge, selected, suspicions, verdicts
from trainwell.training_spec import TrainingSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import keras

    from trainwell.rule import Rule
    from trainwell.run import Run


_TRIALS = 0.5  # of the work before: what trials of remedies take, roughly; only the progress bar shows it


@compile_cache.kept()
def diagnose(
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
    budget: float = 60.0,
    confirm: bool = True,
    rules: Iterable[str] | str = "all",
    ignore: Iterable[str] | str = (),
    thresholds: Mapping[str, float] | None = None,
    verbose: int | str = "auto",
) -> Diagnosis:
    """Says what is wrong with training `model` on these data, from a training under watch.

    The model is trained as `tw.fit` would train it, from its own weights, while signals are read from every layer;
    short extra trainings (probes) answer what the training itself cannot. Afterwards weights, optimizer values,
    learning rate, compile state and the generators of Python, NumPy and Keras are as they were; that model and
    optimizer are built is the only trace. A fatal fault that the model and the data alone show ends it after 200 steps.

    Args:
        model: a compiled Keras model of any kind; built from the data where it is not built yet.
        x: inputs `(rows, ...)`: an array, or a list or dictionary of arrays. Or a source of batches, as `fit` takes it:
            a `PyDataset`, a generator, a `tf.data.Dataset`, a torch `DataLoader`. The training then runs on the source;
            facts, probes and looks at the model are from up to 4,096 rows of its first 1,024 batches at most, and the
            diagnosis says so. A generator is advanced by what is trained, and no batch is used twice.
        y: targets `(rows, ...)`, in the same forms as `x`. Leave it out if `x` yields batches.
        batch_size: rows per step; 32 by default.
        epochs: epochs of the training. Fewer are trained if the model is large; the diagnosis then says so.
        validation_data: `(x, y)` or `(x, y, sample_weight)`, or a source of batches. Without validation data,
            generalisation is not measured.
        validation_split: share in [0, 1) of the last rows to validate on.
        callbacks: callbacks of the training. Those that steer it (early stopping, learning rates) act here too. Others
            are left out, since they may write files.
        shuffle: `True`, `False` or `"batch"`.
        class_weight: weight of each class number.
        sample_weight: weight of each row, `(rows,)`.
        initial_epoch: the epoch to begin with, counted from 0.
        steps_per_epoch: steps of one epoch. An endless source needs it; without, an epoch has as many steps as batches
            were read.
        validation_steps: steps of each validation.
        validation_batch_size: rows per validation step; `batch_size` by default.
        validation_freq: number of epochs between two validations, or a list of epochs to validate at.
        budget: seconds at most, above 0. The training is planned in steps; where the clock cuts it, the result says so.
        confirm: compare with other learners, and try the first remedies of what is suspected, in short trainings beside
            the training as it is. `False` gives a quicker answer, in which what is no contradiction is suspected only.
        rules: which rules to judge by: `"all"`, or ids, beginnings of ids, names or families.
        ignore: rules to leave out, in the same forms.
        thresholds: numbers to use in place of the rules' own, such as `{"TW203.units": 0.5}`.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and result, 0 is silent. All goes to standard error.

    Returns:
        The findings; `print` shows them.

    Raises:
        InputError: something given cannot be used: data that `fit` would not take or without rows, a model that is not
            compiled or that raises when it is called, a rule that does not exist; or the memory did not suffice.

    Example:
    >>> import keras, numpy as np, trainwell as tw
    >>> keras.utils.set_random_seed(0)
    >>> x = np.random.default_rng(0).normal(size=(256, 4))
    >>> y = np.sign(x[:, :1])
    >>> model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    >>> model.compile(optimizer="adam", loss="binary_crossentropy")
    >>> diagnosis = tw.diagnose(model, x, y, epochs=2)
    >>> [fault.rule.name for fault in diagnosis.faults]
    ['signed-labels']
    """
    require_jax("tw.diagnose")
    deadline = time.monotonic() + checked_budget(budget)
    chosen = selected(rules)
    judge_with = {"ignore": ignore, "thresholds": thresholds}
    spec = TrainingSpec.from_fit(
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
    )

    def decide(run: Run) -> Effort:
        if is_settled(run, chosen, ignore=ignore):
            return Effort((), (), SHORT, explained=True)
        return Effort() if confirm else Effort(experiments=tuple(BEFORE_TRAINING))

    try:
        with show_progress(verbose, deadline=deadline), stage("", 1 + _TRIALS) as whole:
            run = gather(spec, decide=decide, deadline=deadline).run
            findings = judge(run, chosen, **judge_with)
            if confirm and (suspected := suspicions(findings)):
                with stage("Trying remedies of what is suspected", takes=_TRIALS):
                    try_remedies(spec, run, suspected, deadline=deadline)
            else:
                whole.parts = 1
    except Exception as error:
        if not is_memory(error):
            raise
        raise InputError(
            f"The memory did not suffice for a step of {spec.batch_size} rows.", "Try a smaller batch_size."
        ) from error
    return Diagnosis(run, tuple(verdicts(findings, run)))


def is_settled(run: Run, rules: Sequence[Rule] | None = None, *, ignore: Iterable[str] | str = ()) -> bool:
    """Whether facts alone show a fatal fault, so that a short training will do.

    Args:
        run: with facts, before any training.
        rules: those that are judged by; all where not given.
        ignore: selectors of rules to leave out.
    """
    found = judge(run, rules if rules is not None else all_rules(), ignore=ignore)
    return any(each.rule.severity == "fatal" for each in faults(found))


def checked_budget(budget: float) -> float:
    """Seconds that a person gives as a ceiling.

    Raises:
        InputError: they are none.
    """
    if not isinstance(budget, (int, float)) or not budget > 0 or math.isnan(budget):
        raise InputError(f"budget is {budget!r}.", "Give seconds above 0, such as budget=60.")
    return float(budget)
