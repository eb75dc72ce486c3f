"""The folder of one training: made beside its place, put there whole, read back.

A training that fails leaves no folder, and an earlier folder of the same name stays until the new one is complete. The
rename is atomic on one file system; a crash between the two renames of `--overwrite` leaves the earlier folder beside
it under a name that ends in `.replaced`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwell.datasets import encoder_from_json
from trainwell.errors import InputError
from trainwell.storage import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.datasets.dataset import Encoder

MODEL_FILE = "model.keras"
ENCODER_FILE = "preprocessing.json"
REPORT_FILE = "report.html"
FIGURES_FOLDER = "figures"


def choose_folder(out: str | Path | None, name: str, *, overwrite: bool) -> Path:
    """Where the run goes: `out`, or a free name below `runs/`.

    Raises:
        InputError: the folder is there and `overwrite` is off, or it is something that a run must not replace.
    """
    if out is None:
        base = Path("runs") / name
        numbered = (base.with_name(f"{name}-{number}") for number in range(2, 1_000_000))
        return base if not base.exists() else next(path for path in numbered if not path.exists())
    folder = Path(out)
    if not folder.exists():
        return folder
    if not folder.is_dir():
        raise InputError(f"{os.fspath(folder)!r} is a file, and a run is a folder.", "Name another place with --out.")
    if any(folder.iterdir()):
        if not overwrite:
            raise InputError(
                f"The folder {os.fspath(folder)!r} exists already.",
                "Add --overwrite to replace it, or name another with --out.",
            )
        if not (folder / "run.json").is_file():
            raise InputError(
                f"The folder {os.fspath(folder)!r} holds something other than a run (there is no run.json in it).",
                "trainwell replaces only its own runs: name another folder with --out.",
            )
    return folder


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """Gives a temporary folder beside `folder`; on success it takes its place, on failure it is removed.

    Raises:
        InputError: the place cannot be written to, or the disk is full.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o777 & ~umask)  # mkdtemp makes folders private
        _take_place(temporary, folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _take_place(temporary: Path, folder: Path) -> None:
    replaced = folder.with_name(f"{folder.name}.replaced")
    if folder.exists():
        shutil.rmtree(replaced, ignore_errors=True)
        folder.replace(replaced)
    try:
        temporary.replace(folder)
    except OSError:
        if replaced.exists():
            replaced.replace(folder)
        raise
    shutil.rmtree(replaced, ignore_errors=True)


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError(
        f"The run cannot be written to {os.fspath(folder)!r}: {error.strerror or error}.",
        "Nothing was left behind; an earlier run there is untouched. Free some space or name another place with --out.",
    )


def save_model(model: Any, folder: Path) -> None:
    """Writes `model.keras`."""
    with write_atomically(folder / MODEL_FILE) as path:
        model.save(path)


def load_model(folder: str | Path) -> Any:
    """Reads `model.keras`, running no code from it.

    Raises:
        InputError: it is missing or damaged.
    """
    import keras  # noqa: PLC0415 -- two seconds that reading facts need not wait for

    path = Path(folder) / MODEL_FILE
    if not path.is_file():
        raise InputError(
            f"No model in {os.fspath(folder)!r}: {MODEL_FILE} is missing.", "Train again, or restore the file."
        )
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"{os.fspath(path)} cannot be read: {error}", "Train again, or restore the file.") from error


def save_encoder(encoder: Encoder, folder: Path) -> None:
    """Writes `preprocessing.json`."""
    with write_atomically(folder / ENCODER_FILE) as path:
        document = json.dumps(encoder.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
        path.write_text(document + "\n", encoding="utf-8")


def load_encoder(folder: str | Path) -> Encoder:
    """Reads `preprocessing.json`.

    Raises:
        InputError: it is missing or damaged.
    """
    path = Path(folder) / ENCODER_FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{os.fspath(path)} cannot be read: {error}", "Train again, or restore the file.") from error
    return encoder_from_json(document)
