"""A finding drawn: its signals over steps or epochs with the threshold, and its values layer by layer beside it.

The threshold is drawn into curves only where the measured value is a point of one of them: a ratio of two curves has
its threshold on another scale.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from trainwell.report.diagnosis.wording import is_wrong, limit_of, quantity, title, wrong
from trainwell.report.figures.canvas import SMALL, canvas, grid, label_classes, name_axes, plain_numbers, write
from trainwell.report.figures.layers import bins, order, rank
from trainwell.report.figures.lines import Limit, Line, draw_lines
from trainwell.report.figures.plate import Plate
from trainwell.report.metrics import spoken as spoken_metric
from trainwell.report.palette import LIGHT
from trainwell.report.run_values import signal
from trainwell.report.wording import clean, plural, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.rule import Evidence, Finding, Measurement, Threshold
    from trainwell.run import Run, Series

_MOST_GROUPS = 2  # kinds of signals, each a figure
_MOST_CURVES = 40
_MOST_LABELS = 4
_MOST_ROWS = 24  # bars that lie and are named
_MOST_BARS = 120
_WIDE_SPAN = 20
_MOST_DECADES = 12
_NAME = 22
_PARTS = {"train": "training", "validation": "validation"}


def plates(run: Run, finding: Finding) -> list[Plate]:
    """The figures of a finding; none where it has neither several places nor signals that were recorded."""
    found = []
    threshold, shown = _by_place(run, finding)
    if threshold is not None:
        name = f"{finding.rule.id}_places"
        words = f"{_capital(_what(threshold))} by place"
        found.append(Plate(name, words, _describe_places(finding, threshold, shown), partial(by_place, run, finding)))
    for number, (kind, names) in enumerate(list(_groups(run, finding).items())[:_MOST_GROUPS]):
        heading = _capital(_called(kind))
        axis = run.signals[names[0]].axis
        words = f"{heading} over {plural(len(run.signals[names[0]].values), axis)}: {title(finding.rule)}."
        found.append(
            Plate(f"{finding.rule.id}_signals_{number}", heading, words, partial(over_time, run, finding, kind))
        )
    return found


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _what(threshold: Threshold) -> str:
    unit = clean(threshold.unit)
    return unit if unit.startswith("share") else clean(threshold.name).replace("_", " ").replace("-", " ")


# Over steps or epochs.


def _groups(run: Run, finding: Finding) -> dict[str, list[str]]:
    """The finding's signals by kind, those of its worst evidence first."""
    bad = wrong(finding)
    rest = [each for each in finding.evidence if not any(each is other for other in bad)]
    found: dict[str, list[str]] = {}
    for each in [*bad, *rest]:
        for name in each.series:
            series = signal(run, name)
            if series is not None and series.axis != "row" and _can_be_drawn(series.values):
                group = found.setdefault(f"{_kind(name)}:{series.axis}", [])
                if name not in group:
                    group.append(name)
    return found


def _can_be_drawn(values: np.ndarray) -> bool:
    """Whether it is one curve, or one for each class, with something to see."""
    return np.ndim(values) in {1, 2} and bool(np.isfinite(np.asarray(values, dtype=float)).any())


def _kind(name: str) -> str:
    """What a signal is, its part or place left out: `loss` of `validation/loss`, `output_mean` of `output_mean/x`."""
    first, _, rest = name.partition("/")
    if first in _PARTS and rest:
        return rest
    if first in {"inference", "probe"}:
        return f"{first}/{rest.partition('/')[0]}"
    return first


def _called(kind: str) -> str:
    name = kind.rpartition(":")[0].removeprefix("inference/").removeprefix("probe/")
    return _SPOKEN.get(name) or spoken_metric(name)


_SPOKEN = {
    "gradient_rms": "size of the gradients",
    "gradient_norm": "norm of all gradients",
    "gradient_zero_share": "share of gradients that are 0",
    "weight_rms": "size of the weights",
    "update_rms": "size of the updates",
    "output_mean": "mean of the outputs",
    "output_deviation": "deviation of the outputs",
    "output_unit_deviation": "deviation of the units' outputs",
    "output_largest": "largest output",
    "output_non_finite": "outputs that are not finite",
    "output_zero_units": "share of units that are always 0",
    "output_zero_share": "share of outputs that are 0",
    "output_tail_share": "share of outputs in the tails",
    "one_batch": "loss on a single batch",
    "rates": "loss at multiples of the rate",
    "chosen_share": "share of answers by class",
    "spread": "deviation of the answers",
    "r2": "R²",
}


def _label(name: str) -> str:
    """What tells a signal from others of its kind: its part, or its place."""
    first, _, rest = name.partition("/")
    if first in _PARTS and rest:
        return _PARTS[first]
    return (rest.partition("/")[2] if first in {"inference", "probe"} else rest).removesuffix("/kernel")


