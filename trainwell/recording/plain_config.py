"""Configurations of layers, losses, metrics and optimizers as plain data that JSON can carry."""

from __future__ import annotations

from typing import Any


def config_of(layer: Any) -> dict[str, Any] | None:
    """Return the configuration of a layer, a loss or a metric as plain data; `None` if it has none."""
    try:
        return plain(layer.get_config())
    except Exception:  # noqa: BLE001 -- a layer of the user's own may raise anything here, and its training is over
        return None


def plain(value: Any) -> Any:
    """Return a configuration as plain data: Keras's own serialisation of objects, the text of anything else."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)
