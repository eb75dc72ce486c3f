"""`tw.diagnose`: train a copy under watch for as long as it takes to say what is wrong."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from trainwell.diagnosis.data import check
from trainwell.diagnosis.diagnosis import Diagnosis
from trainwell.diagnosis.gather import gather
from trainwell.diagnosis.job import Job
from trainwell.engine import compat, compile_cache, require_jax, require_values
from trainwell.errors import InputError
from trainwell.report.progress import show_progress
from trainwell.rules import all_rules, faults, judge, selected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import keras

    from trainwell.rule import Rule
    from trainwell.run import Run


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
    shuffle: bool = True,
    class_weight: dict[int, float] | None = None,
    sample_weight: Any = None,
    budget: float = 60.0,
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
        x: inputs `(rows, ...)`: an array, or a list or dictionary of arrays.
        y: targets `(rows, ...)`, in the same forms.
        batch_size: rows per step; 32 where not given.
        epochs: that the training would take. Fewer are trained where the model is large; that is then said.
        validation_data: `(x, y)` or `(x, y, sample_weight)`; without, generalisation is not measured.
        validation_split: share in [0, 1) of the last rows to validate on, as of `fit`.
        callbacks: those of the training. What steers it acts here too (early stopping, learning rates); others are
            left out, since they may write files.
        shuffle: as of `fit`.
        class_weight: as of `fit`.
        sample_weight: as of `fit`.
        budget: seconds at most, above 0. The training is planned in steps; where the clock cuts it, the result says so.
        rules: which rules to judge by: `"all"`, or ids, beginnings of ids, names or families.
        ignore: rules to leave out, in the same forms.
        thresholds: numbers to use in place of the rules' own, such as `{"TW203.units": 0.5}`.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and result, 0 is silent. All goes to standard error.

    Returns:
        The findings; `print` shows them.

    Raises:
        InputError: something given cannot be used: data that are no arrays or have no rows, a model that is not
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
    job = make_job(
        model,
        x,
        y,
        batch_size=batch_size,
        epochs=epochs,
        validation_data=validation_data,
        validation_split=validation_split,
        callbacks=callbacks,
        shuffle=shuffle,
        class_weight=class_weight,
        sample_weight=sample_weight,
    )
    job.deadline = deadline
    job.settled = lambda run: is_settled(run, chosen, ignore=ignore)
    try:
        with show_progress(verbose, deadline=deadline):
            run = gather(job)
    except Exception as error:
        if not is_memory(error):
            raise
        raise InputError(
            f"The memory did not suffice for a step of {job.batch_size} rows.", "Try a smaller batch_size."
        ) from error
    return Diagnosis(run, tuple(judge(run, chosen, **judge_with)))


def is_settled(run: Run, rules: Sequence[Rule] | None = None, *, ignore: Iterable[str] | str = ()) -> bool:
    """Whether facts alone show a fatal fault, so that a short training will do.

    Args:
        run: with facts, before any training.
        rules: those that are judged by; all where not given.
        ignore: selectors of rules to leave out.
    """
    found = judge(run, rules if rules is not None else all_rules(), ignore=ignore)
    return any(each.rule.severity == "fatal" for each in faults(found))


def make_job(
    model: keras.Model,
    x: Any,
    y: Any,
    *,
    batch_size: int | None = None,
    epochs: int = 1,
    validation_data: Any = None,
    validation_split: float = 0.0,
    callbacks: Any = None,
    shuffle: bool | str = True,
    class_weight: dict[int, float] | None = None,
    sample_weight: Any = None,
) -> Job:
    """The job of a training, checked; arguments as of `fit`.

    Raises:
        InputError: something given cannot be used.
    """
    import keras  # noqa: PLC0415 -- two seconds that a saved Run need not wait for

    if not isinstance(model, keras.Model):
        raise InputError(
            f"model is a {type(model).__name__}, and a Keras model was expected.",
            "Pass a keras.Model: Sequential, Functional or a subclass.",
        )
    if not model.compiled:
        raise InputError(
            f"The model {model.name!r} is not compiled: without a loss and an optimizer there is no training to judge.",
            'Compile it first: model.compile(optimizer="adam", loss="sparse_categorical_crossentropy").',
        )
    require_values(model)
    for name, value in (("batch_size", 32 if batch_size is None else batch_size), ("epochs", epochs)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InputError(f"{name} is {value!r}.", "Give a whole number of at least 1.")
    data = check(x, y, validation_data, validation_split, sample_weight)
    given = keras.tree.flatten(callbacks) if callbacks else []
    arguments = compat.compile_arguments(model)
    return Job(model, arguments, data, epochs, batch_size or 32, shuffle, class_weight, given)


def checked_budget(budget: float) -> float:
    """Seconds that a person gives as a ceiling.

    Raises:
        InputError: they are none.
    """
    if not isinstance(budget, (int, float)) or not budget > 0 or math.isnan(budget):
        raise InputError(f"budget is {budget!r}.", "Give seconds above 0, such as budget=60.")
    return float(budget)


def is_memory(error: Exception) -> bool:
    """Whether what was raised says that the memory did not suffice."""
    return isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)
