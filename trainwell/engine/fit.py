"""`tw.fit`: the meaning of `keras.Model.fit`, run as one compiled program.

The loop follows Keras's own, callback by callback. Weights and logs are bit for bit those of `keras.Model.fit` from the
same seed; convolutions on a CPU agree to float tolerance, or exactly where asked for. Batches are not visible from
outside: a callback that needs each of them gets Keras's loop, and a line that says so.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import keras_internals, state
from trainwell.engine.arrays import DeviceArrays
from trainwell.engine.handover import reason_for_keras, say_once
from trainwell.engine.programs import Programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.engine.program import StepProgram


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
) -> keras.callbacks.History:
    """Trains `model` as `keras.Model.fit` does, with the same arguments, weights and logs, in less time.

    The data is copied to the device once. Each epoch is a few calls of one compiled program that runs the model's own
    `train_step` for up to 64 batches. What the engine cannot take goes to `model.fit`, and one line on the logger
    `trainwell` says why.

    Args:
        model: a compiled Keras model; built from the data where it is not built yet.
        x: inputs `(rows, ...)`: an array, or a list or dictionary of arrays.
        y: targets `(rows, ...)`, in the same forms.
        batch_size: rows per step; 32 where not given.
        epochs: the epoch at which training ends, counted from 0 (with `initial_epoch=0`, the number of epochs).
        verbose: 0 silent, 1 a progress bar, 2 a line an epoch; `"auto"` is 1.
        callbacks: Keras callbacks. One that has a method `on_train_steps_end(step, logs)` is called a few times a
            second within an epoch, with the number of steps done in it and the running logs.
        validation_split: share in [0, 1) of the last rows to keep for validation.
        validation_data: `(x, y)` or `(x, y, sample_weight)`.
        shuffle: `True`, `False` or `"batch"`.
        class_weight: weight by class number.
        sample_weight: weight of each row, `(rows,)`.
        initial_epoch: the epoch to begin with, from 0.
        steps_per_epoch: leads to Keras's own `fit`.
        validation_steps: leads to Keras's own `fit`.
        validation_batch_size: rows per validation step; `batch_size` where not given.
        validation_freq: validate every so many epochs, or at the epochs listed (counted from 1).
        exact: bit for bit Keras's weights. Without it, convolutions and poolings on a CPU take a form that is several
            times faster and sums in another order: the same weights to float tolerance. Models without convolutions are
            exact either way.

    Returns:
        Keras's `History`, also at `model.history`.

    Raises:
        ValueError: with Keras's own message, for whatever Keras rejects.
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
    arguments = {name: value for name, value in locals().items() if name not in {"model", "exact"}}
    reason = reason_for_keras(model, x, callbacks, (steps_per_epoch, validation_steps)) if model.compiled else ""
    if reason is None:
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = keras_internals.split_validation(
                x, y, sample_weight, validation_split
            )
        adapter = keras_internals.make_adapter(
            x, y, sample_weight, batch_size=batch_size, shuffle=shuffle, class_weight=class_weight
        )
        data = DeviceArrays.from_adapter(adapter, shuffle=shuffle)
        if data is not None:
            validation = _Validation(
                model, validation_data, validation_batch_size or batch_size, validation_freq, exact
            )
            return _train(model, data, validation, epochs, initial_epoch, verbose, callbacks, exact)
        reason = "the data holds something other than dense numbers"
    if reason:
        say_once(reason)
    return model.fit(**arguments)


def _train(
    model: keras.Model,
    data: DeviceArrays,
    validation: _Validation,
    epochs: int,
    initial_epoch: int,
    verbose: str | int,
    callbacks: Any,
    exact: bool,
) -> keras.callbacks.History:
    if keras_internals.is_unbuilt(model):
        keras_internals.build_from_batch(model, data.first_batch())
    elif not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    callback_list = keras.callbacks.CallbackList(
        callbacks,
        add_history=True,
        add_progbar=verbose != 0,
        verbose=1 if verbose == "auto" else verbose,
        epochs=epochs,
        steps=data.steps,
        model=model,
    )
    progress = _Progress(callback_list)
    program = Programs.of(model, exact=exact).train
    model.stop_training = False
    logs: dict[str, Any] = {}
    callback_list.on_train_begin()
    finished = False
    try:
        with _deferred_interrupt() as interrupted:
            for epoch in range(keras_internals.initial_epoch(model, initial_epoch), epochs):
                model.reset_metrics()
                callback_list.on_epoch_begin(epoch)
                last = _run_epoch(model, program, data, progress, interrupted)
                logs = keras_internals.epoch_logs(model, last)
                if validation.is_due(epoch):
                    logs.update(
                        {f"val_{name}": value for name, value in validation.run(callback_list, interrupted).items()}
                    )
                callback_list.on_epoch_end(epoch, logs)
                interrupted.check()
                if model.stop_training:
                    break
        finished = True
    finally:
        if epochs > 0:
            model.optimizer.finalize_variable_values(model.trainable_weights)
            state.give_back_train(model, state.train_state(model))  # EMA leaves weights and averages on one buffer
        if finished:
            callback_list.on_train_end(logs=logs)
    return model.history


