"""`tw.Watch`: a callback that says what is wrong with a training, for those who keep `model.fit`.

It trains nothing and changes nothing: weights and logs are those of the training without it. So there are no probes,
and what Keras does not show a callback is not measured.
"""

from __future__ import annotations

import logging
import math
import re
import time
from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np

from trainwell.diagnosis.data import Data
from trainwell.diagnosis.gather import INSIDE, LOOKED_AT
from trainwell.diagnosis.observer import Observer
from trainwell.diagnosis.seen import facts_at_begin, facts_of_rows, facts_once_built
from trainwell.engine import Inspection
from trainwell.engine.generators import generators_left_as_they_are
from trainwell.engine.rows import Rows
from trainwell.engine.watching import (
    WatchedFunction,
    Watching,
    copy_of_weights,
    holding,
    reason_against_batches,
    reason_against_signals,
)
from trainwell.errors import InputError
from trainwell.rule import Finding
from trainwell.rules import all_rules, faults, judge, selected
from trainwell.run import Run, Series
from trainwell.signals import named as signals_named
from trainwell.trees import named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from trainwell.diagnosis.diagnosis import Diagnosis
    from trainwell.engine import Recording
    from trainwell.engine.feeds import Part
    from trainwell.rule import Rule

_EACH = 10  # epochs at the beginning whose ends are all judged
_GROWTH = 1.1  # of the epochs between later ones, so that a long training is judged some dozens of times
_FEWEST = 2  # epochs for which a fault of the training itself must be seen
_SHARE = 0.1  # of the planned epochs, likewise: what has begun slowly may still learn
_BY_BATCH = "BatchNormalization"
_logger = logging.getLogger("trainwell")


