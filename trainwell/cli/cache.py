"""`trainwell cache`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_VERSION = 1
_COMPILED = "compiled programs"


def cache(
    clear: Annotated[
        bool, typer.Option("--clear", help="Remove all of it; it is fetched and compiled again when needed.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")] = False,
) -> None:
    """Show what trainwell keeps on disk to be faster next time: path, entries and size."""
    parts = _parts()
    if clear:
        _clear(parts)
    if json:
        import json as encoder

        document = {"schema_version": SCHEMA_VERSION, "kept": _kept(), "cleared": clear, "parts": parts}
        typer.echo(encoder.dumps(document, indent=2, ensure_ascii=False))
        return
    for part in parts:
        typer.echo(f"{part['name']}: {part['entries']:,} {part['kind']}, {_readable(part['bytes'])}, {part['path']}")
    if not parts:
        typer.echo("Nothing is kept.")
    elif clear:
        typer.echo("All of it was removed.")
    if not _kept():
        typer.echo("Compiled programs are not kept here: TRAINWELL_COMPILE_CACHE or JAX's own settings say so.")


def _parts() -> list[dict[str, Any]]:
    """What is there: name, path, number of entries and bytes. Only what trainwell made, wherever the folder is."""
    from trainwell.datasets import builtin_names
    from trainwell.datasets.cache import cache_folder
    from trainwell.engine import compile_store

    parts = []
    for root in _compiled_folders():
        sizes = [status.st_size for status in compile_store.entries(root)]
        parts.append(_part(_COMPILED, "programs", root, sizes))
    for name in builtin_names():
        folder = cache_folder() / name
        sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        parts.append(_part(name, "files", folder, sizes))
    return [part for part in parts if part["entries"]]


def _part(name: str, kind: str, path: Path, sizes: list[int]) -> dict[str, Any]:
    return {"name": name, "path": str(path), "entries": len(sizes), "bytes": sum(sizes), "kind": kind}


def _compiled_folders() -> list[Path]:
    """Where programs are kept now, and where they are kept by default: turning the cache off leaves them there."""
    from trainwell.datasets.cache import cache_folder
    from trainwell.engine import compile_cache

    folders = {compile_cache.folder_in_use(): None, cache_folder() / compile_cache.FOLDER: None}
    return [folder for folder in folders if folder]


def _kept() -> bool:
    """Return True where trainwell itself keeps compiled programs."""
    from trainwell.engine import compat, compile_cache

    return bool(compile_cache.folder_in_use()) and not compat.is_configured()


def _clear(parts: list[dict[str, Any]]) -> None:
    import shutil
    from pathlib import Path

    from trainwell.engine import compile_store
    from trainwell.errors import InputError

    for part in parts:
        path = Path(part["path"])
        try:
            if part["name"] == _COMPILED:
                compile_store.clear(path)
            else:
                shutil.rmtree(path)
        except OSError as error:
            raise InputError(
                f"{path} could not be removed: {error.strerror or error}.",
                "Remove it yourself, or give yourself the right to write to it.",
            ) from error


def _readable(size: int) -> str:
    """A number of bytes as people write it: the unit in which it has up to three digits before the point.

    Example:
    >>> [_readable(size) for size in (0, 999, 2_350, 30_878_645, 5_000_000_000)]
    ['0 bytes', '999 bytes', '2.4 kB', '30.9 MB', '5.0 GB']
    """
    thousand = 1000
    if size < thousand:
        return f"{size} bytes"
    value = float(size)
    for unit in ("kB", "MB"):
        value /= thousand
        if value < thousand:
            return f"{value:.1f} {unit}"
    return f"{value / thousand:.1f} GB"
