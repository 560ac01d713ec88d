"""Digits, or samples of one's own, to train on and to test on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
from PIL import Image

from diagnose.data.class_folders import read_class_folders, split_folders
from diagnose.data.idx import idx_files, read_idx_pair
from diagnose.data.npz import read_npz
from diagnose.data.pictures import Pictures, Progress, Size, resized, trouble_with
from diagnose.data.splitting import HOLD_OUT, held_out
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array
from diagnose.network.samples import Data


def carried() -> Data:
    """Read the MNIST digits that come with the package: 5,000 to train and 1,000 to test on.

    Both have the class shares of the MNIST set that they are drawn from, and are in its order;
    ``digits/PROVENANCE.md`` says how they were drawn.
    """
    with resources.as_file(resources.files("diagnose.data") / "digits" / "digits.npz") as path:
        data = load(path)
    return replace(data, name="5,000 carried MNIST digits")


def load(
    path: str | os.PathLike[str], resize: Size | None = None, progress: Progress | None = None
) -> Data:
    """Labelled images from a folder of images, a folder of IDX files, or an npz file.

    A folder of images has one folder per class, named 0 to 9, or folders train/ (or training/)
    and test/ (or testing/) that have them. A folder of IDX files is MNIST as published, gzipped
    or not. For npz see ``npz.read_npz``. Colour becomes gray. Images must be 28x28 unless
    ``resize=(height, width)`` is given. Where there is no test set, every sixth image of each
    class is held out for it, and ``notes`` says so.

    ``progress(done, total)`` is called after each image file. Raises BadInputError.
    """
    path = Path(path)
    if resize is not None and min(resize) < 1:
        raise BadInputError(f"a resize to {resize} is no size; give height and width of 1 or more")
    with trouble_with(path):
        is_folder = path.stat() and path.is_dir()
    if is_folder:
        train, test = _read_folder(path, resize, progress)
    elif path.suffix.lower() == ".npz":
        train, test = read_npz(path)
    else:
        raise BadInputError(
            f"{path}: is a file where a folder is meant; give a folder with class folders 0 to 9, "
            "a folder of IDX files, or an .npz file"
        )
    train = resized(train, resize)
    notes: tuple[str, ...] = ()
    if test is None:
        train, test = _hold_out(train)
        notes = (
            f"{path.name} has no test part: every {HOLD_OUT}th image of each class was held out, "
            f"{len(test.labels)} images to test on and {len(train.labels)} to train on",
        )
    else:
        test = resized(test, resize)
    return Data(
        name=path.resolve().name,
        images=train.images,
        labels=train.labels,
        test_images=test.images,
        test_labels=test.labels,
        numbers=train.numbers,
        notes=notes,
    )


def _read_folder(
    path: Path, resize: Size | None, progress: Progress | None
) -> tuple[Pictures, Pictures | None]:
    train_idx = idx_files(path, "train")
    test_idx = idx_files(path, "t10k")
    if train_idx is not None:
        return (
            read_idx_pair(*train_idx),
            read_idx_pair(*test_idx) if test_idx else None,
        )
    if test_idx is not None:
        raise BadInputError(f"{path}: has t10k files but no train-images; add the training files")
    train, test = split_folders(path)
    return (
        read_class_folders(train, resize, progress),
        read_class_folders(test, resize, progress) if test else None,
    )


def _hold_out(pictures: Pictures) -> tuple[Pictures, Pictures]:
    """Every sixth image of each class apart, as the set to test on."""
    for label, count in zip(*np.unique(pictures.labels, return_counts=True), strict=True):
        if count < HOLD_OUT:
            raise BadInputError(
                f"{pictures.source}: class {label} has {count} images, too few to hold "
                f"one of {HOLD_OUT} out for testing; add images, or a test part"
            )
    held = held_out(pictures.labels)
    return _take(pictures, ~held), _take(pictures, held)


def _take(pictures: Pictures, which: Array) -> Pictures:
    return replace(
        pictures,
        images=pictures.images[which],
        labels=pictures.labels[which],
        numbers=pictures.numbers[which],
    )


def write_jpegs(
    images: Array, labels: Iterable[int], numbers: Iterable[int], folder: str | os.PathLike[str]
) -> None:
    """Write ``(n, height, width)`` uint8 images as ``folder/label/number.jpg``, quality 95."""
    if images.dtype != np.uint8:
        raise BadInputError(f"images of type {images.dtype} cannot be JPEG; give bytes (uint8)")
    for image, label, number in zip(images, labels, numbers, strict=True):
        path = Path(folder) / str(label) / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path, quality=95)
