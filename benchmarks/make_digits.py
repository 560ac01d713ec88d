"""Draw the digits that the package carries from MNIST, byte for byte the same each time.

    python benchmarks/make_digits.py MNIST_DIR [OUTPUT]

MNIST_DIR holds the four IDX files as published, gzipped or not.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from diagnose.data import load
from diagnose.data.splitting import shares
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array

TRAIN, TEST, SEED = 5000, 1000, 0
TARGET = Path(__file__).resolve().parents[1] / "diagnose" / "data" / "digits" / "digits.npz"


def first_of_each_class(labels: Array, n: int) -> Array:
    counts = shares(np.bincount(labels, minlength=10), n)
    return np.sort(
        np.concatenate(
            [np.flatnonzero(labels == label)[:count] for label, count in enumerate(counts)]
        )
    )


def drawn_of_each_class(labels: Array, n: int, seed: int) -> Array:
    # RandomState, because NumPy promises that its stream never changes.
    random = np.random.RandomState(seed)
    counts = shares(np.bincount(labels, minlength=10), n)
    return np.sort(
        np.concatenate(
            [
                random.permutation(np.flatnonzero(labels == label))[:count]
                for label, count in enumerate(counts)
            ]
        )
    )


def main(mnist: Path, target: Path) -> None:
    data = load(mnist)
    train = first_of_each_class(data.labels, TRAIN)
    test = drawn_of_each_class(data.test_labels, TEST, SEED)
    # NumPy stamps every member of the archive with the same date, so equal arrays give equal bytes.
    np.savez_compressed(
        target,
        images=data.images[train],
        labels=data.labels[train].astype(np.uint8),
        numbers=train.astype(np.uint16),
        test_images=data.test_images[test],
        test_labels=data.test_labels[test].astype(np.uint8),
        test_numbers=test.astype(np.uint16),
    )
    print(f"{target}: {len(train)} + {len(test)} digits, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else TARGET)
    except BadInputError as error:
        sys.exit(str(error))
