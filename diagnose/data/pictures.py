"""Labelled pictures as read, from whatever they are read, and what is wrong with them.

Every function of this and of the readers beside it returns arrays or raises BadInputError with one
line that names the file, says what is wrong with it and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from diagnose.data.opening import MOST
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array

CLASSES = 10
SIDE = (28, 28)


Size = tuple[int, int]
Progress = Callable[[int, int], None]


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
        raise denied(path) from error
    except NotADirectoryError as error:
        raise BadInputError(f"{path}: is a file where a folder is meant; give a folder") from error
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError) and "null" not in str(error):
            raise  # it is about what was read, not about the name
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise BadInputError(f"{path}: cannot be read ({reason}); copy it again") from error


def denied(path: Path) -> BadInputError:
    """What to say of a file that nobody lets us read."""
    return BadInputError(
        f"{path}: no permission to read it; change its rights or copy it to your own folder"
    )


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


def see_room(count: int, size: Size, source: Path) -> None:
    """BadInputError if so many pictures of that size take more than may be held."""
    # A byte for each pixel as read, and four while it is resized.
    if count * size[0] * size[1] * 4 > MOST:
        raise BadInputError(
            f"{source}: {count:,} images of {size[0]}x{size[1]} take more than the {MOST:,} bytes "
            "that are held; resize to less, or give fewer"
        )


def resized(pictures: Pictures, resize: Size | None) -> Pictures:
    """Bring pictures to the size asked for; BadInputError if none is and they are not 28x28."""
    size = pictures.images.shape[1:]
    wanted = resize or SIDE
    see_room(len(pictures.images), wanted, pictures.source)
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
