"""The folder of one training: made beside its place, put there whole, read back.

A training that fails leaves no folder, and an earlier folder of the same name stays until the new one is complete. What
may be in its place is judged before the training, and nothing that a person put there is ever removed.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwell.datasets import encoder_from_json
from trainwell.errors import InputError
from trainwell.run import RUN_FILE, SIGNALS_FILE, Run
from trainwell.storage import replace_folder, staging_folder, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from trainwell.datasets.dataset import Encoder
    from trainwell.run import DataRecord

MODEL_FILE = "model.keras"
ENCODER_FILE = "preprocessing.json"
REPORT_FILE = "report.html"
FIGURES_FOLDER = "figures"
FIGURES_SUFFIX = ".png"
PATCH_FILE, CODE_FILE, REPAIR_FILE = "repair.patch", "repaired.py", "repair.json"  # of a run that was repaired
_FILES = (RUN_FILE, SIGNALS_FILE, MODEL_FILE, ENCODER_FILE, REPORT_FILE, PATCH_FILE, CODE_FILE, REPAIR_FILE)
_MOST_NAMES = 5


def choose_folder(out: str | Path | None, name: str, *, overwrite: bool) -> Path:
    """Where the run goes: `out`, or a free name below `runs/`.

    That the place can be written to is tried out here, and left as it was: the training comes before the writing.

    Raises:
        InputError: the folder is there and `overwrite` is off, it is something that a run must not replace, or nothing
            can be written there.
    """
    try:
        folder = _free_name(name) if out is None else Path(out)
        _refuse_broken_links(folder)
        if folder.exists():
            _refuse_what_is_there(folder, overwrite=overwrite)
        _try_out(folder.resolve())
    except (OSError, RuntimeError) as error:  # links in a circle are a RuntimeError up to Python 3.12
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"The run cannot be written to {os.fspath(folder)!r}: {reason}.", "Name another place with --out."
        ) from error
    return folder


def _free_name(name: str) -> Path:
    name = "run" if name in ("", ".", "..") else name
    base = Path("runs") / name
    numbered = (base.with_name(f"{name}-{number}") for number in range(2, 1_000_000))
    return base if not base.exists() else next(path for path in numbered if not path.exists())


def _refuse_broken_links(folder: Path) -> None:
    for place in (folder, *folder.parents):
        if place.is_symlink() and not place.exists():
            raise InputError(
                f"{os.fspath(place)!r} is a link to {os.fspath(place.readlink())!r}, which is not there.",
                "Make the folder that it leads to, or name another place with --out.",
            )


def _refuse_what_is_there(folder: Path, *, overwrite: bool) -> None:
    if not folder.is_dir():
        raise InputError(f"{os.fspath(folder)!r} is a file, and a run is a folder.", "Name another place with --out.")
    if not any(folder.iterdir()):
        return
    if not overwrite:
        raise InputError(
            f"The folder {os.fspath(folder)!r} exists already.",
            "Add --overwrite to replace it, or name another with --out.",
        )
    if not (folder / RUN_FILE).is_file():
        raise InputError(
            f"The folder {os.fspath(folder)!r} holds something other than a run (there is no {RUN_FILE} in it).",
            "trainwell replaces only its own runs: name another folder with --out.",
        )
    extra = _files_of_others(folder)
    if extra:
        more = f" and {len(extra) - _MOST_NAMES} more" if len(extra) > _MOST_NAMES else ""
        raise InputError(
            f"The run folder {os.fspath(folder)!r} has files in it that trainwell did not write: "
            f"{', '.join(map(repr, extra[:_MOST_NAMES]))}{more}.",
            "Move them elsewhere, or name another folder with --out.",
        )


def _files_of_others(folder: Path) -> list[str]:
    """What in a run folder is not of a run, relative to it."""
    found = []
    for each in sorted(folder.iterdir()):
        if each.name == FIGURES_FOLDER and each.is_dir() and not each.is_symlink():
            figures = sorted(each.iterdir())
            found += [figure for figure in figures if figure.is_dir() or figure.suffix != FIGURES_SUFFIX]
        elif each.name not in _FILES or each.is_dir():
            found.append(each)
    return [each.relative_to(folder).as_posix() for each in found]


def _try_out(folder: Path) -> None:
    """Makes and removes what writing to `folder` would make: a name may be too long, a disk read-only.

    Raises:
        OSError: nothing can be written there.
    """
    there = next(place for place in (folder.parent, *folder.parents) if place.exists())
    trial = staging_folder(there / folder.relative_to(there).parts[0]) if folder != there else staging_folder(folder)
    try:
        (trial / folder.relative_to(there)).mkdir(parents=True)
    finally:
        shutil.rmtree(trial, ignore_errors=True)


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """Gives a temporary folder beside `folder`; on success it takes its place, on failure it is removed.

    A link at `folder` is followed and stays. The working folder and mounts keep their place: for them the temporary
    folder is inside, and its files move out of it. An earlier run that a person put files into while the new one was
    trained is not removed: it stays beside the new one, in a hidden folder with `replaced` in its name.

    Raises:
        InputError: the place cannot be written to, or the disk is full.
    """
    try:
        place = folder.resolve()
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = staging_folder(place)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o777 & ~umask)  # mkdtemp makes folders private
        earlier = replace_folder(temporary, place)
        if earlier is not None and not _files_of_others(earlier):
            shutil.rmtree(earlier.parent, ignore_errors=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


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
    damaged = InputError(f"{os.fspath(path)} cannot be read: it is damaged.", "Train again, or restore the file.")
    if not zipfile.is_zipfile(path):
        raise damaged
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise damaged from error
    except Exception as error:  # a configuration that makes no model fails in whichever layer or reader meets it
        raise InputError(f"{os.fspath(path)} cannot be read: {error}", "Train again, or restore the file.") from error


def check_fits(model: Any, inputs: Any, classes: Sequence[str] | None = None) -> None:
    """Refuses inputs of another shape than the model's, before Keras fails on them in its own words.

    Args:
        model: a model that was built, as `load_model` gives it.
        inputs: an array `(rows, ...)`, or a dictionary of such arrays by the names of the model's inputs.
        classes: names of the classes, to be as many as the model tells apart; none for regression.

    Raises:
        InputError: they do not fit, so the files of the run folder are not of one run.
    """
    hint = "Restore the files of the run folder, which must all be of one training, or train again."
    try:
        taken = {each.name: tuple(each.shape[1:]) for each in model.inputs}
        outputs = [each.shape[-1] for each in model.outputs]
    except (AttributeError, TypeError, ValueError) as error:  # Keras keeps them for models that were built on tensors
        raise InputError(f"The model in {MODEL_FILE} does not tell its inputs and outputs.", hint) from error
    # One array has no name of its own: it is called as the model's input is.
    arrays: dict[str, Any] = inputs if isinstance(inputs, dict) else dict.fromkeys(list(taken)[:1], inputs)
    given: dict[str, tuple[int, ...]] = {name: array.shape[1:] for name, array in arrays.items()}
    alike = given.keys() == taken.keys()
    if not alike or not all(_same_shape(taken[name], given[name]) for name in taken):
        raise InputError(
            f"The model in {MODEL_FILE} takes {_shapes(taken)}; {ENCODER_FILE} makes {_shapes(given)}.", hint
        )
    if classes is None:
        return
    expected = {0: ([1],), 2: ([1], [2])}.get(len(classes), ([len(classes)],))
    if outputs not in expected:
        raise InputError(
            f"The model in {MODEL_FILE} has outputs of size {outputs}; {RUN_FILE} names {len(classes)} classes.", hint
        )


def _same_shape(taken: tuple[int | None, ...], given: tuple[int, ...]) -> bool:
    return len(taken) == len(given) and all(size in (None, got) for size, got in zip(taken, given, strict=True))


def _shapes(shapes: Mapping[str, tuple[int | None, ...]]) -> str:
    told = [f"{name} of shape ({', '.join(map(str, ('rows', *shape)))})" for name, shape in sorted(shapes.items())]
    return " and ".join(told) or "nothing"


def load_data_record(folder: str | Path) -> DataRecord:
    """Return the section `data` of the run in `folder`; it names the target.

    Raises:
        InputError: `run.json` is missing or damaged, or does not name the target, or two classes have one name.
    """
    data = Run.load(folder, signals=False).data
    if not data.target or len({*data.classes}) != len(data.classes):
        raise InputError(
            f"{os.fspath(Path(folder) / RUN_FILE)} does not name the target and its classes: under 'data', expected "
            f"'target', a name, and 'classes', different names; got {data.target!r} and {data.classes!r}.",
            "Train again, or restore the file.",
        )
    return data


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
        return encoder_from_json(json.loads(path.read_text(encoding="utf-8")))
    except InputError as error:
        raise InputError(f"{os.fspath(path)} cannot be read: {error.message}", error.hint) from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{os.fspath(path)} cannot be read: {error}.", "Train again, or restore the file.") from error
