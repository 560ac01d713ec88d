"""Labelled samples to train on and to test on."""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.network.arrays import Array


@dataclass(frozen=True, kw_only=True)
class Data:
    """Labelled images, or rows of features, split in a training and a test set.

    images, test_images: ``(n, height, width)`` pixels as read, or ``(n, ...)``, whatever
    ``Network.prepare`` takes. labels, test_labels: ``(n,)`` whole numbers, which are classes, or
    real ones of a floating-point type, ``(n,)`` or ``(n, outputs)``. ``numbers`` holds the number
    of each training image in the set it was taken from, of so many as ``behind`` says, if that is
    known, else 0. ``notes`` are lines that a report must show, such as a split that was made here.
    """

    name: str
    images: Array
    labels: Array
    test_images: Array
    test_labels: Array
    numbers: Array
    notes: tuple[str, ...] = ()
    behind: int = 0

    @property
    def tested_on_training(self) -> bool:
        """Whether it is tested on the very samples that are trained on."""
        return self.test_images is self.images


def are_classes(labels: Array) -> bool:
    """Whether labels are classes, and no real numbers."""
    return labels.dtype.kind in "iu"


def leading(labels: Array) -> Array:
    """``(n,)`` labels to sort by: themselves, or the first of several numbers for each sample."""
    return labels if labels.ndim == 1 else labels[:, 0]


def flattened(images: Array) -> Array:
    """``(n, ...)`` as read, as ``(n, features)``: nothing is scaled."""
    return images.reshape(len(images), -1)
