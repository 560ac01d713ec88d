"""Read labelled pictures from disk: class folders of images, IDX files, npz files.

Every function returns arrays or raises BadInputError with one line that names the file, says what
is wrong with it and what to do.
"""

from __future__ import annotations

import gzip
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from diagnose.errors import BadInputError
from diagnose.network import Array

CLASSES = 10
SIDE = (28, 28)

Size = tuple[int, int]
Progress = Callable[[int, int], None]

_TRAIN = ("train", "training")
_TEST = ("test", "testing")
# Files that file managers leave in every folder they show.
_LITTER = ("thumbs.db", "desktop.ini")
# http://yann.lecun.com/exdb/mnist: two zero bytes, 8 for unsigned bytes, the number of dimensions.
_IDX_MAGIC = {3: 0x00000803, 1: 0x00000801}
_NPZ_NAMES = (
    ("images", "labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),
)


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Labelled pictures as read.

    images: ``(n, height, width)``; labels: ``(n,)`` integers; numbers: ``(n,)``, the number of
    each picture in its source; source: the file or folder, for messages.
    """

    images: Array
    labels: Array
    numbers: Array
    source: Path


@contextmanager
def trouble_with(path: Path) -> Iterator[None]:
    """Turn what the system raises while ``path`` is read into one clear line."""
    try:
        yield
    except BadInputError:
        raise
    except FileNotFoundError as error:
        raise BadInputError(f"{path}: does not exist; check the spelling of the path") from error
    except PermissionError as error:
        raise _denied(path) from error
    except NotADirectoryError as error:
        raise BadInputError(f"{path}: is a file where a folder is meant; give a folder") from error
    except OSError as error:
        reason = " ".join(str(error.strerror or error).split())
        raise BadInputError(f"{path}: cannot be read ({reason}); copy it again") from error


def _denied(path: Path) -> BadInputError:
    return BadInputError(
        f"{path}: no permission to read it; change its rights or copy it to your own folder"
    )


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
        raise _denied(path) from error
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


def idx_files(folder: Path, prefix: str) -> tuple[Path, Path] | None:
    """Find image and label file of a set (``train`` or ``t10k``); None if neither is there."""
    with trouble_with(folder), os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file())
    found = [
        next(
            (
                folder / name
                for name in names
                if re.fullmatch(rf"{prefix}-{what}[.-]idx[13]-ubyte(\.gz)?", name)
            ),
            None,
        )
        for what in ("images", "labels")
    ]
    images, labels = found
    if images is None and labels is None:
        return None
    if images is None or labels is None:
        there, lacking = (images, "labels") if labels is None else (labels, "images")
        raise BadInputError(f"{there}: has no {prefix}-{lacking} file beside it; add that file")
    return images, labels


def read_idx(path: Path, dimensions: int) -> Array:
    """Read an IDX file of unsigned bytes, gzipped or not, with that many dimensions."""
    with trouble_with(path):
        raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error, struct.error) as error:
            raise BadInputError(
                f"{path}: gzip data are damaged or cut off ({error}); download it again"
            ) from error
    header = 4 + 4 * dimensions
    magic = int.from_bytes(raw[:4], "big")
    if len(raw) >= 4 and magic != _IDX_MAGIC[dimensions]:
        raise BadInputError(
            f"{path}: wrong magic number {magic:#010x}, expected {_IDX_MAGIC[dimensions]:#010x} "
            f"({'images' if dimensions == 3 else 'labels'}); give an IDX file of unsigned bytes"
        )
    shape = tuple(np.frombuffer(raw[4:header], dtype=">u4").tolist()) if len(raw) >= header else ()
    expected = header
    if shape:
        count = 1
        for length in shape:
            count *= length
        expected += count
    if len(raw) != expected or not shape:
        problem = "is cut off" if len(raw) < expected or not shape else "is too long"
        raise BadInputError(
            f"{path}: {problem}, {len(raw)} bytes where its header asks for {expected}; "
            "download it again"
        )
    return np.frombuffer(raw, dtype=np.uint8, offset=header).reshape(shape)


def read_idx_pair(images_file: Path, labels_file: Path) -> Pictures:
    """Read the images and labels of one set."""
    images = read_idx(images_file, 3)
    labels = read_idx(labels_file, 1)
    return checked(images, labels, images_file, f"{labels_file}: labels")


def read_npz(path: Path) -> tuple[Pictures, Pictures | None]:
    """Training and, if there, test pictures of an npz file with named arrays.

    The names are images, labels, test_images, test_labels or x_train, y_train, x_test, y_test;
    numbers may be there too. Pictures are ``(n, height, width)`` or ``(n, 784)``.
    """
    arrays = _npz_arrays(path)
    for names in _NPZ_NAMES:
        if names[0] in arrays or names[1] in arrays:
            break
    else:
        held = ", ".join(sorted(arrays)) or "nothing"
        raise BadInputError(
            f"{path}: holds {held}; name its arrays images and labels "
            "(and test_images and test_labels), or x_train and y_train"
        )
    train = _npz_pictures(path, arrays, names[0], names[1], arrays.get("numbers"))
    if names[2] not in arrays and names[3] not in arrays:
        return train, None
    return train, _npz_pictures(path, arrays, names[2], names[3], None)


def _npz_arrays(path: Path) -> dict[str, Array]:
    try:
        with trouble_with(path), path.open("rb") as file:
            npz = np.load(file, allow_pickle=False)
            if not isinstance(npz, np.lib.npyio.NpzFile):
                raise BadInputError(
                    f"{path}: holds one bare array; save it by numpy.savez(images=..., labels=...)"
                )
            wanted = {name for names in _NPZ_NAMES for name in names} | {"numbers"}
            # Arrays that nobody asks for are named, not read.
            return {name: npz[name] if name in wanted else np.empty(0) for name in npz.files}
    except ValueError as error:
        if "allow_pickle" in str(error) and zipfile.is_zipfile(path):
            raise BadInputError(
                f"{path}: holds object arrays (pickle), which can run code and are not read; "
                "save plain number arrays"
            ) from error
        raise BadInputError(f"{path}: is damaged or no npz file; save it again") from error
    except (
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        RuntimeError,
        SyntaxError,
        KeyError,
    ) as error:
        raise BadInputError(f"{path}: is damaged or no npz file; save it again") from error


def _npz_pictures(
    path: Path, arrays: dict[str, Array], image_name: str, label_name: str, numbers: Array | None
) -> Pictures:
    for name, other in ((image_name, label_name), (label_name, image_name)):
        if name not in arrays:
            raise BadInputError(f"{path}: holds {other} but no {name}; add it")
    images = arrays[image_name]
    if images.ndim == 2 and images.shape[1] == SIDE[0] * SIDE[1]:
        images = images.reshape(-1, *SIDE)
    pictures = checked(
        images, arrays[label_name], path, f"{path}: {label_name}", f"{path}: {image_name}"
    )
    if numbers is None:
        return pictures
    if numbers.shape != pictures.labels.shape or numbers.dtype.kind not in "iu":
        raise BadInputError(
            f"{path}: numbers has shape {numbers.shape} and type {numbers.dtype}; "
            "give one whole number per training image, or leave it out"
        )
    return Pictures(images=pictures.images, labels=pictures.labels, numbers=numbers, source=path)


def checked(
    images: Array, labels: Array, source: Path, labels_are: str, images_are: str | None = None
) -> Pictures:
    """Pictures of two arrays that fit each other; BadInputError if they do not."""
    images_are = images_are or f"{source}: images"
    if images.ndim != 3 or images.dtype.kind not in "uif":
        raise BadInputError(
            f"{images_are} have shape {images.shape} and type {images.dtype}; "
            "give numbers of shape (n, height, width) or (n, 784)"
        )
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise BadInputError(
            f"{labels_are} have shape {labels.shape} and type {labels.dtype}; "
            "give one whole number from 0 to 9 per image"
        )
    if len(images) != len(labels):
        raise BadInputError(
            f"{labels_are} count {len(labels)} where there are {len(images)} images; "
            "give one label per image"
        )
    if not images.size:
        raise BadInputError(f"{images_are} are empty; give at least one image of each class")
    bad = labels[(labels < 0) | (labels >= CLASSES)]
    if len(bad):
        raise BadInputError(f"{labels_are} hold {int(bad[0])}; every label must be from 0 to 9")
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise BadInputError(
            f"{images_are} hold numbers that are not finite (NaN or inf); repair or remove them"
        )
    return Pictures(
        images=images, labels=labels.astype(np.int64), numbers=np.arange(len(labels)), source=source
    )


def resized(pictures: Pictures, resize: Size | None) -> Pictures:
    """Bring pictures to the size asked for; BadInputError if none is and they are not 28x28."""
    size = pictures.images.shape[1:]
    wanted = resize or SIDE
    if size == wanted:
        return pictures
    if resize is None:
        was, ask = "x".join(map(str, size)), "x".join(map(str, SIDE))
        raise BadInputError(
            f"{pictures.source}: its images are {was}, not {ask}; ask for a resize to {ask}"
        )
    # Pillow resizes bytes and 32-bit floats, nothing else.
    kind = np.uint8 if pictures.images.dtype == np.uint8 else np.float32
    images = np.stack(
        [
            np.asarray(
                Image.fromarray(image).resize((wanted[1], wanted[0]), Image.Resampling.BILINEAR)
            )
            for image in np.ascontiguousarray(pictures.images, dtype=kind)
        ]
    )
    return Pictures(
        images=images, labels=pictures.labels, numbers=pictures.numbers, source=pictures.source
    )