def over_time(run: Run, finding: Finding, kind: str, style: Style = LIGHT) -> Figure:
    """The signals of one kind over steps or epochs, those of the worst place on top."""
    names = _groups(run, finding)[kind][:_MOST_CURVES]
    bad = {name for each in wrong(finding) for name in each.series}
    parts = {name.partition("/")[0] for name in names} <= set(_PARTS)
    lines: list[Line] = []
    for place, name in enumerate(names):
        series = run.signals[name]
        if parts:
            ahead = name.startswith("validation/") or len(names) == 1
            color, shade = (style.accent, style.accent) if ahead else (style.quiet, style.muted)
        elif place == 0:
            color = shade = style.contrast if name in bad else style.accent
        elif name in bad and len(bad) <= _MOST_LABELS:
            color = shade = style.accent
        else:
            color, shade = style.quiet, style.muted
        label = (
            _label(name) if len(names) > 1 and (place < _MOST_LABELS - 1 or parts or len(names) == _MOST_LABELS) else ""
        )
        curve = np.asarray(series.values, dtype=float)
        if curve.ndim == 1:
            width = 0.8 if len(names) > _MOST_LABELS and place > 0 else 1.7
            lines.append(Line(series.at, curve, color, label, shade, width))
        else:
            lines += _columns(series.at, curve, finding, style)
    sheet, axes = canvas(style)
    limit, at = _limit(run, finding, names)
    axis = run.signals[names[0]].axis
    draw_lines(axes, lines[::-1], style, axis=axis, quantity=_quantity(run, names[0], kind), limit=limit)
    if at is not None:
        axes.plot([at[0]], [at[1]], "o", markersize=6, color=style.contrast, markeredgecolor=style.paper, zorder=4)
    return sheet


def _quantity(run: Run, name: str, kind: str) -> str:
    called, unit = _called(kind), clean(run.signals[name].unit)
    return f"{called} ({unit})" if unit and unit not in called else called


def _columns(at: np.ndarray, curve: np.ndarray, finding: Finding, style: Style) -> list[Line]:
    """A curve for each class, the one that ends furthest on the side of the fault first."""
    ends = np.nan_to_num(curve[-1], nan=0.0)
    above = finding.evidence[0].measurements[0].threshold.direction == "above"
    first, *others = np.argsort(-ends if above else ends, kind="stable")[:_MOST_CURVES]
    rest = [Line(at, curve[:, column], style.quiet, width=0.9) for column in others]
    return [Line(at, curve[:, first], style.contrast, f"{first}", width=1.7), *rest]


def _limit(run: Run, finding: Finding, names: list[str]) -> tuple[Limit | None, tuple[float, float] | None]:
    """The threshold, where the worst measurement that is a point of a curve is compared with it; and that point."""
    for each in finding.evidence[:1]:
        for one in each.measurements:
            for name in (name for name in names if name in each.series):
                place = _point(run.signals[name], one.value, each.step)
                if place is not None:
                    limit = limit_of(finding, one)
                    return Limit(limit, f"threshold {quantity(limit, one.threshold.unit)}"), place
    return None, None


def _point(series: Series, value: float, step: int | None) -> tuple[float, float] | None:
    values = np.asarray(series.values, dtype=float)
    if values.ndim != 1 or not math.isfinite(value):
        return None
    same = np.flatnonzero(np.isclose(values, value, rtol=1e-5, atol=0))
    if not same.size:
        return None
    near = same[-1] if step is None else same[np.argmin(np.abs(series.at[same] - step))]
    return float(series.at[near]), float(values[near])


# Layer by layer.


def _by_place(run: Run, finding: Finding) -> tuple[Threshold | None, list[tuple[Evidence, Measurement]]]:
    """The threshold that most places share and that says most, with each place's measurement in the layers' order."""
    places = {each.where for each in finding.evidence if each.where}
    if len(places) < 2 or len(places) < len(finding.evidence):  # noqa: PLR2004 -- one bar says no more than its number
        return None, []
    for one in finding.evidence[0].measurements:
        shown = [
            (each, other)
            for each in finding.evidence
            for other in each.measurements
            if other.threshold.name == one.threshold.name
        ]
        if len(shown) == len(finding.evidence):
            ranks = order(run)
            return one.threshold, sorted(shown, key=lambda pair: rank(pair[0].where, ranks))
    return None, []


def _describe_places(finding: Finding, threshold: Threshold, shown: list[tuple[Evidence, Measurement]]) -> str:
    limit = quantity(limit_of(finding, shown[0][1]), threshold.unit)
    listed = [f"{clean(each.where)} {quantity(one.value, threshold.unit)}" for each, one in shown[:_MOST_ROWS]]
    more = f" and {len(shown) - _MOST_ROWS} more" if len(shown) > _MOST_ROWS else ""
    return f"{title(finding.rule)}: {', '.join(listed)}{more}; the threshold is {limit}."


