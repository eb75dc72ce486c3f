"""Do the ids that reach each `Embedding` lie within its rows?

Ids that come straight from an input, or through layers that only arrange values, are read from all rows. Where other
layers make them, some rows are passed through the model.

Not good at: rows of a source of batches that were not read, and an id that other layers make of a rare row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from trainwell.engine import outputs_by_layer
from trainwell.run import EmbeddingIdsRecord, Graph, IdsRecord
from trainwell.run.layer_kinds import ARRANGING, DROPOUTS
from trainwell.training_spec import evenly_spaced
from trainwell.trees import named, rows_in, take

if TYPE_CHECKING:
    from trainwell.experiments.context import ExperimentContext
    from trainwell.run import CallRecord

MOST_ROWS = 256  # that are passed through the model
_CHANGING = {"Cropping1D", "Cropping2D", "Cropping3D", "GaussianNoise", "GaussianDropout", "AlphaDropout"}
KEEPING = (ARRANGING | DROPOUTS | {"Masking", "Cast", "InputLayer"}) - _CHANGING
"""Layers and operations whose outputs are all values of their input, in inference mode."""


def embedding_ids(context: ExperimentContext) -> EmbeddingIdsRecord | None:
    """Return the range of the ids of each `Embedding`; `None` for a model without one."""
    graph = Graph.of(context.run)
    calls = [each for each in graph.calls if each.kind == "Embedding" and each.of_keras and _rows_of(each)]
    if not calls:
        return None
    found: list[IdsRecord] = []
    validation = context.spec.validation
    parts: list[tuple[Literal["training", "validation"], Any]] = [("training", context.spec.data["x"])]
    if validation is not None:
        parts.append(("validation", validation[0]))
    for part, x in parts:
        inputs = {f"@{name or 'x'}": values for name, values in named(x).items()}
        made: dict[str, np.ndarray] | None = None
        for call in calls:
            source = source_of(graph, call)
            values = inputs.get(source or "")
            if values is None:
                if made is None:
                    made = outputs_by_layer(context.model, take(x, evenly_spaced(rows_in(x), MOST_ROWS)))
                values = made.get((call.inputs or ("",))[0] or "")
            record = _record(call, values)
            if record is not None:
                record.part, record.name = part, source.removeprefix("@") if source in inputs else ""
                found.append(record)
    return EmbeddingIdsRecord(embeddings=found) if found else None


def source_of(graph: Graph, call: CallRecord) -> str | None:
    """Return the model's input, such as `"@x"`, whose values reach a call unchanged; `None` where none is known."""
    place = call.inputs[0] if len(call.inputs) == 1 else None
    while place is not None and not place.startswith("@"):
        before = graph.at(place)
        if before is None or before.kind not in KEEPING or len(before.inputs) != 1:
            return None
        place = before.inputs[0]
    return place


def _rows_of(call: CallRecord) -> int:
    size = call.config.get("input_dim")
    return size if isinstance(size, int) else 0


def _record(call: CallRecord, values: Any) -> IdsRecord | None:
    if values is None or values.dtype.kind not in "biuf" or not values.size:
        return None
    if values.dtype.kind == "f":
        values = np.trunc(values[np.isfinite(values)])  # as the layer casts them
        if not values.size:
            return None
    size = _rows_of(call)
    return IdsRecord(
        place=call.place,
        input_dim=size,
        minimum=int(values.min()),
        maximum=int(values.max()),
        outside=int(((values < 0) | (values >= size)).sum()),
        ids=int(values.size),
    )