def _run_epoch(
    model: keras.Model, program: StepProgram, data: DeviceArrays, progress: _Progress, interrupted: _Interrupt
) -> dict[str, Any]:
    """One epoch; the model's variables hold the values reached, however the epoch ends."""
    values = state.train_state(model)
    last: dict[str, Any] = {}
    done = 0
    try:
        for values, logs in program.run(values, data.device, data.order(), data.batch_size):  # noqa: B007, B020 -- the state is given back below
            done += len(next(iter(logs.values()), ()))
            last = {name: entries[-1] for name, entries in logs.items()}
            progress.steps_done(done, last)
            interrupted.check()
    finally:
        if done:
            state.give_back_train(model, values)
    return last


class _Validation:
    """The validation at the end of an epoch, on data that stays on the device."""

    def __init__(
        self, model: keras.Model, data: Any, batch_size: int | None, frequency: int | list[int], exact: bool
    ) -> None:
        self._model = model
        self._data = data
        self._batch_size = batch_size
        self._frequency = frequency
        self._exact = exact
        self._arrays: DeviceArrays | None = None

    def is_due(self, epoch: int) -> bool:
        if self._data is None:
            return False
        if isinstance(self._frequency, int):
            return (epoch + 1) % self._frequency == 0
        return epoch + 1 in self._frequency

    def run(self, callback_list: keras.callbacks.CallbackList, interrupted: _Interrupt) -> dict[str, float]:
        model = self._model
        self._arrays = data = self._arrays or self._load()
        if data is None:
            x, y, weight = keras_internals.unpack(self._data)
            return model.evaluate(
                x, y, batch_size=self._batch_size, sample_weight=weight, callbacks=callback_list, return_dict=True
            )
        program = Programs.of(model, exact=self._exact).test
        callback_list.on_test_begin()
        model.reset_metrics()
        values = state.test_state(model)
        last: dict[str, Any] = {}
        try:
            for values, logs in program.run(values, data.device, data.order(), data.batch_size):  # noqa: B007, B020 -- as in _run_epoch
                last = {name: entries[-1] for name, entries in logs.items()}
                interrupted.check()
        finally:
            state.give_back_test(model, values)
        result = keras_internals.pythonify_logs(keras_internals.epoch_logs(model, last))
        callback_list.on_test_end(result)
        return result

    def _load(self) -> DeviceArrays | None:
        x, y, weight = keras_internals.unpack(self._data)
        adapter = keras_internals.make_adapter(x, y, weight, batch_size=self._batch_size, shuffle=False)
        return DeviceArrays.from_adapter(adapter, shuffle=False)


class _Progress:
    """Tells those who show progress how far the epoch is."""

    def __init__(self, callback_list: keras.callbacks.CallbackList) -> None:
        self._bars = [c for c in callback_list.callbacks if isinstance(c, keras.callbacks.ProgbarLogger)]
        self._listeners = [c for c in callback_list.callbacks if hasattr(c, "on_train_steps_end")]

    def steps_done(self, done: int, logs: dict[str, Any]) -> None:
        if not (self._bars or self._listeners):
            return
        readable = keras_internals.pythonify_logs(logs)
        for bar in self._bars:
            bar.on_train_batch_end(done - 1, readable)
        for listener in self._listeners:
            listener.on_train_steps_end(done, readable)


class _Interrupt:
    """Whether Ctrl-C was pressed."""

    def __init__(self) -> None:
        self.pressed = False

    def check(self) -> None:
        if self.pressed:
            raise KeyboardInterrupt


@contextmanager
def _deferred_interrupt() -> Iterator[_Interrupt]:
    """Holds Ctrl-C back until the state is whole; a second Ctrl-C acts at once.

    Only the main thread can handle signals; elsewhere nothing changes.
    """
    interrupt = _Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return

    def on_signal(number: int, frame: Any) -> None:
        if interrupt.pressed:
            signal.default_int_handler(number, frame)
        interrupt.pressed = True

    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield interrupt
        interrupt.check()
    finally:
        signal.signal(signal.SIGINT, before)