class Watch(keras.callbacks.Callback):
    """Watches a training by `model.fit` or `tw.fit`, and tells its faults.

    On JAX it reads signals of every layer from within the training step, sees the batches, and looks at the model
    between epochs; the weights are bit for bit those without it. Data are judged from at most 4,096 rows, spread evenly
    over the first epoch. On other backends it has the model's facts and the logs of the epochs, and what needs more is
    "not measured".

    A fatal fault is said on the logger `trainwell` when it appears: one of the set-up after the first steps, one of the
    data after the first epoch, one of the training itself once it has lasted for a tenth of the epochs, and a loss that
    is no number at once.

    Args:
        rules: which rules to judge by: `"all"`, or ids, beginnings of ids, names or families.
        ignore: rules to leave out, in the same forms.
        stop_on: `"fatal"` stops the training where a fatal fault appears; `None` never does.
        verbose: say the faults that are not fatal too, when the training ends.
        every: steps between two readings of signals, at least 1.
        first: so many steps at the beginning are all read.

    Raises:
        InputError: an argument is out of its range, or there is no such rule.

    Example:
    >>> import keras, numpy as np, trainwell as tw
    >>> keras.utils.set_random_seed(0)
    >>> x = np.random.default_rng(0).normal(size=(256, 4))
    >>> model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> watch = tw.Watch(rules="dying-relu")
    >>> history = model.fit(x, x[:, :1], epochs=2, verbose=0, callbacks=[watch])
    >>> [(finding.rule.name, finding.outcome) for finding in watch.findings]
    [('dying-relu', 'passed')]
    """

    def __init__(
        self,
        rules: Iterable[str] | str = "all",
        ignore: Iterable[str] | str = (),
        stop_on: Literal["fatal"] | None = None,
        *,
        verbose: bool = True,
        every: int = 50,
        first: int = 20,
    ) -> None:
        super().__init__()
        if stop_on not in {None, "fatal"}:
            raise InputError(f"stop_on is {stop_on!r}.", 'Give "fatal", or None to let every training go on.')
        self._rules = all_rules() if rules == "all" else selected(rules)
        self._ignore = ignore if isinstance(ignore, str) else tuple(ignore)
        if self._ignore:
            selected(self._ignore)
        self._stop_on, self._verbose, self._every, self._first = stop_on, verbose, every, first
        self._facts: dict[str, Any] | None = None
        self._function: WatchedFunction | None = None
        self._watching = self._new_watching()
        self._asked_by_engine = False
        self._forget()

    @property
    def run(self) -> Run:
        """Facts and signals of the training, as far as it has come.

        Raises:
            InputError: there was none.
        """
        if self._run is None:
            self._run = self._run_so_far()
        return self._run

    @property
    def findings(self) -> list[Finding]:
        """What each rule says, in the order of their numbers."""
        if self._findings is None:
            self._findings = _judged(self.run, self._rules, self._ignore)
        return self._findings

    @property
    def faults(self) -> list[Finding]:
        """The causes among the faults, the worst first."""
        return faults(self.findings)

    @property
    def diagnosis(self) -> Diagnosis:
        """The same, to print or to write as a page."""
        from trainwell.diagnosis.diagnosis import Diagnosis  # noqa: PLC0415 -- for those who ask for it

        return Diagnosis(self.run, tuple(self.findings))

    def watch_engine(self) -> Recording:
        """For `tw.fit`, which hands out no `train_function`: the Recording to be kept by its own loop."""
        self._asked_by_engine = True
        self._watching = self._new_watching()
        return self._watching

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begins anew, and goes in where the batches pass."""
        del logs
        in_engine, self._asked_by_engine = self._asked_by_engine, False
        if self._function is not None:  # of a training that an exception ended
            self._function.leave()
        if not in_engine:
            self._watching = self._new_watching()
        # Asking a callback for its model has Keras put the state back into it, which must not happen within a step.
        model: Any = self.model
        self._trained = model
        self._told = self._facts = facts_at_begin(model, self.params or {})
        self._function = None
        self._observer: Observer | None = None
        self._rows: Rows | None = None
        self._whole_epoch = self._over = self._diverged = self._early = False
        self._weights: Any = None
        self._loss_in_training: float | None = None
        self._curves: dict[str, tuple[list[int], list[float]]] = {}
        self._epochs = self._steps = self._last_judged = 0
        self._said: set[str] = set()
        self._since: dict[str, int] = {}
        self._began = time.monotonic()
        self._forget()
        missing = self._told["not_measured"]
        reason = "" if in_engine else reason_against_batches(model)
        if not reason:
            against = "" if in_engine else reason_against_signals(model)
            if against:
                missing["signals"] = against
            if not in_engine:
                self._function = WatchedFunction.put(model, self._watching, measures=not against)
                reason = "" if self._function else "another tw.Watch is at work in this training"
        if reason:
            missing.update(signals=reason, facts=reason)
        else:
            self._rows = Rows()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """From here on the batches are those of the training."""
        del epoch, logs
        if self._function is not None:
            self._function.begin_epoch()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Looks at the model, and judges now and then."""
        if self._function is not None:
            self._function.end_epoch()
        self._epochs += 1
        for name, value in (logs or {}).items():
            if np.ndim(value) == 0:
                at, values = self._curves.setdefault(name, ([], []))
                at.append(self._epochs)
                values.append(float(value))
        self._diverged = self._diverged or not math.isfinite((logs or {}).get("loss", 0.0))
        self._forget()
        if "model" not in self._told:
            self._told = self._facts = facts_once_built(self._trained, self._told, self.params or {})
        self._guarded(self._look, epoch, logs)
        if self._diverged or self._epochs <= _EACH or self._epochs >= self._last_judged * _GROWTH:
            self._last_judged = self._epochs
            self._judge()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Puts back what it stood in for, looks and judges a last time."""
        del logs
        if self._function is not None:
            self._function.leave()
        self._guarded(self._look_at_end)
        self._over = True
        self._forget()
        for each in self.faults:
            if each.rule.id not in self._said and (self._verbose or each.rule.severity == "fatal"):
                self._say(each)

    def _new_watching(self) -> Watching:
        return Watching(self._before_steps, every=self._every, first=self._first)

    def _before_steps(self, step: int, values: Any, part: Part) -> None:
        """Told by the engine of the batches that come next, and of the model's state before them."""
        self._steps = step + part.steps
        self._forget()
        self._guarded(self._take, step, values, part)

    def _take(self, step: int, values: Any, part: Part) -> None:
        if self._rows is not None and not self._whole_epoch:
            if step == 0:
                self._weights = copy_of_weights(values)
            self._rows.take(part)
        if values is None:
            return
        model = self._trained
        if not self._early and step >= max(1, self._first):
            self._early = True
            with holding(model, values):
                self._learn()
                self._judge()
        if not self._diverged and self._watching.until_due(step) == 0:
            loss = self._watching.latest_loss()
            if loss is not None and not math.isfinite(loss):
                self._diverged = True
                with holding(model, values):
                    self._learn()
                    self._judge()

    def _learn(self) -> None:
        """Facts from the rows so far; the model's variables must hold values."""
        kept = None if self._rows is None or self._whole_epoch else self._rows.kept()
        if self._rows is None or kept is None:
            return
        self._facts = facts_of_rows(self._trained, self._told, self._rows, kept, whole_epoch=False)

    def _look(self, epoch: int, logs: dict[str, Any] | None) -> None:
        if self._rows is None and self._observer is None:
            return
        with generators_left_as_they_are():
            if self._rows is not None:
                self._first_look(self._rows)
            if self._observer is not None:
                self._observer.on_epoch_end(epoch, logs)

    def _first_look(self, rows: Rows) -> None:
        """Once all rows of an epoch went by: the facts, and the model as it was before the first step."""
        model = self._trained
        kept, weights = rows.kept(), self._weights
        self._whole_epoch, self._weights, self._rows = True, None, None
        if kept is None:
            self._not_measured(rows.reason or "no batch was seen")
            return
        self._facts = facts_of_rows(model, self._told, rows, kept, whole_epoch=True)
        self._looked_at = Data(kept.x, kept.y, None, None, "").some(LOOKED_AT)
        inspection = Inspection(model, *self._looked_at, signals_named(INSIDE))
        observer = Observer(inspection, named(self._looked_at[1]), math.inf, stops=False)
        observer.set_model(model)
        with holding(model, weights):
            observer.on_train_begin()
        self._observer = observer

    def _look_at_end(self) -> None:
        model = self._trained
        if self._observer is None or self._facts is None:
            return
        with generators_left_as_they_are():
            self._observer.on_train_end()
            if any(call["class"] == _BY_BATCH for call in self._facts["model"].get("calls", ())):
                self._loss_in_training = Inspection(model, *self._looked_at, (), training=True)().loss

    def _judge(self) -> None:
        """Judges the training so far; warns of fatal faults that have appeared, and stops where that was asked for."""
        found = [each for each in self.faults if each.rule.severity == "fatal"]
        self._since = {each.rule.id: self._since.get(each.rule.id, self._epochs) for each in found}
        for each in found:
            if each.rule.id in self._said or not self._has_appeared(each):
                continue
            self._say(each)
            if self._stop_on == "fatal":
                self._trained.stop_training = True

    def _has_appeared(self, finding: Finding) -> bool:
        """Whether what is found is no matter of how little of the training was seen yet."""
        if self._diverged or finding.rule.family == "setup":
            return True
        if finding.rule.family == "data":
            return self._whole_epoch
        planned = (self.params or {}).get("epochs") or 1
        return self._epochs - self._since[finding.rule.id] >= max(_FEWEST, _SHARE * planned)

    def _say(self, finding: Finding) -> None:
        self._said.add(finding.rule.id)
        _logger.warning("trainwell: %s %s: %s", finding.rule.id, finding.rule.name, finding.message)

    def _run_so_far(self) -> Run:
        if self._facts is None:
            raise InputError("The Watch has not seen a training.", "Pass it to fit first: callbacks=[watch].")
        facts, epochs = dict(self._facts), (self.params or {}).get("epochs")
        steps = facts["fit"]["steps_per_epoch"]
        facts["fit"] = {
            **facts["fit"],
            "epochs_run": self._epochs,
            "steps": self._steps or (steps or 0) * self._epochs,
            "planned_steps": steps * epochs if steps and epochs else None,
            "cut": not self._over,
            "out_of_time": False,
            "diverged": self._diverged,
            "stopped_by_callback": self._over and not self._diverged and self._epochs < (epochs or 0),
            "seconds": time.monotonic() - self._began,
        }
        facts["not_measured"] = {**facts["not_measured"], **self._watching.not_measured}
        if self._function is not None and self._function.reason:
            facts["not_measured"]["signals"] = self._function.reason
        if "data" in facts and self._epochs and not any(name.startswith("val_") for name in self._curves):
            facts["data"] = {**facts["data"], "split_kind": ""}  # what is never validated has no validation data
        run = Run(facts)
        for name, (at, values) in self._curves.items():
            metric = name.removeprefix("val_")
            part = "train" if metric == name else "validation"
            run.signals[f"{part}/{metric}"] = Series(np.asarray(values), np.asarray(at), "epoch")
        run.signals.update(self._watching.series())
        if self._observer is not None:
            run.signals.update(self._observer.series())
        if self._loss_in_training is not None:
            run.signals["inference/loss_in_training_mode"] = Series(
                np.asarray([self._loss_in_training]), np.asarray([self._epochs]), "epoch"
            )
        return run

    def _forget(self) -> None:
        self._run: Run | None = None
        self._findings: list[Finding] | None = None

    def _not_measured(self, reason: str) -> None:
        """Says why facts of the data and looks at the model are lacking."""
        if self._facts is not None:
            general = {"facts": reason, "signals": reason, "inference": reason}
            self._facts["not_measured"] = {**general, **self._facts["not_measured"]}

    def _guarded(self, action: Callable[..., None], *arguments: Any) -> None:
        """Does what a training must not fail by; where it fails, looking ends and is said to be not measured."""
        try:
            action(*arguments)
        except Exception as error:  # noqa: BLE001 -- a user's own step or layer may ask for what a look cannot give
            reason = f"the model could not be looked at outside its step: {_first_line(error)}"
            _logger.warning("trainwell: tw.Watch goes on with less, because %s", reason)
            self._not_measured(reason)
            self._rows = self._observer = self._weights = None


