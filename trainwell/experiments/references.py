"""What do other learners reach on the same rows?

Gradient boosting, a linear model and nearest neighbours are fitted to the training rows and scored beside the trained
network on the same held-out rows, by the same metric. What the best of them gains is the headroom. A permutation test
says whether any of them, or the network, finds a relation between inputs and targets at all.

The learners see a bounded number of rows and columns, so the score of the best one is a lower bound of what is
attainable. Without validation rows, a part of the training rows is held out from the learners alone; the network has
then been trained on the rows that it is scored on.

Not good at: targets at each position of a sequence or picture, which are not measured; pictures and texts, for which
these learners are weak.

Source: Ojala and Garriga, "Permutation tests for studying classifier performance", JMLR 11 (2010).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell import engine
from trainwell.experiments.features import tables
from trainwell.experiments.learners import NAMES, TargetColumns, answers
from trainwell.experiments.scoring import as_probabilities, choose_metric, outputs_of, takes_logits
from trainwell.run import LearnerRecord, ReferencesRecord, constant_loss, finite, heads
from trainwell.statistics import standard_error
from trainwell.training_spec import evenly_spaced
from trainwell.trees import rows_in, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainwell.experiments.context import ExperimentContext
    from trainwell.experiments.scoring import Metric
    from trainwell.run import Head, Run

MOST_ROWS, MOST_HELD = 3000, 1000
FEWEST_ROWS = 40  # training rows, and a quarter of them to be scored on
_HELD_OUT = 0.3  # of the training rows, where there are no validation rows
_PERMUTATIONS = 200
_LEAST = 1e-6
_FEWEST_COPIED, _COPIED = 4, 0.7  # columns, and the correlation of inputs and targets from which these are copies
_ROUNDING = 1e-2  # of a sum of probabilities


@dataclass(frozen=True)
class _Output:
    """One output of the model: what its head asks for, the targets, and the network's answers for the held rows."""

    head: Head
    columns: TargetColumns
    held: np.ndarray
    answer: np.ndarray
    signed: bool

    def in_form(self, found: np.ndarray) -> np.ndarray:
        """Return a learner's answers in the shape of the output, as probabilities or values."""
        if self.columns.task == "classes" and self.answer.shape[-1] == 1:
            found = found[:, 1:2] * 2 - 1 if self.signed else found[:, 1:2]
        return found.reshape(self.answer.shape)

    def for_loss(self, found: np.ndarray, *, logits: bool) -> np.ndarray:
        """Return the same as the loss takes it: logits where it expects them."""
        found = self.in_form(found)
        if self.columns.task == "values" or self.signed or not logits:
            return found.astype(self.answer.dtype)
        inside = np.clip(found, _LEAST, 1 - _LEAST)
        odds = (
            np.log(inside) if found.shape[-1] > 1 and self.columns.task == "classes" else np.log(inside / (1 - inside))
        )
        return odds.astype(self.answer.dtype)

    def fit(self, found: np.ndarray) -> np.ndarray:
        """Return by held row and answering row how well that answer fits: a log-likelihood, or minus an error."""
        if self.columns.task == "classes":
            labels = _labels(self.held, self.columns.classes, signed=self.signed)
            return np.log(np.clip(found, 1e-3, 1.0))[:, labels].T
        target = self.held.reshape(len(self.held), -1).astype(np.float64)
        scale = float(np.nanvar(target)) or 1.0
        found = found.reshape(len(found), -1)
        cross = target @ found.T / target.shape[1]
        squares = (target**2).mean(axis=1)[:, None] + (found**2).mean(axis=1)[None, :]
        return -(squares - 2 * cross) / scale


