"""Experiments: short trainings and evaluations that confirm or refute what rules suspect.

An experiment takes an `ExperimentContext` and returns the record for `run.experiments`. It leaves the model's weights
as they are. What raises is entered as a reason in `not_measured`, and everything else goes on.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from trainwell.engine.generators import preserve_rng
from trainwell.errors import telling_line
from trainwell.experiments.batches import batches
from trainwell.experiments.class_weights import class_weights
from trainwell.experiments.context import ExperimentContext as ExperimentContext  # noqa: TC001 -- handed on
from trainwell.experiments.embedding_ids import embedding_ids
from trainwell.experiments.first_activation import first_activation
from trainwell.experiments.frozen import frozen
from trainwell.experiments.gradients import gradients
from trainwell.experiments.ids_as_numbers import ids_as_numbers
from trainwell.experiments.loss_function import loss_function
from trainwell.experiments.one_hot import one_hot
from trainwell.experiments.periodic_target import periodic_target
from trainwell.experiments.position import position
from trainwell.experiments.priors import priors
from trainwell.experiments.references import references
from trainwell.experiments.row_mixing import row_mixing
from trainwell.experiments.weights import weights
from trainwell.progress import stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from trainwell.run import Section

    Experiment = Callable[[ExperimentContext], Section | None]

BEFORE_TRAINING: dict[str, Any] = {
    "row_mixing": row_mixing,
    "loss_function": loss_function,
    "frozen": frozen,
    "batches": batches,
    "weights": weights,
    "class_weights": class_weights,
    "one_hot": one_hot,
    "embedding_ids": embedding_ids,
    "ids_as_numbers": ids_as_numbers,
    "position": position,
    "first_activation": first_activation,
    "periodic_target": periodic_target,
    "gradients": gradients,
}
"""By the name of their record, those that need no training."""
AFTER_TRAINING: dict[str, Any] = {"references": references, "priors": priors}
"""By the name of their record, those that look at the trained model."""


def experiment(context: ExperimentContext, experiments: Mapping[str, Experiment]) -> None:
    """Make experiments while there is time, and enter their records into the Run.

    Args:
        context: what they work on.
        experiments: by the name of their record. One that returns `None` does not concern this training.
    """
    missing = context.run.not_measured
    for name, make in experiments.items():
        if time.monotonic() > context.deadline:
            missing[f"experiment:{name}"] = "the budget was spent before"
            continue
        try:
            with stage(), preserve_rng():
                record = make(context)
        except Exception as error:  # noqa: BLE001 -- the user's own layers and losses may raise anything
            missing[f"experiment:{name}"] = f"the experiment {name} could not be made: {telling_line(error)}"
            continue
        if record is None:
            context.run.experiments.not_concerned.append(name)
        else:
            setattr(context.run.experiments, name, record)
