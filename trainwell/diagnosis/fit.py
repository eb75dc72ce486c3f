"""`tw.fit`: the engine's `fit`, and with `rules=` a diagnosis of that very training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from trainwell import engine
from trainwell.diagnosis.diagnosis import Diagnosis
from trainwell.recording import Recorder, describe, why_it_raised
from trainwell.rules import faults, judge, selected
from trainwell.training_spec import TrainingSpec

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import keras

    from trainwell.engine import Recording


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
    rules: Iterable[str] | str | None = None,
    ignore: Iterable[str] | str = (),
) -> keras.callbacks.History:
    """Train `model` as `keras.Model.fit` does, with the same arguments, weights and logs, in less time.

    Arrays are copied to the device once. Each epoch is a few calls of one compiled program that runs the model's own
    `train_step` for up to 64 batches. What the engine cannot take goes to `model.fit`, and one line on the logger
    `trainwell` says why. With `rules`, the training is also diagnosed.

    Args:
        model: a compiled Keras model. If it is not built yet, it is built from the data.
        x: inputs `(rows, ...)`: an array, or a list or dictionary of arrays. All other sources of data that Keras takes
            work too: a memory map, a `PyDataset`, a generator, a `tf.data.Dataset`, a torch `DataLoader`.
        y: targets `(rows, ...)`, in the same forms. Leave it out if `x` yields batches.
        batch_size: rows per step; 32 by default.
        epochs: the epoch at which training ends, counted from 0. With `initial_epoch=0` it is the number of epochs.
        verbose: 0 (silent), 1 (a progress bar), 2 (one line per epoch) or `"auto"`, which is 1.
        callbacks: Keras callbacks. One with a method `on_train_steps_end(step, logs)` is called a few times a second
            within an epoch, with the number of steps done in the epoch and the running logs. One that declares
            `replay_batches = True` has its batch hooks called for every step, a little later: it may read the logs and
            stop the training, but not read the weights. With any other callback that acts on batches, Keras's own loop
            runs the training.
        validation_split: share in [0, 1) of the rows that is kept for validation, taken from the end.
        validation_data: `(x, y)` or `(x, y, sample_weight)`, or a source of batches.
        shuffle: `True`, `False` or `"batch"`.
        class_weight: weight of each class number.
        sample_weight: weight of each row, `(rows,)`.
        initial_epoch: the epoch to begin with, counted from 0.
        steps_per_epoch: steps of one epoch. The next epoch continues where the data of the last one ended.
        validation_steps: steps of each validation.
        validation_batch_size: rows per validation step; `batch_size` by default.
        validation_freq: number of epochs between two validations, or a list of the epochs to validate at, counted from
            1.
        exact: train to bit for bit the weights of Keras. By default, convolutions and poolings on a CPU take a form
            that is several times faster and sums in another order, and runs of equal layers may be folded: the same
            weights to float tolerance. Models without either are exact in both cases.
        fold: train runs of equal layers as one layer with stacked weights: `True`, `False`, or `"auto"`, which folds
            if so few steps are planned that it saves time. Folding compiles in a fraction of the time and makes a step
            a little slower. It is done only if the training stays the same to float tolerance, and never with
            `exact=True`.
        memory_limit: bytes of the device's memory that the data may take; half of the free memory by default. Data that
            are larger, or that come in batches, are sent in chunks while the device computes.
        resume: a folder that holds the state of the training, written at the end of each epoch. If the process is
            killed and started again, training continues from there, to the same weights. The data must be arrays.
        recording: record signals of every layer during training, see `tw.Recording`. The weights stay the same.
        rules: diagnose the training by these rules: `"all"`, or ids, prefixes of ids, names or families of rules. The
            diagnosis is at `history.diagnosis`, and it is printed unless `verbose=0`. The weights stay the same. If the
            data come in batches, the facts are from the first batches. `tw.diagnose` also runs probes.
        ignore: rules to leave out, in the same forms as `rules`.

    Returns:
        Keras's `History`, also at `model.history`.

    Raises:
        ValueError: with Keras's own message, for everything that Keras rejects.
        InputError: an earlier `fit` raised in its first step and left the model without values, or `rules` cannot be
            applied to these data.
        KeyboardInterrupt: on Ctrl-C, after the steps in flight. The model then has the weights reached so far.

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
    arguments = {**locals()}
    del arguments["rules"], arguments["ignore"]
    if rules is None:
        return engine.fit(**arguments)
    engine.require_jax("tw.fit(rules=)")
    chosen = selected(rules)
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
    run = describe(spec)
    if run.fit.raised:
        raise why_it_raised(run, faults(judge(run, chosen, ignore=ignore)))
    recorder = Recorder(spec, run, recording, stops=False)
    recorder.probe_without_training()
    reason = engine.reason_for_keras(model, callbacks)
    if reason:
        run.not_measured["signals"] = reason
    else:
        arguments["recording"] = recorder.recording
    if spec.batches is not None:  # with the batches that were read put back in front
        arguments["x"] = spec.batches.for_fit()
    if spec.validation_batches is not None:
        arguments["validation_data"] = spec.validation_batches.for_fit()
    arguments["callbacks"] = [*spec.callbacks, recorder.tap]
    history = engine.fit(**arguments)
    recorder.finish(history.history, epochs=spec.epochs, steps_per_epoch=steps_per_epoch)
    diagnosis = Diagnosis(run, tuple(judge(run, chosen, ignore=ignore)))
    vars(history)["diagnosis"] = diagnosis
    if verbose:
        print(diagnosis)  # noqa: T201 -- asked for
    return history
