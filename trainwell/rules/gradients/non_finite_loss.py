"""The loss is no number.

Symptom
-------
The loss is NaN or infinite from some step on, and every weight soon with it.

Why it happens
--------------
Numbers outgrew what float32 holds, or a layer or a loss does what has no answer for some of its inputs: the logarithm
or the root of what is not positive, a division by 0.

How it is measured
------------------
Steps and epochs whose loss is not finite are counted. At the first of them, layers are gone through in the order of
their calls: the first one with outputs that are not finite, while the weights are, is where it was born. Where all
outputs are finite, it is the loss function; where weights are not finite, an earlier update.

Known limits
------------
Behind the first steps only some are read: the step that is named is the first that was read. By then the weights may be
spoiled, and where it was born cannot be told.

References:
----------
Wardat et al., "DeepDiagnosis", ICSE 2022. Amazon SageMaker Debugger, rule ExplodingTensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import NotMeasured, Threshold, evidence, rule
from trainwell.rules.causes import IN_DATA, ON_THE_WAY
from trainwell.run import by_place

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

COUNT = Threshold("readings", 0.0, "readings of the loss", "above", "DeepDiagnosis (ICSE 2022): any NaN or infinity")
_NAMES = {
    "loss": "the loss of the batch",
    "train/loss": "the training loss",
    "validation/loss": "the validation loss",
}


@rule(
    id="TW205",
    family="gradients",
    severity="fatal",
    fault_if=COUNT,
    needs=(),
    remedies=("finite-operations", "lower-learning-rate", "clip-gradients"),
    explained_by=(
        *IN_DATA,
        *ON_THE_WAY,
        "missing-output-activation",
        "activated-logits",
        "softmax-on-one-unit",
        "output-range-misses-targets",
        "loss-does-not-fit-task",
        "broadcast-target",
        "stacked-activations",
        "mismatched-initializer",
        "dropout-on-output",
        "epsilon-below-precision",
        "non-finite-gradient",
        "exploding-gradients",
        "learning-rate-too-high",
    ),
    proof="facts",
)
def non_finite_loss(run: Run) -> list[Evidence]:
    """Counts readings of the loss that are not finite."""
    found = [each for name in _NAMES if (each := _of(run, name)) is not None]
    if not found:
        raise NotMeasured("the Run does not hold the loss of its training")
    bad = [each for each in found if each.measurements[0].value > 0]
    return bad[:1] or found  # the first one tells the most: all others follow from it


def _of(run: Run, name: str) -> Evidence | None:
    series = run.signals.get(name)
    if series is None or not len(series.values):
        return None
    bad = ~np.isfinite(np.asarray(series.values, np.float64))
    if not bad.any():
        return evidence("", (0, COUNT), says=f"All {len(bad)} readings of {_NAMES[name]} are finite.", series=(name,))
    at = int(bad.argmax())
    number = int(series.at[at])
    value = "NaN" if np.isnan(series.values[at]) else "infinite"
    if series.axis != "step":
        says = f"{_NAMES[name].capitalize()} is {value} in epoch {number}."
        return evidence("", (bad.sum(), COUNT), says=says, series=(name,))
    where, born = _origin(run, number)
    says = f"{_NAMES[name].capitalize()} is {value} at step {number}: {born}."
    series_of = (name, f"output_non_finite/{where}") if where else (name,)
    return evidence(where, (bad.sum(), COUNT), says=says, step=number, series=series_of)


def _origin(run: Run, step: int) -> tuple[str, str]:
    """The layer where it was born, `""` where there is none to name, and a part of a sentence that tells."""
    backwards = _backwards(run, step)
    if backwards:
        return "", backwards
    spoiled = [name for name, value in _at(run, "weight_rms", step).items() if not np.isfinite(value)]
    if spoiled:
        return "", f"an update before it had left weights that are not finite, those of {_layer(spoiled[0])!r} first"
    outputs = _at(run, "output_non_finite", step)
    if not outputs:
        return "", "where it was born cannot be told, as the layers' outputs were not read"
    for place, count in outputs.items():
        if count > 0 or np.isnan(count):
            return place, f"outputs of {place!r} are not finite, while the weights and the layers before it are"
    return "", "weights and outputs of all layers are finite, so it is born in the loss function"


def _backwards(run: Run, step: int) -> str:
    """What to say where gradients were not finite at a step whose loss was."""
    norms, losses = run.signals.get("gradient_norm"), run.signals.get("loss")
    if norms is None or losses is None:
        return ""
    finite = np.isfinite(np.asarray(losses.values, np.float64))
    early = [int(at) for at, loss in zip(losses.at, finite, strict=True) if loss and at < step]
    for at, norm in zip(norms.at, norms.values, strict=True):
        if int(at) in early and not np.isfinite(norm):
            bad = [name for name, value in _at(run, "gradient_rms", int(at)).items() if not np.isfinite(value)]
            whose = f" of {_layer(bad[-1])!r}" if bad else ""
            return f"gradients{whose} were not finite at step {int(at)}, where the loss still was"
    return ""


def _at(run: Run, signal: str, step: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for place, series in by_place(run, signal).items():
        here = np.flatnonzero(np.asarray(series.at) == step)
        if len(here):
            found[place] = float(series.values[here[0]])
    return found


def _layer(variable: str) -> str:
    return variable.rpartition("/")[0] or variable
