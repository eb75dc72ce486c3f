"""The size of weights as an initializer draws them."""

from __future__ import annotations

import math
from typing import Any

_TRUNCATED = 0.8796  # deviation of a normal distribution cut off at two deviations


def drawn_size(initializer: Any, shape: tuple[int, ...]) -> float | None:
    """Return the root mean square of what an initializer of Keras draws; `None` for others.

    Args:
        initializer: as a configuration, with `class_name` and `config`.
        shape: of the weights, inputs before units.
    """
    if not isinstance(initializer, dict) or initializer.get("registered_name"):
        return None
    kind, config = initializer.get("class_name", ""), initializer.get("config") or {}
    positions = math.prod(shape[:-2])
    fan_in, fan_out = positions * shape[-2], positions * shape[-1]  # as Keras counts them, for any layer
    fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    if kind == "VarianceScaling":
        return math.sqrt(config.get("scale", 1.0) / fans[config.get("mode", "fan_in")])
    scale = {"He": (2.0, "fan_in"), "Lecun": (1.0, "fan_in"), "Glorot": (1.0, "fan_avg")}
    for name, (factor, mode) in scale.items():
        if kind.startswith(name):
            return math.sqrt(factor / fans[mode])
    if kind == "RandomNormal":
        return math.hypot(config["mean"], config["stddev"])
    if kind == "TruncatedNormal":
        return math.hypot(config["mean"], _TRUNCATED * config["stddev"])
    if kind == "RandomUniform":
        low, high = config["minval"], config["maxval"]
        return math.sqrt((low * low + low * high + high * high) / 3)
    if kind == "Orthogonal":
        return config.get("gain", 1.0) / math.sqrt(max(math.prod(shape[:-1]), shape[-1]))
    return None
