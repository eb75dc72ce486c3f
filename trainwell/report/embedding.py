"""Figures and pictures as parts of a page: data URIs, which need no second file and no network."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from trainwell.report.figures.saving import encode
from trainwell.report.palette import DARK, LIGHT

if TYPE_CHECKING:
    from trainwell.report.figures.plate import Plate

_SCREEN_DOTS = 96  # CSS pixels an inch
_SIDE_BY_SIDE = 820  # CSS pixels; a wider matrix gets the page's whole width


def embedded(plate: Plate) -> dict[str, Any]:
    """A plate as the template takes it: its picture in both styles as data URIs, its size in CSS pixels."""
    light = plate.draw(LIGHT)
    width, height = (round(inches * _SCREEN_DOTS) for inches in light.get_size_inches())
    return {
        "heading": plate.heading,
        "description": plate.description,
        "light": data_uri(encode(light, "svg"), "svg+xml"),
        "dark": data_uri(encode(plate.draw(DARK), "svg"), "svg+xml"),
        "width": width,
        "height": height,
        "big": width > _SIDE_BY_SIDE,
    }


def data_uri(data: bytes, kind: str) -> str:
    """Bytes as a data URI of `image/kind`."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
