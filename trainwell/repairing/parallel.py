"""Trials in several processes: each gets the TrainingSpec as plain data, builds it anew, and trains it as here.

A trial seeds all that it draws from, so that it comes to the same wherever it runs.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import joblib
import keras

from trainwell.edits import Blueprint
from trainwell.edits.blueprint import is_graph
from trainwell.experiments.trial import TrialOutcome, TrialRunner
from trainwell.progress import stage
from trainwell.training_spec import TrainingSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.edits import Edit
    from trainwell.experiments.scoring import Metric

_SERIALIZED = (keras.optimizers.Optimizer, keras.metrics.Metric, keras.losses.Loss)


@dataclass(frozen=True)
class PortableSpec:
    """A Bench that another process can be sent.

    Args:
        blueprint: of the model.
        compile: with Keras's objects as their configurations.
        custom: classes of these objects that are the user's own.
        data, fit, metric, fresh: as of the Bench.
    """

    blueprint: Blueprint
    compile: dict[str, Any]
    custom: dict[str, Any]
    data: dict[str, Any]
    fit: dict[str, Any]
    metric: Metric
    fresh: bool

    @classmethod
    def of(cls, bench: TrialRunner) -> PortableSpec:
        """From a Bench whose model is told by its configuration."""
        spec, custom = bench.spec, {}

        def told(value: Any) -> Any:
            if not isinstance(value, _SERIALIZED):
                return value
            custom[type(value).__name__] = type(value)
            return _Told(keras.saving.serialize_keras_object(value))

        arguments: Any = keras.tree.map_structure(told, spec.compile, none_is_leaf=True)
        callbacks = [_alone(each) for each in spec.fit.get("callbacks") or []]
        fit = {**spec.fit, **({"callbacks": callbacks} if callbacks else {})}
        return cls(Blueprint.of(spec.model), arguments, custom, spec.data, fit, bench.metric, bench.fresh)

    def bench(self) -> TrialRunner:
        """The Bench, in the process that it was sent to."""

        def made(value: Any) -> Any:
            if not isinstance(value, _Told):
                return value
            return keras.saving.deserialize_keras_object(value.config, custom_objects=self.custom, safe_mode=False)

        arguments: Any = keras.tree.map_structure(made, self.compile, none_is_leaf=True)
        spec = TrainingSpec(self.blueprint.build(), arguments, self.data, self.fit)
        spec.compiled()
        return TrialRunner(spec, self.metric, self.fresh)


@dataclass(frozen=True)
class _Told:
    """A Keras object's configuration, as a leaf."""

    config: Any


@dataclass(frozen=True)
class ParallelTrialRunner(TrialRunner):
    """A Bench whose trials of one rung run in several processes; the results are those of one.

    Args:
        workers: processes.
    """

    workers: int = 1

    @classmethod
    def of(cls, bench: TrialRunner, workers: int) -> TrialRunner:
        """The same Bench spread over processes, where there is more than one and the model can be sent."""
        if workers <= 1 or not is_graph(bench.spec.model):
            return bench
        return cls(bench.spec, bench.metric, bench.fresh, workers)

    def train_groups(
        self,
        groups: Sequence[tuple[Sequence[Edit], Sequence[float | None]]],
        seeds: Sequence[int],
        steps: int,
        first: int,
        names: Sequence[str],
    ) -> list[list[TrialOutcome]]:
        """As of `TrialRunner`."""
        del names  # several are trained at a time
        portable = PortableSpec.of(self)
        calls = [joblib.delayed(_train)(portable, edits, rates, seeds, steps, first) for edits, rates in groups]
        results: Any = joblib.Parallel(n_jobs=self.workers, return_as="generator")(calls)
        found = []
        with stage("", len(groups), counter="") as progress:
            for result in results:
                found.append(result)
                progress.advance()
        return found


def _train(portable: PortableSpec, edits: Any, rates: Any, seeds: Any, steps: int, first: int) -> list[TrialOutcome]:
    return portable.bench().train_rates(edits, rates, seeds, steps, first)


def _alone(callback: keras.callbacks.Callback) -> keras.callbacks.Callback:
    """A callback without the model that it was last used on."""
    other = copy.copy(callback)
    other.set_model(None)
    return other