def references(context: ExperimentContext) -> ReferencesRecord | None:
    """Fit the learners, score them beside the network, and test for a relation.

    Returns:
        The record; `None` for targets that are the inputs, as of an autoencoder: a learner could copy them.

    Raises:
        ValueError: there are too few rows, or inputs or targets have no form that the learners take.
    """
    began = time.monotonic()
    spec = context.spec
    x, y, held_x, held_y, trained_on = _rows(context)
    metric = choose_metric(spec)
    if _are_inputs(x, y):
        return None
    form = outputs_of(context.model, held_x)
    outputs = _outputs(context.run, y, held_y, form)
    seen = tables(context.run, x, held_x, context.seed)
    logits = takes_logits(spec.compile.get("loss"))
    network = np.mean([metric.rowwise(each.answer, each.held, logits) for each in outputs], axis=0)
    learners: list[LearnerRecord] = []
    rows_of: dict[str, np.ndarray] = {}
    fits: list[np.ndarray] = []
    loss_of = _loss(context.model, held_x, held_y, form)
    for name in NAMES:
        given = [answers(name, seen, each.columns, context.seed) for each in outputs]
        found = [each for each in given if each is not None]
        if len(found) < len(given):
            continue
        pairs = list(zip(outputs, found, strict=True))
        rows = np.mean([metric.rowwise(one.in_form(each), one.held, False) for one, each in pairs], axis=0)
        rows_of[name] = rows
        fits.append(np.sum([one.fit(each) for one, each in pairs], axis=0))
        loss = loss_of([one.for_loss(each, logits=logits) for one, each in pairs])
        learners.append(
            LearnerRecord(name=name, score=metric.value(rows), error=standard_error(rows), loss=finite(loss))
        )
    if not learners:
        raise ValueError("no reference learner suits these targets")
    learners.sort(key=lambda each: -each.score if metric.direction == "max" else each.score)
    gain = rows_of[learners[0].name] - network
    losses = [each.loss for each in learners if each.loss is not None]
    return ReferencesRecord(
        metric=metric.name,
        rows=rows_in(x),
        columns=seen.train.shape[1],
        held_rows=rows_in(held_x),
        trained_on=trained_on,
        network=metric.value(network),
        network_error=standard_error(network),
        network_loss=finite(loss_of(keras.tree.flatten(form))),
        constant=metric.value(_constant(outputs, metric)),
        constant_loss=constant_loss(context.run),
        learners=learners,
        gain=float(gain.mean()),
        gain_error=standard_error(gain),
        chance=_chance(fits, context.seed),
        network_chance=_chance([np.sum([_network_fit(each, logits) for each in outputs], axis=0)], context.seed),
        attainable=min(losses) if losses else None,
        seconds=time.monotonic() - began,
    )


def _are_inputs(x: Any, y: Any) -> bool:
    """Return True if a target is an input, or one with noise: of the same shape, and nearer to it than its mean is."""
    inputs, targets = keras.tree.flatten(x), keras.tree.flatten(y)
    for target in map(np.asarray, targets):
        for each in map(np.asarray, inputs):
            if each.shape != target.shape or target.ndim < 2 or target[0].size < _FEWEST_COPIED:  # noqa: PLR2004 -- a row has columns
                continue
            one, other = each.astype(np.float64).ravel(), target.astype(np.float64).ravel()
            if np.std(one) > 0 and np.std(other) > 0 and np.corrcoef(one, other)[0, 1] > _COPIED:
                return True
    return False


def _rows(context: ExperimentContext) -> tuple[Any, Any, Any, Any, bool]:
    """Return training rows, held-out rows, and whether the network was trained on those as well."""
    spec = context.spec
    x, y = spec.data["x"], spec.data["y"]
    held = spec.validation
    if held is not None and rows_in(held[0]) >= FEWEST_ROWS // 4 and spec.rows >= FEWEST_ROWS:
        chosen, held_chosen = evenly_spaced(spec.rows, MOST_ROWS), evenly_spaced(rows_in(held[0]), MOST_HELD)
        return take(x, chosen), take(y, chosen), take(held[0], held_chosen), take(held[1], held_chosen), False
    if spec.rows < FEWEST_ROWS:
        raise ValueError(f"there are {spec.rows} training rows, and {FEWEST_ROWS} are needed")
    order = np.random.default_rng(context.seed).permutation(evenly_spaced(spec.rows, MOST_ROWS + MOST_HELD))
    cut = round(len(order) * _HELD_OUT)
    out, rest = np.sort(order[:cut]), np.sort(order[cut:])
    return take(x, rest), take(y, rest), take(x, out), take(y, out), True


def _outputs(run: Run, y: Any, held_y: Any, answers_of_network: Any) -> list[_Output]:
    found = keras.tree.flatten(answers_of_network)
    train, held = keras.tree.flatten(y), keras.tree.flatten(held_y)
    known = heads(run)
    if not len(found) == len(train) == len(held) == len(known):
        raise ValueError("outputs and targets do not pair")
    return [_output(head, *map(np.asarray, each)) for head, *each in zip(known, train, held, found, strict=True)]


