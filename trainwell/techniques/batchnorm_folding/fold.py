"""Fold batch normalisation away: a new model for prediction, with the same outputs from fewer layers.

Outside of training, batch normalisation only multiplies each channel by one number and adds another, and a linear layer
beside it can do both. Not for training: the folded layers have nothing left to normalise by.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import keras

from trainwell.engine import compat, compile_cache
from trainwell.errors import InputError
from trainwell.techniques.batchnorm_folding.rebuild import rebuild
from trainwell.techniques.batchnorm_folding.search import FoldSearch

if TYPE_CHECKING:
    from trainwell.techniques.batchnorm_folding.plan import FoldingPlan

_logger = logging.getLogger("trainwell")


@compile_cache.kept()
def fold_batchnorm(model: keras.Model) -> keras.Model:
    """A new model for prediction, whose BatchNormalization layers are folded into the layers beside them.

    `gamma·(x - moving_mean)/√(moving_variance + epsilon) + beta` is `a·x + c` with fixed a and c. After a linear layer
    `x·W + b`, that is `W ← W·a, b ← a·b + c`; before one, `b ← b + c·W, W ← a·W`. Folded into: Dense, Conv1D to 3D,
    their transposed forms, DepthwiseConv and SeparableConv, with or without bias, of any data format and groups; also
    through dropout, Flatten, Reshape, Permute and poolings that stand between. Where that would not give the same
    outputs, a layer stays as it is: after a nonlinear activation and before another one, or before a convolution that
    pads with zeros, unless it shifts nothing.

    Args:
        model: a built Sequential or Functional model, compiled or not. It is not changed.

    Returns:
        A new model with the inputs, outputs and names of the old one, that gives the same outputs to 1e-5 of their
        scale in float32, saves as plain `.keras`, and is frozen (`trainable = False`) and not compiled: it predicts; to
        evaluate, compile it with a loss and metrics. In a Functional model, the layer that comes to give an output
        takes the name of the one that gave it. Where layers stay, the logger `trainwell` says so.

    Raises:
        InputError: the model is a subclassed one or not built, or has no BatchNormalization layer that can be folded.

    Example:
        >>> import keras, numpy as np
        >>> L = keras.layers
        >>> model = keras.Sequential([keras.Input((4,)), L.Dense(8, use_bias=False), L.BatchNormalization(), L.ReLU()])
        >>> folded = fold_batchnorm(model)
        >>> print([type(layer).__name__ for layer in folded.layers], model.count_params(), folded.count_params())
        ['Dense', 'ReLU'] 64 32
        >>> x = np.random.default_rng(0).normal(size=(5, 4))
        >>> bool(np.allclose(model(x), folded(x), atol=1e-5))
        True

    Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
    inference", CVPR 2018, section 3.2; Géron, "Hands-On Machine Learning", chapter 11, "Batch Normalization".
    """
    search, plan = _searched(model)
    if not plan.folded:
        reasons = "\n".join(f"  {kept.batchnorm}: {kept.reason}" for kept in plan.kept)
        raise InputError(
            f"No BatchNormalization layer of {model.name!r} can be folded with the same outputs:\n{reasons}",
            "Predict with the model as it is.",
        )
    if plan.kept:
        _logger.warning(
            "%d of %d BatchNormalization layers stay in the folded model; "
            "print(trainwell.techniques.explain_batchnorm_folding(model)) tells why.",
            len(plan.kept),
            len(plan.kept) + len(plan.folded),
        )
    return rebuild(search)


def explain_batchnorm_folding(model: keras.Model) -> FoldingPlan:
    """Which BatchNormalization layers `fold_batchnorm` folds into what, and why it keeps the others; changes nothing.

    Args:
        model: a built Sequential or Functional model.

    Returns:
        `.folded` and `.kept`; printed, a line for each.

    Raises:
        InputError: the model is a subclassed one or not built, or has no BatchNormalization layer.

    Example:
        >>> import keras
        >>> L = keras.layers
        >>> layers = [L.Dense(8, "relu", name="hidden"), L.BatchNormalization(name="norm"), L.Dense(1, name="out")]
        >>> print(explain_batchnorm_folding(keras.Sequential([keras.Input((4,)), *layers])))
        1 folded, 0 kept
          norm: into out

    Source: as of `fold_batchnorm`.
    """
    return _searched(model)[1]


def _searched(model: keras.Model) -> tuple[FoldSearch, FoldingPlan]:
    if not isinstance(model, keras.Model):
        raise InputError(f"model= is a {type(model).__name__}, not a Keras model.", "Give a keras.Model.")
    if not compat.is_plain_graph(model):
        if type(model) is keras.Sequential:
            raise InputError(
                f"The model {model.name!r} is not built: its layers have no weights yet.",
                "Begin it with keras.Input(shape), or train it first.",
            )
        hint = "Write it as a Sequential or Functional model."
        if getattr(model, "inputs", None) and getattr(model, "outputs", None):
            hint = "Where it only runs its graph, give keras.Model(model.input, model.output)."
        raise InputError(
            f"The model {model.name!r} is a {type(model).__name__}, a class of its own: in which order it calls its "
            "layers stands in its code, where it cannot be seen.",
            hint,
        )
    search = FoldSearch(model)
    plan = search.run()
    if not plan.folded and not plan.kept:
        raise InputError(
            f"The model {model.name!r} has no BatchNormalization layer to fold.", "Predict with it as it is."
        )
    return search, plan
