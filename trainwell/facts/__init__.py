"""Facts for a Run: of a model, its compile arguments, its data, the versions and the machine, as plain data."""

from __future__ import annotations

from trainwell.facts.data import describe_input as describe_input
from trainwell.facts.data import describe_split as describe_split
from trainwell.facts.data import describe_target as describe_target
from trainwell.facts.model import graph_facts as graph_facts
from trainwell.facts.model import loss_facts as loss_facts
from trainwell.facts.model import metric_facts as metric_facts
from trainwell.facts.recorded import compile_facts as compile_facts
from trainwell.facts.recorded import environment_facts as environment_facts
from trainwell.facts.recorded import model_facts as model_facts
from trainwell.facts.recorded import progress_facts as progress_facts
from trainwell.facts.recorded import public_path as public_path

__all__ = [
    "compile_facts",
    "describe_input",
    "describe_split",
    "describe_target",
    "environment_facts",
    "graph_facts",
    "loss_facts",
    "metric_facts",
    "model_facts",
    "progress_facts",
    "public_path",
]