def _output(head: Head, target: np.ndarray, held: np.ndarray, answer: np.ndarray) -> _Output:
    signed = bool(head.target is not None and head.target.signed)
    task = head.task
    per_row = target.size // max(1, len(target))
    units = answer.shape[-1] if answer.ndim > 1 else 1
    if answer.ndim == 1:
        answer = answer[:, None]
    if not np.isfinite(target.astype(np.float64)).all():
        raise ValueError("targets are not all finite")
    if task in {"multi-class", "binary"}:
        one_hot = bool(head.target is not None and head.target.one_hot and per_row > 1)
        if per_row != 1 and not (one_hot and target.ndim == 2):  # noqa: PLR2004 -- rows and classes
            raise ValueError("targets are given at each position")
        classes = max(2, units, per_row)
        labels = _labels(target, classes, signed=signed)
        if labels.min() < 0 or labels.max() >= classes or answer.ndim != 2:  # noqa: PLR2004 -- rows and units
            raise ValueError("the labels do not fit the units of the output")
        return _Output(head, TargetColumns("classes", labels, classes), held, answer, signed)
    columns = target.reshape(len(target), -1).astype(np.float64)
    if columns.shape[1] != answer.reshape(len(answer), -1).shape[1]:
        raise ValueError("outputs and targets differ in shape")
    return _Output(
        head,
        TargetColumns("labels" if task == "multi-label" and not signed else "values", columns),
        held,
        answer,
        False,
    )


def _labels(target: np.ndarray, classes: int, *, signed: bool) -> np.ndarray:
    if target.ndim > 1 and target.shape[-1] == classes and target.shape[-1] > 1:
        return target.argmax(axis=-1)
    flat = target.reshape(len(target), -1)[:, 0]
    return (flat > 0).astype(int) if signed else flat.astype(int)


def _network_fit(output: _Output, logits: bool) -> np.ndarray:
    """Return how well the network's answers fit, as of the learners."""
    answer = np.nan_to_num(output.answer.astype(np.float64), posinf=1e6, neginf=-1e6)
    if output.columns.task != "classes":
        return output.fit(answer)
    if output.signed and answer.shape[-1] == 1 and not logits:
        answer = (answer + 1) / 2
    logits = logits or (answer.shape[-1] > 1 and bool((np.abs(answer.sum(axis=1) - 1) > _ROUNDING).any()))
    return output.fit(as_probabilities(answer, logits=logits))


def _chance(fits: list[np.ndarray], seed: int) -> float:
    """Return how often answers that are dealt to other rows fit as well; of several learners, those of the best."""
    generator = np.random.default_rng(seed)
    rows = len(fits[0])
    observed = max(float(np.trace(each)) for each in fits)
    count = 1
    for _ in range(_PERMUTATIONS):
        order = generator.permutation(rows)
        count += max(float(each[np.arange(rows), order].sum()) for each in fits) >= observed
    return count / (_PERMUTATIONS + 1)


def _constant(outputs: list[_Output], metric: Metric) -> np.ndarray:
    """Return the scores by row of the best answer that ignores the inputs."""
    found = []
    for each in outputs:
        columns = each.columns
        if columns.task == "classes":
            shares = np.bincount(columns.values, minlength=columns.classes) / len(columns.values)
            answer = np.broadcast_to(shares, (len(each.held), columns.classes))
        else:
            answer = np.broadcast_to(columns.values.mean(axis=0), (len(each.held), columns.values.shape[1]))
        found.append(metric.rowwise(each.in_form(np.array(answer)), each.held, False))
    return np.mean(found, axis=0)


def _loss(model: keras.Model, x: Any, y: Any, form: Any) -> Callable[[list[np.ndarray]], float]:
    """Return a function that gives the model's loss of such answers; NaN where it does not take them."""
    probe = engine.InferenceProbe(model, x, y, ())

    def loss_of(found: list[np.ndarray]) -> float:
        try:
            return probe.loss_of(keras.tree.pack_sequence_as(form, found))
        except Exception:  # noqa: BLE001 -- the user's own loss may take the network's own outputs alone
            return float("nan")

    return loss_of
