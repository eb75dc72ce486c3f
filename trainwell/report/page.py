"""A Run as one HTML page: a single file that loads nothing, in light and dark, readable without JavaScript.

Every name is escaped, and the page forbids scripts and network itself (Content-Security-Policy), so that a class or
column name can do no harm. Figures stand in the page twice, once for each style, which about doubles its size.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from trainwell.errors import InputError
from trainwell.report import descriptions, tables
from trainwell.report.classes import recalls
from trainwell.report.diagnosis.sections import sections
from trainwell.report.embedding import data_uri, embedded
from trainwell.report.figures import gradient_norm
from trainwell.report.figures.plates import plates
from trainwell.report.palette import DARK, LIGHT
from trainwell.report.repair.sections import sections as repair_sections
from trainwell.report.run_values import source_name, text
from trainwell.report.verdict import verdict
from trainwell.report.wording import clean, count, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.report.samples import Sample
    from trainwell.rule import Finding
    from trainwell.run import Run

_MOST_PIXELS = 256  # a side of an embedded picture
_SMALL_PICTURE = 64  # up to here single pixels are shown rather than blurred


def render_page(
    run: Run,
    samples: Sequence[Sample] = (),
    findings: Sequence[Finding] = (),
    faults: Sequence[Finding] = (),
    repaired: dict[str, Any] | None = None,
) -> str:
    """The page as text, to be written as UTF-8.

    Args:
        run: a Run; sections whose facts or signals are missing are left out.
        samples: the worst errors, worst first; pictures are embedded, so a few dozen are plenty. Pass none to keep rows
            and pictures out of the page.
        findings: what rules say of the Run; without any, the page has no word of a diagnosis.
        faults: the causes among the findings, the worst first.
        repaired: the repair that the training comes from, as of `Repair.to_json`; `None` for none.

    Returns:
        One HTML document.

    Raises:
        InputError: a sample's picture is not `uint8` of shape `(height, width)` or `(height, width, 3)`.
    """
    figures = {plate.name: embedded(plate) for plate in plates(run) if plate.name != "recall"}  # recall is a table here
    confusion = figures.pop("confusion", None)
    regression = [figures.pop(name) for name in ("predicted", "residuals") if name in figures]
    schedule = [figures.pop(name) for name in ("range_test", "learning_rate") if name in figures]
    environment = Environment(
        loader=PackageLoader("trainwell", "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    kicker = " · ".join(filter(None, ("Training report", descriptions.task(run), text(run.fit.recipe))))
    return environment.get_template("page.html.j2").render(
        light=LIGHT,
        dark=DARK,
        title=source_name(run) or "A training",
        kicker=kicker,
        verdict=verdict(run),
        tiles=tables.tiles(run),
        curves=list(figures.values()),
        confusion=confusion,
        mistakes=tables.most_frequent_mistakes(run),
        recalls=recalls(run),
        regression=regression,
        pictures=[_sample_picture(sample) for sample in samples if sample.picture is not None],
        sample_rows=tables.sample_rows(samples),
        model=_capital(descriptions.model(run)),
        layers=tables.layers(run),
        data=descriptions.data(run),
        parts=tables.parts(run),
        notes=tables.notes(run),
        training=descriptions.training(run),
        schedule=schedule,
        environment=descriptions.environment(run),
        version=clean(run.versions.get("trainwell") or ""),
        share=share,
        count=count,
        diagnosis=sections(run, findings, faults) if findings else None,
        repair=None if repaired is None else repair_sections(repaired),
        norm=[embedded(plate) for plate in gradient_norm.plates(run)] if findings else [],
    )


def _capital(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}." if words else ""


def _sample_picture(sample: Sample) -> dict[str, Any]:
    picture = np.asarray(sample.picture)
    if picture.ndim == 3 and picture.shape[-1] == 1:  # noqa: PLR2004 -- (height, width, 1) is grey as well
        picture = picture[..., 0]
    grey_or_color = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[-1] == 3)  # noqa: PLR2004 -- axes, channels
    if picture.dtype != np.uint8 or not grey_or_color or 0 in picture.shape:
        raise InputError(
            f"The picture of sample {sample.label!r} must be uint8 of shape (height, width) or (height, width, 3), "
            f"got {picture.dtype} of shape {picture.shape}.",
            "Scale it to 0 to 255 and convert it with `.astype('uint8')`.",
        )
    image = Image.fromarray(picture)
    image.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return {
        "source": data_uri(buffer.getvalue(), "png"),
        "small": max(picture.shape[:2]) <= _SMALL_PICTURE,
        "target": clean(sample.target),
        "prediction": clean(sample.prediction),
        "certainty": share(sample.confidence, 0) if sample.confidence is not None else "",
        "label": clean(sample.label),
    }
