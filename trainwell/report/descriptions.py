"""A Run's facts in words, as pairs of a name and a phrase: the model, the data, the training, the environment.

What a Run does not know is left out. Shown are names and figures only: of a path its last part, and nothing that names
the person or the machine's owner, because reports are passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.report.classes import class_names
from trainwell.report.metrics import spoken
from trainwell.report.run_values import (
    best_epoch,
    finite,
    is_regression,
    source_name,
    text,
)
from trainwell.report.wording import clean, count, duration, figure, plural, shorten

if TYPE_CHECKING:
    from trainwell.run import Run

Pairs = list[tuple[str, str]]

_SAID_APART = {  # facts of `fit` that have a line of their own
    "recipe", "net", "epochs", "epochs_run", "best_epoch", "batch_size", "steps", "seconds", "learning_rate",
    "learning_rate_from", "stopped", "diverged",
}  # fmt: skip


def phrase(value: Any) -> str:
    """A fact in words: numbers as a person reads them, dictionaries and lists with commas, Keras objects by name."""
    if value is None:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return figure(float(value))
    if isinstance(value, Mapping):
        return _phrase_of_mapping(value)
    if isinstance(value, (list, tuple, np.ndarray)):
        return ", ".join(filter(None, map(phrase, value)))
    return clean(value)


def _phrase_of_mapping(value: Mapping[Any, Any]) -> str:
    for key in ("class_name", "class", "name"):
        if isinstance(value.get(key), str):
            config = value.get("config")
            rest = config if isinstance(config, Mapping) else value
            about = {
                name: entry for name, entry in rest.items() if name not in {"class_name", "class", "name", "module"}
            }
            settings = _phrase_of_mapping({k: v for k, v in about.items() if k not in {"config", "registered_name"}})
            return f"{clean(value[key])} ({settings})" if settings else clean(value[key])
    spoken_pairs = ((clean(key).replace("_", " "), phrase(entry)) for key, entry in value.items())
    return ", ".join(f"{key} {entry}" for key, entry in spoken_pairs if entry)


def known(pairs: Pairs) -> Pairs:
    """The pairs that say something."""
    return [(name, value) for name, value in pairs if value]


def model(run: Run) -> str:
    """The model in one phrase: `dense network, 2 hidden layers, 266,610 parameters`, or `""`."""
    net, parameters = text(run.fit.net), run.model.parameters
    if parameters is None and not (run.model.layers or []):
        return ""
    kind = {"dense": "dense network", "conv": "convolutional network"}.get(net, text(run.model.name) or "network")
    size = plural(parameters, "parameter") if parameters is not None else ""
    return ", ".join(filter(None, (kind, hidden_layers(run), size)))


def hidden_layers(run: Run) -> str:
    """How deep the model is: `2 hidden layers`, dense and convolutional ones without the output; `""` if not known.

    The last of them is taken for the output. A model without such layers is counted in layers of any kind.
    """
    layers = [layer.kind for layer in run.model.layers or ()]
    weighty = [name for name in layers if name == "Dense" or "Conv" in name]
    if weighty:
        hidden = len(weighty) - 1
        return plural(hidden, "hidden layer") if hidden else "no hidden layer"
    return plural(len(layers), "layer") if layers else ""


def task(run: Run) -> str:
    """The task in one phrase: `multi-class, 10 classes`."""
    classes = class_names(run)
    names = plural(len(classes), "class", "classes") if classes else ""
    return ", ".join(filter(None, (text(run.data.task), names)))


def data(run: Run) -> Pairs:
    """What the network was trained on."""
    path = text(run.source.path).replace("\\", "/").rpartition("/")[2]
    checksum = text(run.source.sha256)
    shape = run.data.input_shape
    return known(
        [
            ("Source", ", ".join(filter(None, (source_name(run), text(run.source.kind))))),
            ("File", path if path != source_name(run) else ""),
            ("SHA-256", shorten(checksum, 33)),
            ("Task", task(run)),
            ("Target", text(run.data.target)),
            ("Input", _input(text(run.data.kind), shape)),
        ]
    )


def _input(kind: str, shape: Any) -> str:
    """The kind of input and its size in words."""
    if isinstance(shape, Mapping):
        sizes = ", ".join(f"{clean(name)} {dimensions(size)}" for name, size in shape.items())
    else:
        sizes = dimensions(shape)
    return f"{kind} of {sizes}" if kind and sizes else kind or sizes


def dimensions(shape: Any) -> str:
    """A shape without its batch axis, in words; `""` for none."""
    if isinstance(shape, (int, np.integer)):
        return count(int(shape))
    if not isinstance(shape, (list, tuple)):
        return ""
    if any(isinstance(size, (list, tuple)) for size in shape):
        return ", ".join(filter(None, map(dimensions, shape)))
    sizes = shape[1:] if shape and shape[0] is None else shape
    return " \N{MULTIPLICATION SIGN} ".join("any" if size is None else clean(size) for size in sizes)


def epochs(run: Run) -> str:
    """`17 of 20 epochs, the best was epoch 14`."""
    done, planned, best = run.fit.epochs_run, run.fit.epochs, best_epoch(run)
    if done is None:
        return plural(planned, "epoch") + " planned" if planned is not None else ""
    words = f"{count(done)} of {plural(planned, 'epoch')}" if planned is not None else plural(done, "epoch")
    return words if best is None else f"{words}, the best was epoch {count(best)}"


def learning_rate(run: Run) -> str:
    """`0.00123 (range test)`."""
    rate, origin = run.fit.learning_rate, text(run.fit.learning_rate_from)
    if rate is None:
        return ""
    return f"{figure(rate, 3)} ({origin})" if origin else figure(rate, 3)


def optimizer(run: Run) -> str:
    """The optimizer and those of its settings that are in force: `Nadam (beta 1 0.9, clipnorm 1)`."""
    found = run.compile.optimizer
    if found is None:
        return ""
    shown = {key: found.config[key] for key in _OPTIMIZER_SETTINGS if found.config.get(key) not in (None, False, 0)}
    name = clean(found.kind)
    return f"{name} ({phrase(shown)})" if shown else name


_OPTIMIZER_SETTINGS = (
    "momentum", "nesterov", "beta_1", "beta_2", "rho", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm",
    "use_ema", "gradient_accumulation_steps",
)  # fmt: skip


def loss(run: Run) -> str:
    """The loss in words; that of a regression is taken on the scaled target, not in the target's units."""
    words = spoken(phrase(run.compile.loss))
    return f"{words}, on the scaled target" if words and is_regression(run) else words


