"""Read IDX files, MNIST as published, gzipped or not."""

from __future__ import annotations

import gzip
import io
import math
import os
import re
import struct
import zlib
from pathlib import Path

import numpy as np

from diagnose.data.opening import MOST, contents, too_large
from diagnose.data.pictures import Pictures, checked, trouble_with
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array

# http://yann.lecun.com/exdb/mnist: two zero bytes, 8 for unsigned bytes, the number of dimensions.
_MAGIC = {3: 0x00000803, 1: 0x00000801}


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
    raw = contents(path)
    header = 4 + 4 * dimensions
    if raw[:2] == b"\x1f\x8b":
        raw = _unpacked(path, raw, header)
    magic = int.from_bytes(raw[:4], "big")
    if len(raw) >= 4 and magic != _MAGIC[dimensions]:
        raise BadInputError(
            f"{path}: wrong magic number {magic:#010x}, expected {_MAGIC[dimensions]:#010x} "
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


def _unpacked(path: Path, packed: bytes, header: int) -> bytes:
    """What gzip data hold, of which no more is unpacked than their header asks for, and a byte.

    BadInputError if they are damaged, or the header asks for more than is read.
    """
    try:
        with gzip.open(io.BytesIO(packed)) as file:
            head = file.read(header)
            size = math.prod(np.frombuffer(head[4 : len(head) // 4 * 4], dtype=">u4").tolist())
            known = int.from_bytes(head[:4], "big") in _MAGIC.values()
            raw = head + (file.read(size + 1) if known and size <= MOST else b"")
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise BadInputError(
            f"{path}: gzip data are damaged or cut off ({error}); download it again"
        ) from error
    if known and size > MOST:
        raise BadInputError(too_large(f"{path}: unpacked", size))
    return raw


def read_idx_pair(images_file: Path, labels_file: Path) -> Pictures:
    """Read the images and labels of one set."""
    images = read_idx(images_file, 3)
    labels = read_idx(labels_file, 1)
    return checked(images, labels, images_file, f"{labels_file}: labels")