def _judged(run: Run, rules: Iterable[Rule], ignore: Iterable[str] | str) -> list[Finding]:
    """As `judge`; a rule that fails on what little a callback sees is not measured, and the training goes on."""
    rules = tuple(rules)
    try:
        return judge(run, rules, ignore=ignore)
    except Exception:  # noqa: BLE001 -- which one it was is found out below
        failed: dict[str, Exception] = {}
        for rule in rules:
            try:
                judge(run, [rule], ignore=ignore)
            except Exception as error:  # noqa: BLE001 -- said in the finding
                failed[rule.id] = error
        found = {each.rule.id: each for each in judge(run, [r for r in rules if r.id not in failed], ignore=ignore)}
        for rule in rules:
            if rule.id in failed:
                why = f"The rule failed with {type(failed[rule.id]).__name__}: {_first_line(failed[rule.id])}"
                found[rule.id] = Finding(rule, "not measured", message=why)
        return [found[rule.id] for rule in rules]


def _first_line(error: Exception) -> str:
    """What was raised, in a line; of what Keras tells around an error in a layer, the error."""
    lines = [line for line in re.sub(r"\x1b\[\d*m", "", str(error)).splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("Exception encountered when calling"):
        return f"{lines[1]} ({lines[0].removeprefix('Exception encountered when calling ').rstrip('.')})"
    return lines[0] if lines else type(error).__name__
