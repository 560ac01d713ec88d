"""Digits, or samples of one's own, to train on and to test on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np
from PIL import Image

from diagnose import reading
from diagnose.errors import BadInputError
from diagnose.network import Array
from diagnose.reading import Pictures, Progress, Size

HOLD_OUT = 6


@dataclass(frozen=True, kw_only=True)
class Data:
    """Labelled images, or rows of features, split in a training and a test set.

    images, test_images: ``(n, height, width)`` pixels as read, or ``(n, ...)``, whatever
    ``Network.prepare`` takes. labels, test_labels: ``(n,)`` whole numbers, which are classes, or
    real ones of a floating-point type, ``(n,)`` or ``(n, outputs)``. ``numbers`` holds the number
    of each training image in the set it was taken from. ``notes`` are lines that a report must
    show, such as a split that was made here.
    """

    name: str
    images: Array
    labels: Array
    test_images: Array
    test_labels: Array
    numbers: Array
    notes: tuple[str, ...] = ()


def are_classes(labels: Array) -> bool:
    """Whether labels are classes, and no real numbers."""
    return labels.dtype.kind in "iu"


def leading(labels: Array) -> Array:
    """``(n,)`` labels to sort by: themselves, or the first of several numbers for each sample."""
    return labels if labels.ndim == 1 else labels[:, 0]


def held_out(labels: Array) -> Array:
    """Which samples to keep apart for testing: every sixth, counted in each class by itself."""
    held = np.zeros(len(labels), dtype=bool)
    kinds = labels if are_classes(labels) else np.zeros(len(labels), int)
    for kind in np.unique(kinds):
        held[np.flatnonzero(kinds == kind)[HOLD_OUT - 1 :: HOLD_OUT]] = True
    return held


def carried() -> Data:
    """Read the MNIST digits that come with the package: 5,000 to train and 1,000 to test on.

    Both have the class shares of the MNIST set that they are drawn from, and are in its order;
    ``digits/PROVENANCE.md`` says how they were drawn.
    """
    with resources.as_file(resources.files("diagnose") / "digits" / "digits.npz") as path:
        data = load(path)
    return replace(data, name="5,000 carried MNIST digits")


def load(
    path: str | os.PathLike[str], resize: Size | None = None, progress: Progress | None = None
) -> Data:
    """Labelled images from a folder of images, a folder of IDX files, or an npz file.

    A folder of images has one folder per class, named 0 to 9, or folders train/ (or training/)
    and test/ (or testing/) that have them. A folder of IDX files is MNIST as published, gzipped
    or not. For npz see ``reading.read_npz``. Colour becomes gray. Images must be 28x28 unless
    ``resize=(height, width)`` is given. Where there is no test set, every sixth image of each
    class is held out for it, and ``notes`` says so.

    ``progress(done, total)`` is called after each image file. Raises BadInputError.
    """
    path = Path(path)
    if resize is not None and min(resize) < 1:
        raise BadInputError(f"a resize to {resize} is no size; give height and width of 1 or more")
    with reading.trouble_with(path):
        is_folder = path.stat() and path.is_dir()
    if is_folder:
        train, test = _read_folder(path, resize, progress)
    elif path.suffix.lower() == ".npz":
        train, test = reading.read_npz(path)
    else:
        raise BadInputError(
            f"{path}: is a file where a folder is meant; give a folder with class folders 0 to 9, "
            "a folder of IDX files, or an .npz file"
        )
    train = reading.resized(train, resize)
    notes: tuple[str, ...] = ()
    if test is None:
        train, test = _hold_out(train)
        notes = (
            f"{path.name} has no test part: every {HOLD_OUT}th image of each class was held out, "
            f"{len(test.labels)} images to test on and {len(train.labels)} to train on",
        )
    else:
        test = reading.resized(test, resize)
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
    train_idx = reading.idx_files(path, "train")
    test_idx = reading.idx_files(path, "t10k")
    if train_idx is not None:
        return (
            reading.read_idx_pair(*train_idx),
            reading.read_idx_pair(*test_idx) if test_idx else None,
        )
    if test_idx is not None:
        raise BadInputError(f"{path}: has t10k files but no train-images; add the training files")
    train, test = reading.split_folders(path)
    return (
        reading.read_class_folders(train, resize, progress),
        reading.read_class_folders(test, resize, progress) if test else None,
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


def shares(counts: Array, n: int) -> Array:
    """Split ``n`` in proportion to ``counts`` by the method of the largest remainder.

    Ties go to the earlier class. https://en.wikipedia.org/wiki/Largest_remainders_method
    """
    total = int(counts.sum())
    whole, remainder = np.divmod(counts.astype(np.int64) * n, total)
    up = np.argsort(-remainder, kind="stable")[: n - int(whole.sum())]
    whole[up] += 1
    return np.asarray(whole)


def subset(data: Data, n: int) -> Data:
    """Keep ``n`` training images, in the data's order; the test set is left whole.

    Of each class the first, so that class shares are kept (largest remainder); of labels that are
    real numbers, samples evenly spread over all. BadInputError if there are fewer than ``n``
    images, or so few asked for that a class would have none.
    """
    total = len(data.labels)
    if n > total:
        raise BadInputError(
            f"{data.name}: {n} training images asked for where there are {total}; "
            f"ask for at most {total}"
        )
    if are_classes(data.labels):
        keep = _of_each_class(data, n)
    elif n < 1:
        raise BadInputError(f"{data.name}: {n} training samples asked for; ask for at least 1")
    else:
        keep = np.linspace(0, total - 1, n).astype(int)
    return replace(
        data, images=data.images[keep], labels=data.labels[keep], numbers=data.numbers[keep]
    )


def _of_each_class(data: Data, n: int) -> Array:
    """The first images of each class, ``n`` together, as many of each as its share."""
    classes, counts = np.unique(data.labels, return_counts=True)
    total = len(data.labels)
    if n < 1 or (wanted := shares(counts, n)).min() < 1:
        least = next(k for k in range(max(n, 1), total + 1) if shares(counts, k).min() > 0)
        raise BadInputError(
            f"{data.name}: {n} training images are too few for every class to keep one; "
            f"ask for at least {least}"
        )
    firsts = [
        np.flatnonzero(data.labels == label)[:count]
        for label, count in zip(classes, wanted, strict=True)
    ]
    return np.sort(np.concatenate(firsts))


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
