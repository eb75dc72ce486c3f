"""MC dropout: predict many times with dropout on, and take the mean and the spread.

The spread says where the model is unsure, not where it is wrong: it knows nothing of errors that all its thinned nets
share. It costs as many passes as there are samples, and a model that was trained without dropout gains nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import compile_cache
from trainwell.engine.batches import collected, comes_in_batches
from trainwell.engine.last_activation import last_activation
from trainwell.engine.mc_forward import MonteCarloForward
from trainwell.errors import InputError
from trainwell.progress import stage
from trainwell.report.progress import show_progress
from trainwell.report.wording import plural
from trainwell.techniques.mc_dropout.checks import check_model, check_pass, checked_inputs, whole
from trainwell.techniques.mc_dropout.moments import gathered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trainwell.engine.mc_forward import Block
    from trainwell.progress import ProgressStage
    from trainwell.techniques.mc_dropout.prediction import MCPrediction

_OUTPUTS = ("auto", "softmax", "sigmoid", "linear")
_LARGEST_SEED = 2**32 - 1


@compile_cache.kept()
def mc_predict(
    model: keras.Model,
    x: Any,
    samples: int = 100,
    *,
    seed: int = 0,
    batch_size: int | None = None,
    output: str = "auto",
    keep_samples: bool = False,
    verbose: int | str = "auto",
) -> MCPrediction:
    """Predicts `samples` times with dropout on and everything else in inference mode; gives mean and spread.

    With p_s the outputs of sample s of S: `mean = Σ p_s / S`, `std² = Σ (p_s - mean)² / S`. Batch normalization keeps
    its moving statistics, unlike in `model(x, training=True)`. The model stays as it was, its seed generators too. Each
    row has masks of its own, from seed, sample and its number; a mask that `noise_shape` shares between rows is one a
    row here.

    Args:
        model: a built model with dropout and one output. What counts: Dropout, SpatialDropout, AlphaDropout and
            GaussianDropout with a rate above 0, and `dropout=` and `recurrent_dropout=` of Keras's recurrent and
            attention layers, in nested models too. GaussianNoise stays off.
        x: inputs `(rows, ...)`: an array, or a list or dictionary of arrays. Or a source of batches that ends, as
            `keras.Model.predict` takes it; targets that it yields are ignored, and its inputs are held in memory.
        samples: passes of each row, at least 1.
        seed: whole number in [0, 2**32). The same one gives the same numbers.
        batch_size: passes of a row that are computed at once; by the size of the model's values where not given. It
            changes memory and time, and the numbers by rounding alone.
        output: `"softmax"`, `"sigmoid"` or `"linear"` where the model's graph does not tell what its outputs are, as in
            a subclass of `keras.Model`; such a one counts as `"linear"` with `"auto"`.
        keep_samples: keep every sample's outputs, `samples` times the memory.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and result, 0 is silent. All goes to standard error.

    Returns:
        Mean, standard deviation and, for probabilities, entropy and mutual information.

    Raises:
        InputError: an argument is out of range, x does not fit, or the model has no dropout that is on.

    Example:
        >>> import keras, numpy as np
        >>> layers = [keras.layers.Dropout(0.5), keras.layers.Dense(1, kernel_initializer="ones")]
        >>> model = keras.Sequential([keras.Input((4,)), *layers])
        >>> prediction = mc_predict(model, np.ones((1, 4)), samples=4000)  # sums of four values, each 0 or 2
        >>> print(f"{prediction.mean[0, 0]:.1f} {prediction.std[0, 0]:.1f}")
        4.0 2.0

    Source: Gal and Ghahramani, "Dropout as a Bayesian approximation", arXiv 1506.02142 (2016); the mutual information
    as in Houlsby et al., "Bayesian active learning", arXiv 1112.5745 (2011).
    """
    samples = whole("samples", samples, 1, None, "passes of each row")
    seed = whole("seed", seed, 0, _LARGEST_SEED, "a seed")
    if batch_size is not None:
        batch_size = whole("batch_size", batch_size, 1, None, "passes that are computed at once")
    if output not in _OUTPUTS:
        raise InputError(f"output is {output!r}.", f"It is one of {', '.join(map(repr, _OUTPUTS))}.")
    check_model(model)
    if comes_in_batches(x):
        x = collected(x)[0][0]
    inputs = checked_inputs(model, x)
    passes = MonteCarloForward.of(model)
    check_pass(passes, inputs, x)
    kind = (last_activation(model) or "linear") if output == "auto" else output
    rows = len(keras.tree.flatten(inputs)[0])
    blocks = passes.blocks(inputs, samples, seed, batch_size)
    phrase = f"Predicting {plural(rows, 'row')}, each {plural(samples, 'time')} with dropout"
    with show_progress(verbose), stage(phrase, rows * samples) as progress:
        return gathered(_reported(blocks, progress), rows, samples, kind, keep=keep_samples)


def _reported(blocks: Iterable[Block], progress: ProgressStage) -> Iterator[Block]:
    for block in blocks:
        yield block
        progress.advance((block.rows.stop - block.rows.start) * (block.samples.stop - block.samples.start))
