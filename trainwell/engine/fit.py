"""`tw.fit`: the meaning of `keras.Model.fit`, run as one compiled program.

Weights and logs are bit for bit those of `keras.Model.fit` from the same seed with `exact=True`, to float tolerance
without. Batches are not visible from outside: a callback that must act on each of them gets Keras's loop, and a line
that says so.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Literal

from trainwell.engine import compat
from trainwell.engine.epochs import with_epoch_report
from trainwell.engine.fallback import reason_for_keras, recommend_resume, require_values, say_once
from trainwell.engine.feeds import make_feed
from trainwell.engine.loop import TrainingLoop
from trainwell.engine.step_tap import recording_of
from trainwell.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import keras

    from trainwell.engine.recording import Recording


def fit(
    model: keras.Model,
    x: Any = None,
    y: Any = None,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose: str | int = "auto",
    callbacks: Any = None,
    validation_split: float = 0.0,
    validation_data: Any = None,
    shuffle: bool | str = True,
    class_weight: dict[int, float] | None = None,
    sample_weight: Any = None,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    validation_freq: int | list[int] = 1,
    *,
    exact: bool = False,
    fold: bool | Literal["auto"] = "auto",
    memory_limit: int | None = None,
    resume: str | Path | None = None,
    recording: Recording | None = None,
) -> keras.callbacks.History:
    """Trains `model` as `keras.Model.fit` does, with the same arguments, weights and logs, in less time.

    Arrays are copied to the device once. Each epoch is a few calls of one compiled program that runs the model's own
    `train_step` for up to 64 batches. What the engine cannot take goes to `model.fit`, and one line on the logger
    `trainwell` says why.

    Args:
        model: a compiled Keras model; built from the data where it is not built yet.
        x: inputs `(rows, ...)`: an array, or a list or dictionary of arrays; also whatever else Keras takes: a memory
            map, a `PyDataset`, a generator, a `tf.data.Dataset`, a torch `DataLoader`.
        y: targets `(rows, ...)`, in the same forms; left out where x gives batches.
        batch_size: rows per step; 32 where not given.
        epochs: the epoch at which training ends, counted from 0 (with `initial_epoch=0`, the number of epochs).
        verbose: 0 silent, 1 a progress bar, 2 a line an epoch; `"auto"` is 1.
        callbacks: Keras callbacks. One with a method `on_train_steps_end(step, logs)` is called a few times a second
            within an epoch, with the number of steps done in it and the running logs. One that declares
            `replay_batches = True` has its batch hooks called for every step, a little later: it may read the logs and
            stop the training, but not look at the weights. One that acts on batches otherwise gets Keras's own loop.
        validation_split: share in [0, 1) of the last rows to keep for validation.
        validation_data: `(x, y)` or `(x, y, sample_weight)`, or a source of batches.
        shuffle: `True`, `False` or `"batch"`.
        class_weight: weight by class number.
        sample_weight: weight of each row, `(rows,)`.
        initial_epoch: the epoch to begin with, from 0.
        steps_per_epoch: steps of an epoch; the next one goes on where it ended.
        validation_steps: steps of each validation.
        validation_batch_size: rows per validation step; `batch_size` where not given.
        validation_freq: validate every so many epochs, or at the epochs listed (counted from 1).
        exact: bit for bit Keras's weights. Without it, convolutions and poolings on a CPU take a form that is several
            times faster and sums in another order, and runs of equal layers may be folded: the same weights to float
            tolerance. Models without either are exact either way.
        fold: train runs of equal layers as one layer with stacked weights, which compiles in a fraction of the time
            and takes a little longer a step: `True`, `False`, or `"auto"`, where the steps that are planned are few
            enough for it to pay. Only where that is the same training to float tolerance; never with `exact=True`.
        memory_limit: bytes of the device's memory that data may take; half of what is free where not given. What is
            larger, or comes in batches, is sent in chunks while the device works.
        resume: a folder that keeps the state of the training, written at the end of each epoch. When the process is
            killed and started again, training goes on from there, to the same weights. Data must be arrays for that.
        recording: reads signals of every layer while the model trains, to the same weights: see `tw.Recording`.

    Returns:
        Keras's `History`, also at `model.history`.

    Raises:
        ValueError: with Keras's own message, for whatever Keras rejects.
        InputError: an earlier `fit` that raised in its first step has left the model without values.
        KeyboardInterrupt: on Ctrl-C, after the steps in flight; the model then holds the weights reached.

    Example:
    >>> import keras, numpy as np, trainwell as tw
    >>> keras.utils.set_random_seed(0)
    >>> x = np.linspace(-1, 1, 256, dtype="float32")[:, None]
    >>> model = keras.Sequential([keras.layers.Dense(1)])
    >>> model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    >>> history = tw.fit(model, x, 3 * x + 1, epochs=20, verbose=0)
    >>> print(f"{history.history['loss'][-1]:.4f}")
    0.0000
    """
    callbacks = with_epoch_report(callbacks)
    given = dict(locals())
    arguments = {name: given[name] for name in _KERAS_ARGUMENTS}
    require_values(model)
    reason = reason_for_keras(model, callbacks) if model.compiled else ""
    if reason is not None:
        for name, value in (("resume", resume), ("recording", recording)):
            if reason and value is not None:
                raise InputError(
                    f"{name}= needs trainwell's own loop, which this training cannot have, because {reason}.",
                    f"Train without {name}=, or change what is named.",
                )
        if reason:
            say_once(reason)
        return model.fit(**arguments)
    recording = recording_of(callbacks, recording)
    if resume is None:
        recommend_resume(callbacks)
    if validation_split and validation_data is None:
        (x, y, sample_weight), validation_data = compat.validation_split(x, y, sample_weight, validation_split)
    feed = make_feed(
        x,
        y,
        sample_weight,
        batch_size=batch_size,
        shuffle=shuffle,
        class_weight=class_weight,
        steps_per_epoch=steps_per_epoch,
        memory_limit=memory_limit,
    )
    validation = None
    if validation_data is not None:
        x, y, sample_weight = compat.unpack(validation_data)
        validation = make_feed(
            x,
            y,
            sample_weight,
            batch_size=validation_batch_size or batch_size,
            shuffle=False,
            steps_per_epoch=validation_steps,
            memory_limit=memory_limit,
        )
    return TrainingLoop(
        model,
        feed,
        validation,
        validation_freq,
        epochs,
        initial_epoch,
        verbose,
        callbacks,
        exact=exact,
        fold=fold,
        resume=resume,
        recording=recording,
    ).run()


_KERAS_ARGUMENTS = {
    name for name, parameter in inspect.signature(fit).parameters.items() if parameter.kind != parameter.KEYWORD_ONLY
} - {"model"}