def by_place(run: Run, finding: Finding, style: Style = LIGHT) -> Figure:
    """A bar for each place in the order of the layers, the threshold as a line; what is a fault is orange.

    On a logarithmic scale the bars begin at the threshold.
    """
    threshold, shown = _by_place(run, finding)
    if threshold is None:
        return canvas(style)[0]
    few = len(shown) <= _MOST_ROWS
    limit = limit_of(finding, shown[0][1])
    values = np.array([one.value for _, one in shown])
    bad = np.array([is_wrong(finding, each) and finding.outcome in {"fault", "advice"} for each, _ in shown])
    if len(shown) > _MOST_BARS:
        values, bad, shown = _extremes(values, bad, shown, threshold)
    sheet, axes = canvas(style, 5.6, max(1.5, 0.75 + 0.24 * len(shown)) if few else 3.1)
    scale = axes.set_xscale if few else axes.set_yscale
    frame = axes.set_xlim if few else axes.set_ylim
    low, high, logarithmic = _frame(values, limit)
    if logarithmic:
        scale("log")
    frame(low, high)
    drawn = np.clip(np.nan_to_num(values, nan=high, posinf=high, neginf=low), low, high)
    base = limit if logarithmic else 0.0  # a logarithmic scale has no zero to begin a bar at
    colors = [style.contrast if wrong_ else style.accent for wrong_ in bad]
    places = np.arange(len(shown))
    if few:
        axes.barh(places, drawn - base, left=base, height=0.62, color=colors, linewidth=0)
        axes.axvline(limit, color=style.ink, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.set_ylim(len(shown) - 0.4, -0.6)
        names = [shorten(each.where, _NAME) for each, _ in shown]
        label_classes(axes.yaxis, [*map(int, places)], names, style, SMALL)
        _value_labels(axes, shown, style)
    else:
        axes.bar(places, drawn - base, bottom=base, width=0.8, color=colors, linewidth=0)
        axes.axhline(limit, color=style.ink, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.set_xlim(-0.8, len(shown) - 0.2)
        some = [*map(int, np.unique(np.linspace(0, len(shown) - 1, 6).round()))]
        label_classes(axes.xaxis, some, [shorten(shown[place][0].where, 12) for place in some], style, SMALL)
    long = axes.xaxis if few else axes.yaxis
    long.set_major_locator(LogLocator(numticks=6) if logarithmic else MaxNLocator(nbins=5))
    long.set_minor_formatter(NullFormatter())
    plain_numbers(long)
    words = f"{_what(threshold)}, threshold {quantity(limit, threshold.unit)}"
    name_axes(axes, style, "", words)
    grid(axes, style, "x" if few else "y")
    axes.spines["left" if few else "bottom"].set_visible(not few)
    return sheet


def _extremes(
    values: np.ndarray, bad: np.ndarray, shown: list[tuple[Evidence, Measurement]], threshold: Threshold
) -> tuple[np.ndarray, np.ndarray, list[tuple[Evidence, Measurement]]]:
    """Of each stretch of layers the one that is nearest to the fault or furthest in it."""
    sign = 1 if threshold.direction == "above" else -1
    worst = np.nan_to_num(values, nan=np.inf) * sign
    kept = [int(part[np.argmax(worst[part])]) for part in bins(len(values), _MOST_BARS)]
    return values[kept], bad[kept], [shown[place] for place in kept]


def _frame(values: np.ndarray, limit: float) -> tuple[float, float, bool]:
    """The ends of the scale, and whether it is logarithmic."""
    finite = values[np.isfinite(values)]
    together = np.append(finite, limit)
    positive = together[together > 0]
    if (together >= 0).all() and positive.size and positive.max() > _WIDE_SPAN * positive.min():
        high = float(positive.max())
        low = max(float(positive.min()), high / 10.0**_MOST_DECADES)
        return low / 3, high * 3, True
    low, high = min(0.0, float(together.min())), max(0.0, float(together.max()))
    spread = high - low or 1.0
    return low - (0.05 * spread if low < 0 else 0.0), high + 0.05 * spread, False


def _value_labels(axes: Axes, shown: list[tuple[Evidence, Measurement]], style: Style) -> None:
    """Each value right of the axes, where they stand under each other."""
    for place, (_, one) in enumerate(shown):
        unit = "share" if one.threshold.unit.startswith("share") else ""
        write(
            axes,
            1.02,
            place,
            quantity(one.value, unit),
            style.ink,
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=SMALL,
        )
