"""Writes what `docs/activations.md` shows from trainwell's own table: the table, and the two pictures with --images.

    python docs/build_activations.py [--images]

The pictures take a minute: three nets of a hundred layers are compiled.
"""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path

from trainwell.activations import ACTIVATIONS, Activation

HERE = Path(__file__).parent
PAGE = HERE / "activations.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"


def table() -> str:
    """All activations as a table in Markdown."""
    head = ["name in Keras", "activation", "initialiser", "outputs", "flat", "source"]
    rows = [head, ["---"] * len(head), *map(_row, ACTIVATIONS.values())]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def with_table(page: str) -> str:
    """The page with the table of today between its marks."""
    return re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: BEGIN + table() + END, page, flags=re.DOTALL)


def _row(entry: Activation) -> list[str]:
    names = ", ".join(f"`{name}`" for name in (entry.name, *entry.aliases) if entry.by_name)
    layer = f"`{entry.layer}`" if entry.layer else ""
    called = names or layer or f"`{entry.name}`, with arguments"
    return [
        called,
        entry.title,
        f"`{entry.kernel_initializer}`",
        _range(entry.low, entry.high),
        _flat(entry),
        entry.source,
    ]


def _range(low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return "all"
    if math.isinf(high):
        return f"from {_number(low)}"
    return f"to {_number(high)}" if math.isinf(low) else f"{_number(low)} to {_number(high)}"


def _flat(entry: Activation) -> str:
    if not entry.elementwise:
        return "by the whole row"
    if not (entry.by_name or entry.layer):
        return "by its arguments"
    words = []
    for start, end in entry.saturates:
        ends = f"{_number(start)} to {_number(end)}"
        words.append(
            f"below {_number(end)}" if math.isinf(start) else f"above {_number(start)}" if math.isinf(end) else ends
        )
    return ", ".join(words) or "nowhere"


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")


def draw_images() -> None:
    """The grid of activations, and mean and deviation of three nets of a hundred layers at initialisation."""
    import keras  # noqa: PLC0415 -- the table needs none of these

    import trainwell as tw  # noqa: PLC0415
    from trainwell.report.figures import draw_depth, save  # noqa: PLC0415

    save(tw.techniques.activations_figure(), HERE / "images" / "activations.png", resolution=110)
    x = tw.datasets.load("fashion-mnist").train.x[:2000].reshape(2000, -1).astype("float32")
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-7)
    nets = {}
    for title, activation, initializer in (
        ("SELU, LeCun", "selu", "lecun_normal"),
        ("ReLU, He", "relu", "he_normal"),
        ("ReLU, Glorot", "relu", "glorot_uniform"),
    ):
        keras.utils.set_random_seed(42)
        widths = [300] + [100] * 99
        hidden = [keras.layers.Dense(width, activation, kernel_initializer=initializer) for width in widths]
        model = keras.Sequential([keras.Input((784,)), *hidden, keras.layers.Dense(10, "softmax")])
        found = tw.techniques.activation_statistics(model, x, batch_size=500)
        nets[title] = (found.mean, found.deviation)
        print(f"{title}: mean to {abs(found.mean).max():.3g}, deviation {found.deviation.min():.3g} to ", end="")
        print(f"{found.deviation.max():.3g}")
    save(draw_depth(nets), HERE / "images" / "depth.png", resolution=110)


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    if "--images" in sys.argv[1:]:
        draw_images()
