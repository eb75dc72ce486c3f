"""The random generators that Keras draws from, Python's, NumPy's and its own: left as they were by what draws between.

Not for a generator of the caller's own: only the three global ones.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.engine import compat

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def preserve_rng() -> Iterator[None]:
    """While it is open anything may seed and draw; afterwards the next numbers are those that would have come."""
    python, numpy, seed = random.getstate(), np.random.get_state(), _global_seed()  # noqa: NPY002
    try:
        yield
    finally:
        if seed is _UNKNOWN:
            pass  # the installed Keras does not let it be put back; that was said
        elif seed is None:  # making one draws from Python's generator, which must happen when it would have happened
            compat.forget_global_seed()
        else:
            compat.set_global_seed(seed)
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002 -- the generator Keras uses


_UNKNOWN: Any = object()


def _global_seed() -> Any:
    return compat.attempt("putting back Keras's global random generator", compat.global_seed, _UNKNOWN)
