"""`tw.Watch`: a callback that says what is wrong with a training, for those who keep `model.fit`.

It trains nothing and changes nothing: weights and logs are those of the training without it. So there are no probes,
and what Keras does not show a callback is not measured.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

import keras

from trainwell.engine.step_tap import StepTap
from trainwell.errors import InputError, telling_line
from trainwell.recording import CallbackRecorder
from trainwell.rule import Finding
from trainwell.rules import all_rules, faults, judge, selected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.diagnosis.diagnosis import Diagnosis
    from trainwell.engine import Recording
    from trainwell.engine.feeds import FeedPart
    from trainwell.rule import Rule
    from trainwell.run import Run

_EACH = 10  # epochs at the beginning whose ends are all judged
_GROWTH = 1.1  # of the epochs between later ones, so that a long training is judged some dozens of times
_FEWEST = 2  # epochs for which a fault of the training itself must be seen
_SHARE = 0.1  # of the planned epochs, likewise: what has begun slowly may still learn
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
        self._view: CallbackRecorder | None = None
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
            self._run = self._seen.run()
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
        if self._view is not None:  # of a training that an exception ended
            self._view.leave()
        if not in_engine:
            self._watching = self._new_watching()
        self._last_judged = 0
        self._said: set[str] = set()
        self._since: dict[str, int] = {}
        self._forget()
        # Asking a callback for its model has Keras put the state back into it, which must not happen within a step.
        self._trained: Any = self.model
        self._view = CallbackRecorder(
            self._trained,
            self.params or {},
            self._watching,
            in_engine=in_engine,
            first=self._first,
            news=self._judge,
        )

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """From here on the batches are those of the training."""
        del epoch, logs
        self._seen.begin_epoch()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Looks at the model, and judges now and then."""
        view = self._seen
        self._forget()
        view.end_epoch(epoch, logs or {})
        if view.diverged or view.epochs <= _EACH or view.epochs >= self._last_judged * _GROWTH:
            self._last_judged = view.epochs
            self._judge()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Puts back what it stood in for, looks and judges a last time."""
        del logs
        self._seen.end()
        self._forget()
        for each in self.faults:
            if each.rule.id not in self._said and (self._verbose or each.rule.severity == "fatal"):
                self._say(each)

    @property
    def _seen(self) -> CallbackRecorder:
        if self._view is None:
            raise InputError("The Watch has not seen a training.", "Pass it to fit first: callbacks=[watch].")
        return self._view

    def _new_watching(self) -> StepTap:
        return StepTap(self._before_steps, every=self._every, first=self._first)

    def _before_steps(self, step: int, values: Any, part: FeedPart) -> None:
        self._forget()
        self._seen.before_steps(step, values, part)

    def _judge(self) -> None:
        """Judges the training so far; warns of fatal faults that have appeared, and stops where that was asked for."""
        self._forget()
        found = [each for each in self.faults if each.rule.severity == "fatal"]
        self._since = {each.rule.id: self._since.get(each.rule.id, self._seen.epochs) for each in found}
        for each in found:
            if each.rule.id in self._said or not self._has_appeared(each):
                continue
            self._say(each)
            if self._stop_on == "fatal":
                self._trained.stop_training = True

    def _has_appeared(self, finding: Finding) -> bool:
        """Whether what is found is no matter of how little of the training was seen yet."""
        view = self._seen
        if view.diverged or finding.rule.family == "setup":
            return True
        if finding.rule.family == "data":
            return view.whole_epoch
        return view.epochs - self._since[finding.rule.id] >= max(_FEWEST, _SHARE * (view.planned or 1))

    def _say(self, finding: Finding) -> None:
        self._said.add(finding.rule.id)
        _logger.warning("trainwell: %s %s: %s", finding.rule.id, finding.rule.name, finding.message)

    def _forget(self) -> None:
        self._run: Run | None = None
        self._findings: list[Finding] | None = None


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
                why = f"The rule failed with {type(failed[rule.id]).__name__}: {telling_line(failed[rule.id])}"
                found[rule.id] = Finding(rule, "not measured", message=why)
        return [found[rule.id] for rule in rules]
