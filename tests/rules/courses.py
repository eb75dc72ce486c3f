"""Runs with hand-made courses: losses over epochs, and what the probes of rates and of one batch saw."""

from __future__ import annotations

import keras
import numpy as np
from rules.runs import static, with_signals

from trainwell.run import BaselineRecord, LongerRecord, OneBatchRecord, RatesRecord

L = keras.layers
FACTORS = (0.01, 0.1, 1.0, 2.0, 10.0, 100.0)


def net(*layers, inputs=4):
    return keras.Sequential([keras.Input((inputs,)), *layers])


def course(
    training=(2.0, 1.0),
    validation=None,
    penalty=0.0,
    *,
    model=None,
    x=None,
    y=None,
    constant=1.0,
    steps=None,
    train=None,
    **arguments,
):
    """A Run whose training rows had these losses from epoch 0 and whose constant answer has the loss `constant`."""
    generator = np.random.default_rng(0)
    model = model or net(L.Dense(8, "relu", name="hidden"), L.Dense(1, name="head"))
    x = generator.normal(size=(64, 4)) if x is None else x
    y = generator.normal(size=(64, 1)) if y is None else y
    epochs = len(training) - 1
    run = static(model, x, y, epochs=epochs, **arguments)
    run.fit.record_progress(epochs_run=epochs, epochs=epochs, steps=steps or 100 * epochs)
    run.probes.baseline = BaselineRecord(loss=constant, rows=64)
    penalties = np.broadcast_to(penalty, (len(training),))
    with_signals(run, inference__loss=training, inference__penalty=penalties)
    with_signals(run, start=1, train__loss=(training[1:] + penalties[1:]) if train is None else train)
    if validation is not None:
        with_signals(run, start=1, validation__loss=validation)
    return run


def tried(run, first, *last, steps=200, longer=None, rate=0.1):
    """The Run with what the rates of `FACTORS` reached."""
    run.probes.rates = RatesRecord(
        rate=rate,
        steps=steps,
        factors=list(FACTORS),
        first=first,
        last=list(last),
        longer=LongerRecord(steps=400, last=last[2] if longer is None else longer),
    )
    return run


def fitted(run, last, *, first=2.0, constant=1.0, rows=32):
    """The Run with what was left of one batch's loss."""
    run.probes.one_batch = OneBatchRecord(steps=200, rows=rows, rate=0.1, first=first, last=last, constant=constant)
    return run
