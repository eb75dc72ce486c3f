"""Transfer learning in one call: reused layers, a new head, frozen first, then fine-tuned at a low rate.

It helps where the base learned from more rows, of a kind like the new ones. Where the two have little in common, a
network of its own does as well: train one beside it and compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from trainwell import progress
from trainwell.engine import compat, compile_cache, fit
from trainwell.errors import InputError
from trainwell.report.progress import show_progress
from trainwell.techniques.transfer.arguments import check_numbers
from trainwell.techniques.transfer.cutting import last_activation
from trainwell.techniques.transfer.head import with_head
from trainwell.techniques.transfer.layer_groups import BatchNorm, freeze_all_but, groups_of
from trainwell.techniques.transfer.rates import optimizer_settings, with_rates
from trainwell.techniques.transfer.result import Stage, Transfer
from trainwell.techniques.transfer.reuse import check_inputs, reuse_layers, reused_names
from trainwell.techniques.transfer.source import TransferSource
from trainwell.techniques.transfer.stages import Plan, planned
from trainwell.techniques.transfer.targets import Aim

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import keras

    from trainwell.techniques.transfer.layer_groups import Group


@compile_cache.kept()
def transfer(
    base: keras.Model | str | Path,
    head: keras.layers.Layer | Sequence[keras.layers.Layer],
    x: Any,
    y: Any = None,
    *,
    validation_data: Any = None,
    validation_split: float = 0.0,
    reuse: int | str | None = None,
    loss: Any = None,
    metrics: Any = None,
    optimizer: str | keras.optimizers.Optimizer = "sgd",
    head_epochs: int = 4,
    head_learning_rate: float = 1e-3,
    epochs: int = 16,
    learning_rate: float = 1e-4,
    unfreeze: int | Literal["all", "gradual"] = "all",
    rate_decay: float | None = None,
    batch_norm: BatchNorm = "frozen",
    batch_size: int = 32,
    callbacks: Any = None,
    verbose: int | str = "auto",
    class_weight: dict[int, float] | None = None,
    sample_weight: Any = None,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
) -> Transfer:
    """Trains a new head on a copy of the base's lower layers, then those layers too, at a low rate.

    The base keeps its weights, flags, optimizer and compile state, bit for bit. First the reused layers are frozen and
    the head is trained; then they are unfrozen and all is trained at `learning_rate`, or with `rate_decay` r at
    `learning_rate·r^k` in the k-th reused layer from the top. Each stage has an optimizer of its own. While frozen,
    batch normalisation works with the base's moving statistics and leaves them as they are.

    Initial weights of the head, order of the rows and dropout come from Keras's and NumPy's generators:
    `keras.utils.set_random_seed` before the call makes it repeatable.

    Args:
        base: a trained Sequential or Functional model, also one of `keras.applications` with `include_top=False`, or
            the path of one, `.keras` or `.h5`. What it was trained for does not matter: an auxiliary task with many
            labels is as good as another data set.
        head: a layer, or a list of layers, bottom first. They are copied. A Dense layer on features that are not flat
            needs a Flatten() or GlobalAveragePooling2D() before it.
        x: inputs `(rows, ...)` as the base takes them: an array, or a list or dictionary of arrays. Or a source of
            batches, as `fit` takes it, on which the stages are trained; head and targets are checked against up to
            4,096 rows of its first 1,024 batches at most. A generator goes on from stage to stage.
        y: targets `(rows, ...)`, an array. Leave it out if `x` yields batches.
        validation_data: `(x, y)` or `(x, y, sample_weight)`, or a source of batches.
        validation_split: share in [0, 1) of the last rows to keep for validation.
        reuse: how many layers from the bottom, inputs not counted, or the name of the last one. `None`: all but the
            output layer, see `reuse_layers`.
        loss: `None` takes binary crossentropy for sigmoid units, sparse or plain categorical crossentropy for a
            softmax, and the mean squared error for linear units.
        metrics: as of `keras.Model.compile`; `None`: accuracy for classes, mean absolute error for numbers.
        optimizer: name, or an optimizer whose settings are taken over, all but the rate.
        head_epochs: epochs of the head alone, at least 0.
        head_learning_rate: per step, above 0.
        epochs: epochs with unfrozen layers, in all, at least 0.
        learning_rate: of these epochs, per step, above 0.
        unfreeze: `"all"`; the number of top layers with weights; or `"gradual"`: one layer more in each stage, from the
            top, several where there are more layers than epochs. The epochs are shared out.
        rate_decay: factor in (0, 1] from each layer with weights to the next lower one, the head being the first. Near
            1 for deep networks: 0.5 leaves the tenth reused layer a thousandth.
        batch_norm: `"frozen"` keeps the base's batch normalisation as it is in all stages; `"train"` trains its scale,
            shift and moving statistics together with the layer before it.
        batch_size: rows per step, at least 1; batches that `x` yields stay as they are.
        steps_per_epoch: steps of one epoch; an endless source needs it.
        validation_steps: steps of each validation.
        callbacks: Keras callbacks, the same for all stages; one that stops the training ends its stage alone. Epochs
            are counted on from stage to stage.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and result, 0 is silent. All goes to standard error.
        class_weight: weight by class number.
        sample_weight: weight of each row, `(rows,)`.

    Returns:
        The trained model, its stages and their history.

    Raises:
        InputError: base, head, data and arguments do not fit together, or nothing would be trained.

    Example:
        >>> import keras
        >>> from sklearn.datasets import load_digits
        >>> x, y = load_digits(return_X_y=True)
        >>> keras.utils.set_random_seed(0)
        >>> layers = keras.layers
        >>> a = keras.Sequential([keras.Input((64,)), layers.Dense(30, "relu"), layers.Dense(8, "softmax")])
        >>> a.compile("adam", "sparse_categorical_crossentropy")
        >>> history = fit(a, x[y < 8] / 16, y[y < 8], epochs=10, verbose=0)
        >>> few = y >= 8
        >>> b = transfer(a, layers.Dense(1, "sigmoid"), x[few] / 16, y[few] == 9, epochs=8, optimizer="adam")
        >>> [(stage.name, stage.epochs, stage.weights) for stage in b.stages]
        [('head', 4, 31), ('fine-tuning', 8, 1981)]

    Source: the chapter's "reusing pretrained layers"; Howard and Ruder, "Universal language model fine-tuning",
    arXiv 1801.06146 (2018), for gradual unfreezing and rates by layer.
    """
    check_numbers(head_epochs, head_learning_rate, epochs, learning_rate, rate_decay, batch_size, validation_split)
    if batch_norm not in {"frozen", "train"}:
        raise InputError(f"batch_norm must be 'frozen' or 'train', not {batch_norm!r}.", "Leave it out for 'frozen'.")
    settings = optimizer_settings(optimizer)
    part = reuse_layers(base, reuse)
    source = TransferSource.of(
        x, y, sample_weight, validation_split, validation_data, steps_per_epoch, validation_steps
    )
    check_inputs(part, source.x, "x")
    groups = groups_of(part.layers, batch_norm)
    plans = planned(groups, unfreeze, head_epochs, epochs)
    model, head_layers = with_head(part, head)
    heads = groups_of(head_layers, "train")
    if head_epochs and not heads:
        raise InputError(
            "head has no weights, so that the stage that trains it alone would train nothing.",
            "Put a layer with weights into the head, such as Dense, or set head_epochs=0.",
        )
    nodes, outputs = compat.graph(model)
    aim = Aim(tuple(outputs[0].shape), last_activation(nodes, outputs[0]), tuple(part.outputs[0].shape[1:]), loss)
    aim = aim.settled(source.y)
    aim.check(source.y, "y")
    if source.validation is not None:
        _check_validation(part, aim, source.validation)
    top = learning_rate if rate_decay is None else learning_rate * rate_decay
    rates = {group.names[0]: top * (rate_decay or 1.0) ** depth for depth, group in enumerate(reversed(groups))}
    stages: list[Stage] = []
    with show_progress(verbose):
        for plan in plans:
            rate = head_learning_rate if plan.name == "head" else learning_rate
            trained = [(group, rates[group.names[0]]) for group in plan.groups]
            freeze_all_but(part.layers, plan.groups, batch_norm)
            model.compile(
                with_rates(settings, rate, trained),
                aim.loss,
                metrics=aim.metrics() if metrics is None else metrics,
            )
            done = sum(stage.epochs_run for stage in stages)
            with progress.stage("Training the new head" if plan.name == "head" else plan.name.capitalize()):
                history = fit(
                    model,
                    **source.for_fit(),
                    batch_size=None if source.batches else batch_size,
                    epochs=done + plan.epochs,
                    initial_epoch=done,
                    verbose=0,
                    callbacks=callbacks,
                    class_weight=class_weight,
                )
            stages.append(_stage(plan, [*trained, *((group, rate) for group in heads)], history.history))
    return Transfer(model, reused_names(part), tuple(layer.name for layer in head_layers), stages)


def _stage(plan: Plan, trained: list[tuple[Group, float]], history: dict[str, list[float]]) -> Stage:
    return Stage(
        plan.name,
        tuple(name for group, _ in trained for name in group.names),
        sum(group.weights for group, _ in trained),
        plan.epochs,
        {name: rate for group, rate in trained for name in group.names},
        {name: list(values) for name, values in history.items()},
    )


def _check_validation(part: keras.Model, aim: Aim, validation_data: Any) -> None:
    if not isinstance(validation_data, tuple | list) or len(validation_data) not in {2, 3}:
        raise InputError(
            f"validation_data must be (x, y) or (x, y, sample_weight), not {type(validation_data).__name__}.",
            "Pass a tuple of arrays.",
        )
    check_inputs(part, validation_data[0], "x of validation_data")
    aim.check(validation_data[1], "y of validation_data")
