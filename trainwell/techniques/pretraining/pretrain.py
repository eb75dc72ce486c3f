"""Unsupervised pretraining: lower layers learn from inputs without labels, where labels are few.

Worth a try where inputs are many and labels are few: it helped by less than a hundredth of accuracy in our benchmark.
Where other labels can be had for the same inputs, an auxiliary task with those is another way.
"""

from __future__ import annotations

import math
import numbers
from typing import Any

import keras

from trainwell.engine import compat, compile_cache
from trainwell.engine.batches import collected, comes_in_batches
from trainwell.engine.generators import preserve_rng
from trainwell.errors import InputError
from trainwell.progress import stage
from trainwell.report.progress import show_progress
from trainwell.techniques.pretraining import gan
from trainwell.techniques.pretraining.autoencoder import Autoencoder, train_autoencoder
from trainwell.techniques.pretraining.copying import copied
from trainwell.techniques.pretraining.inputs import checked, led_through, require_finite, require_shape, warn_of_scale
from trainwell.techniques.pretraining.path import coding_name, lower_part
from trainwell.techniques.pretraining.result import Pretraining
from trainwell.techniques.pretraining.settings import Method, Settings


@compile_cache.kept()
def pretrain(
    model: keras.Model,
    x_unlabelled: Any,
    method: Method = "autoencoder",
    *,
    layers: int | None = None,
    epochs: int = 10,
    learning_rate: float | None = None,
    optimizer: Any = None,
    batch_size: int = 32,
    noise: float | keras.layers.Layer | None = None,
    seed: int = 0,
    verbose: int | str = "auto",
    validation_split: float = 0.0,
) -> Pretraining:
    """Pretrains the lower layers of a copy of `model` on inputs without labels.

    An autoencoder lowers `mean((D(C(z)) - s(z))²)` over its layers C and their mirror image D, where z is what the
    lowest of them sees and `s(z) = (z - mean(z)) / deviation`, one deviation for all features. Layers below that learn
    nothing, such as Flatten, Rescaling, Normalization or frozen ones, prepare z and stay as they are.

    Args:
        model: a Sequential model, or a Functional one that does not branch up to the layers to pretrain: Dense and
            convolutional layers, with activations, normalization, dropout, pooling and reshaping between them. It may
            be compiled, and need not be built. It stays as it is.
        x_unlabelled: inputs `(rows, ...)` of finite numbers, of the shape that the model takes. Or a source of batches
            that ends; targets that it yields are ignored. The inputs are held in memory.
        method: `"autoencoder"`, all layers at once; `"denoising"`, the same from inputs with noise; `"greedy"`, layer
            by layer, each with an autoencoder of its own on the outputs of the one below; or `"gan"`, as the lower
            layers of the discriminator of a generative adversarial network.
        layers: how many Dense or convolutional layers to pretrain, from below; all hidden ones where not given. What
            stands between them comes along.
        epochs: epochs of each phase, from 1.
        learning_rate: above 0; by default the optimizer's own, 1e-3, or 2e-4 for a GAN.
        optimizer: a name or an optimizer, of which each phase gets a copy; by default Nadam, or Adam with β1 = 0.5 for
            a GAN.
        batch_size: rows per step.
        noise: of `"denoising"` (0.3 where not given) and, if wanted, `"greedy"`: the share in (0, 1) of inputs that is
            dropped, the others scaled up to make up for it; or a Keras layer such as `GaussianNoise(0.3)`.
        seed: of new weights, noise and the order of the rows.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and result, 0 is silent. All goes to standard error.
        validation_split: share in [0, 1) of the last rows to keep for validation.

    Returns:
        The pretrained copy, the history, and what rebuilds or makes up inputs.

    Raises:
        InputError: an argument is out of its range, the inputs do not fit the model, a layer has no mirror image, or
            the loss became infinite.

    Example:
    >>> import keras, trainwell as tw
    >>> from sklearn.datasets import load_digits
    >>> x, y = load_digits(return_X_y=True)
    >>> hidden = [keras.layers.Dense(units, "elu", kernel_initializer="he_normal") for units in (50, 30)]
    >>> model = keras.Sequential([keras.layers.Rescaling(1 / 16), *hidden, keras.layers.Dense(10, "softmax")])
    >>> model.compile("nadam", "sparse_categorical_crossentropy")
    >>> pretrained = pretrain(model, x, "autoencoder", epochs=5)
    >>> 0 < pretrained.reconstruction_error(x) < 0.5
    True
    >>> history = tw.fit(pretrained.model, x[:50], y[:50], epochs=5, verbose=0)

    Source: Hinton & Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 313 (2006);
    Bengio et al., "Greedy layer-wise training of deep networks" (2007); Vincent et al., "Stacked denoising
    autoencoders", JMLR 11 (2010); Radford et al., "Unsupervised representation learning with deep convolutional
    generative adversarial networks", arXiv 1511.06434 (2015).
    """
    settings = Settings(method, epochs, learning_rate, optimizer, batch_size, noise, seed, validation_split)
    if not isinstance(model, keras.Model):
        raise InputError(f"model is {type(model).__name__} and no Keras model.", "Give a keras.Model.")
    if layers is not None and (isinstance(layers, bool) or not isinstance(layers, numbers.Integral)):
        raise InputError(f"layers={layers!r} is no whole number.", "Give how many layers to pretrain, from below.")
    if comes_in_batches(x_unlabelled):
        x_unlabelled = collected(x_unlabelled, name="x_unlabelled")[0][0]
    x = checked(x_unlabelled)
    with show_progress(verbose), preserve_rng(), compat.preserve_auto_names():
        keras.utils.set_random_seed(int(seed))
        copy = copied(model, x)
        lower = lower_part(copy, layers)
        require_shape(copy, x)
        require_finite(x)
        z = led_through(lower.below, x)
        warn_of_scale(z)
        autoencoders: list[Autoencoder] = []
        trained = None
        history: dict[str, dict[str, list[float]]] = {}
        if method == "gan":
            with stage("Training the generator and the discriminator"):
                trained = gan.train_gan(lower.blocks, z, settings)
            history["gan"] = _finite(trained.history, "the GAN")
        elif method == "greedy":
            with stage("Training an autoencoder for each layer", len(lower.blocks), counter="layer"):
                for block in lower.blocks:
                    with stage():
                        autoencoders.append(train_autoencoder([block], z, settings))
                    history[coding_name(block)] = _finite(autoencoders[-1].history, f"the layer {coding_name(block)!r}")
                    z = autoencoders[-1].encoded(z)
        else:
            with stage("Training the autoencoder"):
                autoencoders.append(train_autoencoder(lower.blocks, z, settings))
            history[method] = _finite(autoencoders[-1].history, "the autoencoder")
    names = tuple(layer.name for layer in lower.pretrained)
    return Pretraining(copy, method, names, history, lower.below, autoencoders, trained)


def _finite(history: dict[str, list[float]], of: str) -> dict[str, list[float]]:
    for name, values in history.items():
        bad = [epoch for epoch, value in enumerate(values, 1) if not math.isfinite(value)]
        if bad:
            raise InputError(
                f"The {name} of {of} is {values[bad[0] - 1]} after epoch {bad[0]}.",
                "Give a lower learning_rate, or scale the inputs with a Rescaling or Normalization layer.",
            )
    return history