def schedule(run: Run) -> str:
    """Return the name of the learning rate's schedule, `""` without one."""
    found = run.compile.optimizer
    rate = found and found.config.get("learning_rate")
    return phrase(rate) if isinstance(rate, Mapping) else ""


def steps_per_second(run: Run) -> float | None:
    """Training steps by seconds of training, validation included in the time."""
    steps, seconds = run.fit.steps, run.fit.seconds
    return steps / seconds if steps and seconds else None


def per_second(pace: float) -> str:
    """`19.2 steps per second`."""
    words = figure(pace, 3)
    return f"{words} {'step' if words == '1' else 'steps'} per second"


def training(run: Run) -> Pairs:
    """How the network was trained."""
    seconds, steps, batch = run.fit.seconds, run.fit.steps, run.fit.batch_size
    pace = steps_per_second(run)
    took = duration(seconds) if seconds is not None else ""
    done = plural(steps, "step") if steps is not None else ""
    rest = {key: value for key, value in run.fit.to_plain().items() if key not in _SAID_APART}
    return known(
        [
            ("Recipe", text(run.fit.recipe)),
            ("Optimizer", optimizer(run)),
            ("Loss", loss(run)),
            ("Metrics", ", ".join(spoken(phrase(name)) for name in (run.compile.metrics or []))),
            ("Learning rate", learning_rate(run)),
            ("Schedule", schedule(run)),
            ("Batch size", plural(batch, "row") if batch is not None else ""),
            ("Epochs", epochs(run)),
            ("Ended", text(run.fit.stopped)),
            ("Time", took),
            ("Steps", f"{done}, {figure(pace, 3)} per second overall" if done and pace else done),
            *((clean(key).replace("_", " ").capitalize(), shorten(phrase(value), 200)) for key, value in rest.items()),
        ]
    )


def environment(run: Run) -> Pairs:
    """Seeds, versions and machine: what it takes to train it again."""
    pairs: Pairs = []
    for name, value in (("Seeds", run.seeds), ("Versions", run.versions), ("Machine", run.machine.to_plain())):
        pairs.append((name, phrase(value)))
    return known(pairs)


def settings(config: Any) -> str:
    """The settings of a layer that matter most, in words: `units 300, activation elu, HeNormal`."""
    if not isinstance(config, Mapping):
        return ""
    shown = []
    for key in _SETTINGS:
        value = config.get(key)
        if value in (None, "linear", "valid", False) or (key == "strides" and set(np.ravel(value).tolist()) == {1}):
            continue
        if isinstance(value, (list, tuple)):
            words = " \N{MULTIPLICATION SIGN} ".join(phrase(part) for part in value)
        else:
            words = _kind(value) if isinstance(value, Mapping) else phrase(value)
        shown.append(words if key.endswith("initializer") else f"{key.replace('_', ' ')} {words}")
    if config.get("use_bias") is False:
        shown.append("no bias")
    return ", ".join(shown)


_SETTINGS = (
    "units", "filters", "kernel_size", "strides", "pool_size", "padding", "rate", "activation", "negative_slope",
    "kernel_initializer", "kernel_regularizer", "kernel_constraint", "momentum", "epsilon", "scale", "target_shape",
)  # fmt: skip


def _kind(value: Mapping[str, Any]) -> str:
    """The name of a serialised Keras object, with its numbers where it has one or two."""
    numbers = {k: v for k, v in (value.get("config") or {}).items() if k != "seed" and finite(v) is not None}
    name = clean(value.get("class_name", ""))
    return f"{name} ({phrase(numbers)})" if 0 < len(numbers) <= 2 else name  # noqa: PLR2004 -- more would crowd the table
