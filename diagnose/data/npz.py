"""Read labelled pictures from an npz file."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np

from diagnose.data.opening import MOST, regular, too_large
from diagnose.data.pictures import SIDE, Pictures, checked, trouble_with
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array

_NAMES = (
    ("images", "labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),
)


def read_npz(path: Path) -> tuple[Pictures, Pictures | None]:
    """Training and, if there, test pictures of an npz file with named arrays.

    The names are images, labels, test_images, test_labels or x_train, y_train, x_test, y_test;
    numbers may be there too. Pictures are ``(n, height, width)`` or ``(n, 784)``.
    """
    arrays = _npz_arrays(path)
    for names in _NAMES:
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
        regular(path)
        with trouble_with(path), path.open("rb") as file:
            npz = np.load(file, allow_pickle=False)
            if not isinstance(npz, np.lib.npyio.NpzFile):
                raise BadInputError(
                    f"{path}: holds one bare array; save it by numpy.savez(images=..., labels=...)"
                )
            wanted = {name for names in _NAMES for name in names} | {"numbers"}
            # Arrays that nobody asks for are named, not read.
            return {
                name: _member(path, npz, name) if name in wanted else np.empty(0)
                for name in npz.files
            }
    except ValueError as error:
        if "allow_pickle" in str(error) and zipfile.is_zipfile(path):
            raise BadInputError(
                f"{path}: holds object arrays (pickle), which can run code and are not read; "
                "save plain number arrays"
            ) from error
        raise BadInputError(f"{path}: is damaged or no npz file; save it again") from error
    except (BadInputError, MemoryError):
        raise
    except Exception as error:  # zipfile and NumPy raise nearly anything on a damaged file
        raise BadInputError(f"{path}: is damaged or no npz file; save it again") from error


def _member(path: Path, npz: np.lib.npyio.NpzFile, name: str) -> Array:
    """One array of an npz file; BadInputError if it is none, or takes more than is read.

    What it claims to take is looked at before anything is unpacked, both by the archive, which
    gives no more than that, and by the array's own header, by which memory is asked for.
    """
    inside = npz.zip
    assert inside is not None
    entry = f"{name}.npy" if f"{name}.npy" in inside.namelist() else name
    packed = inside.getinfo(entry)
    if packed.file_size > MOST:
        raise BadInputError(too_large(f"{path}: {name}", packed.file_size))
    with inside.open(entry) as file:
        try:
            version = np.lib.format.read_magic(file)
        except ValueError as error:
            raise BadInputError(f"{path}: {name} is no array; save it by numpy.savez") from error
        readers = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        if version in readers:
            shape, _, kind = readers[version](file)
            size = math.prod(shape) * kind.itemsize
            if size > packed.file_size and not kind.hasobject:
                raise BadInputError(
                    f"{path}: {name} claims {size:,} bytes of numbers and holds "
                    f"{packed.file_size:,}; save it again"
                )
    return np.asarray(npz[name])


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
