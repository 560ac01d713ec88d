"""Open files that somebody names: regular ones, of a size that can be held."""

from __future__ import annotations

import stat
from pathlib import Path

from diagnose.errors import BadInputError

# What one array of a set of data may take: all of MNIST as 64-bit floats takes 0.4 GB.
MOST = 1 << 30


def regular(path: Path) -> int:
    """The size in bytes of a regular file, through links; BadInputError for what is none.

    A pipe would be waited for, and a device has no end.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:  # a character that no name has
        raise BadInputError(f"{path}: cannot be read ({error})") from error
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "a device or a pipe"
        raise BadInputError(f"{path}: cannot be read (it is {what}, no file); give a file")
    return found.st_size


def contents(path: Path, most: int = MOST) -> bytes:
    """What a regular file holds; BadInputError if it cannot be read or is larger than that."""
    if (size := regular(path)) > most:
        raise BadInputError(too_large(path, size, most))
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read ({error.strerror or error})") from error


def too_large(what: object, size: int, most: int = MOST) -> str:
    """What to say of something that takes, or would take, more than may be."""
    return f"{what}: takes {size:,} bytes or more, and at most {most:,} are read; give less at once"
