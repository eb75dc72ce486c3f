"""Signals of trainings that the tests of this family make by hand."""

from __future__ import annotations

from rules.runs import with_signals

from trainwell.run import BaselineRecord, OneBatchRecord, Series


def learned(run, *left, baseline=1.0, one_batch=None):
    """The Run with the losses of looks, as shares of the baseline's."""
    run.probes.baseline = BaselineRecord(loss=baseline)
    if one_batch is not None:
        run.probes.one_batch = OneBatchRecord(last=one_batch * baseline)
    return with_signals(run, start=0, inference__loss=[each * baseline for each in left])


def of_kernels(run, gradients, weights=None):
    """The Run with the gradients, and the weights, of each layer's kernel over steps."""
    for place, values in gradients.items():
        run.signals[f"gradient_rms/{place}/kernel"] = Series.over("step", values)
        run.signals[f"weight_rms/{place}/kernel"] = Series.over("step", (weights or {}).get(place, [1.0] * len(values)))
    return run
