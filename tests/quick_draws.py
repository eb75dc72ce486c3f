"""Initial weights drawn by NumPy, for tests that do not compare bits.

JAX compiles a program for each shape that is drawn or filled, a tenth of a second each, which was most of the time of
the tests that only build models. Within traced code, as dropout, JAX draws as ever. The draws follow Keras's seeds.
"""

from __future__ import annotations

import contextlib
import functools
from unittest import mock

import jax
import jax.numpy as jnp
import keras
import numpy as np
from scipy import stats

FLOATS = ("float16", "float32", "float64")


def _generator(key):
    data = jax.random.key_data(key) if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key
    return np.random.Generator(np.random.Philox(key=np.asarray(data, "uint64")))


def _uniform(generator, shape, minval=0.0, maxval=1.0):
    return generator.uniform(minval, maxval, shape)


def _normal(generator, shape, mean=0.0, stddev=1.0):
    return mean + stddev * generator.normal(size=shape)


def _truncated_normal(generator, shape, mean=0.0, stddev=1.0):
    return mean + stddev * stats.truncnorm.ppf(generator.uniform(size=shape), -2, 2)


def _drawn_by_numpy(original, draw, random):
    @functools.wraps(original)
    def drawn(shape, *arguments, dtype=None, seed=None, **options):
        key, kind = random.jax_draw_seed(seed), dtype or keras.config.floatx()
        if isinstance(key, jax.core.Tracer) or str(kind) not in FLOATS:
            return original(shape, *arguments, dtype=dtype, seed=key, **options)
        return jax.device_put(np.asarray(draw(_generator(key), shape, *arguments, **options), kind))

    return drawn


def _filled_by_numpy(original, value):
    @functools.wraps(original)
    def filled(shape, dtype=None, **options):
        kind = dtype or keras.config.floatx()
        if options or str(kind) not in FLOATS:
            return original(shape, dtype=dtype, **options)
        return jax.device_put(np.full(shape, value, kind))

    return filled


@contextlib.contextmanager
def quick_draws():
    """Draw and fill by NumPy, where this version of Keras has the functions that do so."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError, AttributeError):
            from keras.src.backend.jax import numpy, random  # noqa: PLC0415 -- on the JAX backend alone

            for name, draw in (("uniform", _uniform), ("normal", _normal), ("truncated_normal", _truncated_normal)):
                stack.enter_context(
                    mock.patch.object(random, name, _drawn_by_numpy(getattr(random, name), draw, random))
                )
            for name, value in (("zeros", 0), ("ones", 1)):
                stack.enter_context(mock.patch.object(numpy, name, _filled_by_numpy(getattr(numpy, name), value)))
        yield
