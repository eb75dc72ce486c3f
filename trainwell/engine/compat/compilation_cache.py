"""A store of trainwell's own for what JAX compiles, within a context and in one thread."""

from __future__ import annotations

import functools
import importlib
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import jax

from trainwell.engine.compat.patching import patched
from trainwell.engine.compat.private import attribute, imported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CACHE = "jax._src.compilation_cache"
_COMPILER = "jax._src.compiler"
_thread = threading.local()


@contextmanager
def compiling_into(store: Any) -> Iterator[None]:
    """Have JAX keep in `store` what this thread compiles within the context.

    JAX's settings stay as they are, and programs of other threads never see the store.

    Args:
        store: has `get(key)` and `put(key, value)`; keys are text, values bytes.

    Raises:
        MissingNameError: this JAX has no such places.
    """
    imported(_CACHE, "_get_cache")
    imported(_COMPILER, "_cache_write")
    cache, compiler = importlib.import_module(_CACHE), importlib.import_module(_COMPILER)
    before = attribute(_thread, "store", None)
    _thread.store = store
    try:
        with patched(cache, "_get_cache", _stores), patched(compiler, "_cache_write", _writes_quick_ones_too):
            yield
    finally:
        _thread.store = before


def is_configured() -> bool:
    """Return True where JAX's own cache has a folder, or is turned off."""
    return bool(_setting("jax_compilation_cache_dir")) or not _setting("jax_enable_compilation_cache")


def _stores(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def get_cache(backend: Any) -> Any:
        store = attribute(_thread, "store", None)
        return original(backend) if store is None else store

    return get_cache


def _writes_quick_ones_too(original: Callable[..., Any]) -> Callable[..., Any]:
    """JAX keeps nothing that took less than a second; dozens of little programs add up."""

    @functools.wraps(original)
    def cache_write(key: str, seconds: float, *rest: Any) -> Any:
        if attribute(_thread, "store", None) is not None:
            seconds = max(seconds, _setting("jax_persistent_cache_min_compile_time_secs"))
        return original(key, seconds, *rest)

    return cache_write


def _setting(name: str) -> Any:
    """Return a setting of JAX, whose names type checkers do not know."""
    return getattr(jax.config, name)
