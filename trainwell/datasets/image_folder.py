"""A folder of images, a folder a class, to a Dataset.

    flowers/daisy/1.jpg            flowers/train/daisy/1.jpg
    flowers/rose/2.jpg     or      flowers/test/rose/2.jpg

Where all sub-folders are named like parts (`train`, `validation`, `test` and their usual aliases), the split is theirs.
All images are brought to one size and held in memory. Not for sets larger than that, and not for labels in a file.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from trainwell.datasets.arrays import PARTS, dataset_from_arrays
from trainwell.datasets.image_encoder import COLOURS, ImageEncoder
from trainwell.datasets.image_file import ImageLook, is_image_name, look, read_pixels
from trainwell.datasets.memory import require_memory
from trainwell.datasets.split import PART_NAMES
from trainwell.datasets.wording import plural
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from trainwell.datasets.dataset import Dataset, Task

LONGEST_SIDE = 256
"""Pixels: larger images are made smaller, because all are held in memory and trained on at this size."""
NAMES_SHOWN = 5
"""Names in a message or note; the rest are counted."""
NOT_OURS = frozenset({"__MACOSX", "__pycache__"})
"""Folders that archives and programs leave behind."""
LAYOUT = "Make a folder a class, such as flowers/daisy/1.jpg and flowers/rose/2.jpg."


class FoundImages(NamedTuple):
    """An image of the folder: its path, its class and its part."""

    path: Path
    label: str
    part: str


def load_image_folder(
    folder: Path,
    *,
    task: Task | None = None,
    seed: int = 0,
    validation_share: float | None = None,
    test_share: float | None = None,
) -> Dataset:
    """Reads the images below `folder`.

    Args:
        folder: with a sub-folder a class, or a sub-folder a part with those in it.
        task: overrides the task that the number of classes says.
        seed: of the split, where the folder has none.
        validation_share: share of the images for validation; 0.15 by default.
        test_share: share of the images for the test; 0.2 by default.

    Raises:
        InputError: no or one class, a class without images, an image that does not decode, classes that differ between
            the parts, or more images than the memory holds.
    """
    notes: list[str] = []
    images = _find_images(folder, notes)
    height, width, colour = _common_look([look(each.path) for each in images], notes)
    shape = (height, width, COLOURS) if colour else (height, width)
    require_memory(
        len(images) * int(np.prod(shape)),
        f"The {plural(len(images), 'image')} of {folder} at {' x '.join(map(str, shape))}",
        "Give smaller or fewer images.",
    )
    classes = sorted({each.label for each in images})
    number = {label: position for position, label in enumerate(classes)}
    digest = hashlib.sha256()  # of the images' paths and pixels, as they are trained on
    parts: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for part in PARTS:
        members = [each for each in images if each.part == part]
        x = np.empty((len(members), *shape), dtype=np.uint8)
        for row, each in enumerate(members):
            x[row] = read_pixels(each.path, height=height, width=width, colour=colour)
            digest.update(each.path.relative_to(folder).as_posix().encode() + b"\0" + x[row].tobytes())
        if members:
            parts[part] = x, np.array([number[each.label] for each in members])
    if len(parts) > 1:
        notes.append(f"The split is the folder's own, for: {', '.join(parts)}.")
    return dataset_from_arrays(
        parts,
        name=folder.absolute().name or "images",
        kind="image",
        encoder=ImageEncoder(shape),
        source={"name": folder.name, "kind": "images", "path": str(folder), "sha256": digest.hexdigest()},
        target="class",
        task=task,
        class_names=classes,
        seed=seed,
        validation_share=validation_share,
        test_share=test_share,
        notes=notes,
    )


def _find_images(folder: Path, notes: list[str]) -> list[FoundImages]:
    """The images of each class and part, in the order of their names."""
    strays: list[Path] = []
    children = _folders(folder, strays)
    if not children:
        what = "images but no folders" if any(map(is_image_name, strays)) else "no folders with images"
        raise InputError(f"Folder {folder} has {what} in it; expected a folder for each class.", LAYOUT)
    split = all(child.name.lower() in PART_NAMES for child in children)
    if not split:
        images = _find_classes(folder, children, "train", strays)
    else:
        homes: dict[str, Path] = {}
        images = []
        for child in children:
            part = PARTS[PART_NAMES[child.name.lower()]]
            if part in homes:
                raise InputError(
                    f"Folders {homes[part].name!r} and {child.name!r} of {folder} both name the {part} part.",
                    "Keep one of them, or move the images together.",
                )
            homes[part] = child
            images += _find_classes(child, _folders(child, strays), part, strays)
        if "train" not in homes:
            raise InputError(
                f"Folder {folder} has {_shown([child.name for child in children])}, but no folder 'train'.",
                "Name the folder of the training images 'train'.",
            )
        _refuse_other_classes(images, homes)
    pictures = [each for each in strays if is_image_name(each)]
    if pictures:
        raise InputError(
            f"Image {pictures[0]} lies beside the folders of classes, not in one of them ({len(pictures)} such).",
            "Move each image into the folder of its class, or out of the way.",
        )
    if strays:
        names = _shown([each.relative_to(folder).as_posix() for each in strays])
        notes.append(f"Files that are no images were left out ({len(strays)}): {names}.")
    return images


def _find_classes(home: Path, folders: Sequence[Path], part: str, strays: list[Path]) -> list[FoundImages]:
    """The images of the class folders in `home`."""
    if len(folders) < 2:  # noqa: PLR2004 -- one class leaves nothing to tell apart
        has = f"one class only, {folders[0].name!r}" if folders else "no folders of classes in it"
        raise InputError(f"Folder {home} has {has}; expected at least two.", LAYOUT)
    images: list[FoundImages] = []
    for folder in folders:
        files: list[Path] = []
        deeper = _folders(folder, files)
        if deeper:
            raise InputError(
                f"Class folder {folder} has folders in it: {_shown([each.name for each in deeper])}; expected images.",
                "Move the images up into the folder of their class. " + LAYOUT,
            )
        members = [each for each in files if is_image_name(each)]
        strays += [each for each in files if not is_image_name(each)]
        if not members:
            raise InputError(
                f"Class folder {folder} has no images in it; expected PNG, JPEG, BMP, GIF or WebP files.",
                "Put its images there, or remove the folder.",
            )
        images += [FoundImages(path, folder.name, part) for path in members]
    return images


def _folders(folder: Path, files: list[Path]) -> list[Path]:
    """The folders in `folder`, by name; its other files are added to `files`. Hidden ones do not count."""
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"Folder {folder} cannot be read: {error}.", "Check its permissions.") from error
    children = [each for each in children if not each.name.startswith(".") and each.name not in NOT_OURS]
    files += [each for each in children if not each.is_dir()]
    return [each for each in children if each.is_dir()]


def _refuse_other_classes(images: Sequence[FoundImages], homes: dict[str, Path]) -> None:
    """A part must not have a class that the training part lacks; the reverse does no harm."""
    known = {each.label for each in images if each.part == "train"}
    for part, home in homes.items():
        unknown = sorted({each.label for each in images if each.part == part} - known)
        if unknown:
            raise InputError(
                f"Folder {home} has classes that {homes['train']} lacks: {_shown(unknown)}.",
                "Name the folders of classes alike in every part.",
            )


def _common_look(looks: Sequence[ImageLook], notes: list[str]) -> ImageLook:
    """The size and kind that all images are brought to; what that changes is noted."""
    sizes = Counter((each.height, each.width) for each in looks)
    height, width = max(sizes, key=lambda size: (sizes[size], size[0] * size[1], size))
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    final = max(1, round(height * scale)), max(1, round(width * scale))
    if len(sizes) > 1:
        others = len(looks) - sizes[height, width]
        notes.append(
            f"Images have {len(sizes)} different sizes; {others} of {len(looks)} {_were(others)} resized to the most "
            f"frequent, {height} x {width} (height x width), without keeping their proportions."
        )
    if scale < 1:
        notes.append(f"Images of {height} x {width} were made smaller, to {final[0]} x {final[1]}.")
    coloured = sum(each.colour for each in looks)
    if 0 < coloured < len(looks):
        grey = len(looks) - coloured
        are = "is" if grey == 1 else "are"
        notes.append(f"{grey} of {len(looks)} images {are} greyscale and {_were(grey)} read as colour.")
    return ImageLook(*final, coloured > 0)


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _shown(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(map(repr, names[:NAMES_SHOWN])) + (f" and {more} more" if more > 0 else "")
