"""Read labelled pictures from folders of images, one folder for each class."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from diagnose.data.pictures import (
    CLASSES,
    SIDE,
    Pictures,
    Progress,
    Size,
    denied,
    see_room,
    trouble_with,
)
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array

_TRAIN = ("train", "training")
_TEST = ("test", "testing")
# Nobody's digit is larger than this; a few kilobytes can unpack to a picture of gigabytes.
MOST_PIXELS = 50_000_000
# Files that file managers leave in every folder they show.
_LITTER = ("thumbs.db", "desktop.ini")


def natural_key(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Sort key that puts ``2.jpg`` before ``10.jpg``: digits compare as numbers."""
    parts = re.findall(r"[0-9]+|[^0-9]+", path.stem)
    key = [(0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts]
    return key, path.name


def image_files(folder: Path) -> list[Path]:
    """Files of a class folder in natural order; hidden files and Thumbs.db are left out.

    Raises BadInputError if the folder is missing, empty, unreadable or a file.
    """
    with trouble_with(folder), os.scandir(folder) as entries:
        files = [
            folder / entry.name
            for entry in entries
            if not entry.name.startswith(".")
            and entry.name.lower() not in _LITTER
            and entry.is_file()
        ]
    if not files:
        raise BadInputError(f"{folder}: holds no images; put that class's images there")
    return sorted(files, key=natural_key)


def class_files(folder: Path) -> list[list[Path]]:
    """Image files of the class folders 0 to 9 under ``folder``, class by class."""
    with trouble_with(folder):
        there = [name for name in map(str, range(CLASSES)) if (folder / name).exists()]
        os.scandir(folder).close()
    missing = [name for name in map(str, range(CLASSES)) if name not in there]
    if len(missing) == CLASSES:
        raise BadInputError(
            f"{folder}: has neither class folders 0 to 9 nor IDX files; "
            "put the images of each class into a folder named by its digit"
        )
    if missing:
        raise BadInputError(
            f"{folder}: class folder {' and '.join(missing)} missing; "
            "every class 0 to 9 needs a folder of images"
        )
    return [image_files(folder / name) for name in there]


def split_folders(folder: Path) -> tuple[Path, Path | None]:
    """Folders of training and test images in ``folder``: its train/ and test/, or itself."""
    with trouble_with(folder), os.scandir(folder) as entries:
        names = {entry.name.lower(): folder / entry.name for entry in entries if entry.is_dir()}
    train = next((names[name] for name in _TRAIN if name in names), None)
    test = next((names[name] for name in _TEST if name in names), None)
    if train is None and test is not None and "0" not in names:
        raise BadInputError(f"{folder}: has {test.name}/ but no train/; add the training images")
    return train or folder, test


def open_gray(path: Path) -> Image.Image:
    """One image, decoded, as 8-bit gray; BadInputError if it cannot be read as such."""
    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise BadInputError(
                    f"{path}: is {image.height}x{image.width} pixels large; resize it before"
                )
            image.load()
            if image.mode in ("I", "F") or image.mode.startswith("I;16"):
                raise BadInputError(
                    f"{path}: has more than 8 bits per pixel; save it as 8-bit grayscale"
                )
            if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
                shown = image.convert("RGBA")
                low, _ = shown.getchannel("A").getextrema()
                if low != 255:
                    raise BadInputError(
                        f"{path}: has transparent pixels; save it without transparency"
                    )
                return shown.convert("L")
            return image if image.mode == "L" else image.convert("L")
    except (BadInputError, MemoryError):
        raise
    except PermissionError as error:
        raise denied(path) from error
    except Image.UnidentifiedImageError as error:
        raise BadInputError(
            f"{path}: is no image that Pillow can read; remove it or save it again"
        ) from error
    except Exception as error:  # Pillow's decoders raise nearly anything on a damaged file
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BadInputError(f"{path}: is damaged ({reason}); remove it or copy it again") from error


def read_image(path: Path, resize: Size | None) -> Array:
    """One image as ``(height, width)`` uint8, resized to ``(height, width)`` if asked for."""
    image = open_gray(path)
    if resize is not None and (image.height, image.width) != resize:
        image = image.resize((resize[1], resize[0]), Image.Resampling.BILINEAR)
    return np.asarray(image)


def read_class_folders(
    folder: Path, resize: Size | None = None, progress: Progress | None = None
) -> Pictures:
    """Images of the class folders 0 to 9, class by class, each in natural order of file names.

    The numbers are those that the files are named by, or else they count from 0.
    """
    files = class_files(folder)
    paths = [path for several in files for path in several]
    labels = np.repeat(np.arange(CLASSES), [len(several) for several in files])
    wanted = resize or SIDE
    see_room(len(paths), wanted, folder)
    images = np.empty((len(paths), *wanted), dtype=np.uint8)
    # Decoding and waiting for a slow disk release the interpreter's lock, but handing one small
    # image from thread to thread costs as much as decoding it: so they go by the hundred.
    chunks = [paths[start : start + 100] for start in range(0, len(paths), 100)]
    pool = ThreadPoolExecutor(max_workers=min(8, 2 * (os.cpu_count() or 1)))
    try:
        decoded = pool.map(lambda chunk: [read_image(path, resize) for path in chunk], chunks)
        for done, image in enumerate(image for several in decoded for image in several):
            _check_size(paths[done], image.shape, wanted, paths[0] if done else None)
            images[done] = image
            if progress is not None:
                progress(done + 1, len(paths))
    finally:
        pool.shutdown(cancel_futures=True)
    stems = [path.stem for path in paths]
    named = all(re.fullmatch(r"[0-9]{1,9}", stem) for stem in stems)
    numbers = np.array([int(stem) for stem in stems]) if named else np.arange(len(paths))
    return Pictures(images=images, labels=labels, numbers=numbers, source=folder)


def _check_size(path: Path, shape: tuple[int, ...], wanted: Size, first: Path | None) -> None:
    if shape == wanted:
        return
    was = "x".join(map(str, shape))
    ask = "x".join(map(str, wanted))
    # By the time a later image fails, the first one was found to have the wanted size.
    mixed = f", where {first} is {ask}: sizes are mixed" if first is not None else f", not {ask}"
    raise BadInputError(f"{path}: is {was}{mixed}; resize it, or ask for a resize to {ask}")
