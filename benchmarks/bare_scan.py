"""The chapter's nets as hand-written JAX: one `lax.scan` over an epoch, with or without the metrics of Keras.

What somebody would write who wants nothing but speed, to measure `tw.fit` against. Same shapes, initial values of the
same kind, optimizer and loss; batches are gathered from data on the device. With metrics, each step also logs the
running loss and accuracy.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.engine import lowering

BATCH = 32


def dense(generator, inputs, units, gain=2.0):
    scale = np.sqrt(gain / inputs)
    kernel = generator.normal(0, scale, (inputs, units)).astype("float32")
    return {"kernel": jnp.asarray(kernel), "bias": jnp.zeros(units)}


def norm(units):
    return {"scale": jnp.ones(units), "shift": jnp.zeros(units)}, {"mean": jnp.zeros(units), "var": jnp.ones(units)}


def affine(layer, x):
    return x @ layer["kernel"] + layer["bias"]


def normalized(layer, moving, x):
    mean, var = x.mean(0), x.var(0)
    y = (x - mean) * (jax.lax.rsqrt(var + 1e-3) * layer["scale"]) + layer["shift"]
    return y, {name: 0.99 * moving[name] + 0.01 * new for name, new in (("mean", mean), ("var", var))}


def leaky_relu(generator):
    layers = [dense(generator, *sizes) for sizes in ((784, 300), (300, 100), (100, 10))]

    def forward(layers, moving, x):
        x = x.reshape(len(x), -1)
        for layer in layers[:-1]:
            x = jax.nn.leaky_relu(affine(layer, x), 0.3)
        return affine(layers[-1], x), moving

    return layers, [], forward


def batch_normalization(generator):
    norms, moving = zip(*(norm(units) for units in (784, 300, 100)), strict=True)
    layers = [dense(generator, *sizes) for sizes in ((784, 300), (300, 100), (100, 10))]

    def forward(weights, moving, x):
        layers, norms = weights
        x, first = normalized(norms[0], moving[0], x.reshape(len(x), -1))
        updated = [first]
        for layer, scale, average in zip(layers[:-1], norms[1:], moving[1:], strict=True):
            x, new = normalized(scale, average, jax.nn.relu(affine(layer, x)))
            updated.append(new)
        return affine(layers[-1], x), updated

    return (layers, list(norms)), list(moving), forward


def selu_100(generator):
    sizes = [(784, 300), (300, 100), *[(100, 100)] * 98, (100, 10)]
    layers = [dense(generator, *size, gain=1.0) for size in sizes]

    def forward(layers, moving, x):
        x = x.reshape(len(x), -1)
        for layer in layers[:-1]:
            x = jax.nn.selu(affine(layer, x))
        return affine(layers[-1], x), moving

    return layers, [], forward


def conv(generator):
    kernels = [generator.normal(0, 0.1, (3, 3, *shape)).astype("float32") for shape in ((1, 32), (32, 64))]
    filters = [{"kernel": jnp.asarray(kernel), "bias": jnp.zeros(kernel.shape[-1])} for kernel in kernels]
    layers = [dense(generator, 7 * 7 * 64, 64), dense(generator, 64, 10)]

    def forward(weights, moving, x):
        filters, layers = weights
        x = x[..., None]
        for layer in filters:
            numbers = ("NHWC", "HWIO", "NHWC")
            x = jax.lax.conv_general_dilated(x, layer["kernel"], (1, 1), "SAME", dimension_numbers=numbers)
            x = jax.nn.relu(x + layer["bias"])
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        x = jax.nn.relu(affine(layers[0], x.reshape(len(x), -1)))
        return affine(layers[1], x), moving

    return (filters, layers), [], forward


def sgd(rate):
    def start(weights):
        del weights
        return ()

    def update(weights, gradients, slots, step):
        del step
        return jax.tree.map(lambda w, g: w - rate * g, weights, gradients), slots

    return start, update


def adam(rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    def start(weights):
        return jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights)

    def update(weights, gradients, slots, step):
        m = jax.tree.map(lambda m, g: m + (g - m) * (1 - beta_1), slots[0], gradients)
        v = jax.tree.map(lambda v, g: v + (g * g - v) * (1 - beta_2), slots[1], gradients)
        alpha = rate * jnp.sqrt(1 - beta_2**step) / (1 - beta_1**step)
        weights = jax.tree.map(lambda w, m, v: w - alpha * m / (jnp.sqrt(v) + epsilon), weights, m, v)
        return weights, (m, v)

    return start, update


OPTIMIZERS = {"leaky_relu": sgd(1e-3), "batch_normalization": sgd(1e-3), "selu_100": sgd(1e-3), "conv": adam(1e-3)}
NETS = {net.__name__: net for net in (leaky_relu, batch_normalization, selu_100, conv)}


class BareScan:
    """One net with its data on the device, and its epoch as one compiled program."""

    def __init__(self, name, x, y, *, metrics=True):
        self._metrics = metrics
        weights, moving, self._forward = NETS[name](np.random.default_rng(0))
        start, self._update = OPTIMIZERS[name]
        self._state = weights, moving, start(weights), jnp.zeros((), jnp.float32)
        self._data = jnp.asarray(x), jnp.asarray(y)
        self._epoch = jax.jit(self._run, donate_argnums=0)
        self._rows = len(x) // BATCH * BATCH

    def epoch(self):
        """Train one epoch in a new order; return its logs step by step, on the host."""
        order = np.random.permutation(len(self._data[0]))[: self._rows].astype(np.int32).reshape(-1, BATCH)  # noqa: NPY002
        self._state, logs = self._epoch(self._state, self._data, order)
        jax.block_until_ready(self._state)
        return {name: np.asarray(values) for name, values in logs.items()}

    def _run(self, state, data, order):
        zero = jnp.zeros((), jnp.float32)
        (state, _), logs = jax.lax.scan(lambda carry, rows: self._step(carry, data, rows), (state, (zero,) * 3), order)
        return state, logs

    def _step(self, carry, data, rows):
        (weights, moving, slots, step), (total, correct, count) = carry
        x, y = (array.at[rows].get(mode="promise_in_bounds") for array in data)

        def loss_of(weights):
            with lowering.lowered():
                logits, updated = self._forward(weights, moving, x)
            chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None].astype(jnp.int32), 1)
            return -chosen.mean(), (logits, updated)

        (loss, (logits, moving)), gradients = jax.value_and_grad(loss_of, has_aux=True)(weights)
        weights, slots = self._update(weights, gradients, slots, step + 1)
        state = (weights, moving, slots, step + 1)
        if not self._metrics:
            return (state, carry[1]), {}
        total, count = total + loss * len(rows), count + len(rows)
        correct = correct + (logits.argmax(-1) == y).sum()
        logs = {"loss": total / count, "accuracy": correct / count}
        return (state, (total, correct, count)), logs
