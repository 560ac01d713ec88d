"""Where samples are kept: side by side, in few large arrays.

An array of its own for each of many thousand samples has the system hand out memory page by page,
which takes longer than to copy the sample; and all of them together are another copy then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.on_disk import OnDisk, on_disk

# Rows that there is room for at first, where nobody knows how many will come; later as many as came
# until then.
FEWEST = 64
# Arrays beside those that are expected: the steps that are on the tape by then, and some of the
# next epoch.
BESIDE = 512
# Room that is not used takes no memory, but its addresses are not without end.
MOST_BYTES = 1 << 30
# Room for fewer bytes is no matter, wherever it lies.
LARGE = 16 << 20


class Room:
    """Keeps copies of arrays whose first axes are those of the samples.

    coming: asked how many more arrays like the one that is kept are expected; 0 if nobody knows.
    folder: where much is kept in files, to be handed over.
    """

    def __init__(self, coming: Callable[[], int], folder: Path | None = None) -> None:
        self.coming, self.folder = coming, folder
        self.blocks: list[Array | OnDisk] = []
        # of the last block: its rows, how many are used, and the type and shape of each
        self.length = self.used = 0
        self.form: tuple[np.dtype[Any], tuple[int, ...]] | None = None
        self.kept: list[tuple[int, int, int]] = []  # block, first row and end of each array
        self.rows = 0

    def keep(self, rows: Array) -> None:
        """Keep a copy."""
        count, form, first = len(rows), (rows.dtype, rows.shape[1:]), self.used
        end = first + count
        if form != self.form or end > self.length:
            self._another(rows)
            self.form, first, end = form, 0, count
        self.blocks[-1][first:end] = rows
        self.kept.append((len(self.blocks) - 1, first, end))
        self.used = end
        self.rows += count

    def _another(self, rows: Array) -> None:
        """Begin another block."""
        count = len(rows)
        coming = self.coming()
        wanted = max(count * (coming + BESIDE) if coming else 0, self.rows, FEWEST)
        each = max(rows.nbytes // max(count, 1), 1)
        length = max(count, min(wanted, MOST_BYTES // each))
        shape = (length, *rows.shape[1:])
        block: Array | OnDisk | None = None
        if self.folder is not None and length * each >= LARGE:
            block = on_disk(self.folder, shape, rows.dtype)
        try:
            block = np.empty(shape, rows.dtype) if block is None else block
        except MemoryError:  # where room that is not used counts, too, as on Windows
            block = np.empty((max(count, FEWEST), *rows.shape[1:]), rows.dtype)
        self.blocks.append(block)
        self.length = len(block)

    def __getitem__(self, number: int) -> Array:
        """One of the arrays that are kept."""
        block, first, end = self.kept[number]
        return self.blocks[block][first:end]

    def together(self, numbers: Sequence[int]) -> Array:
        """Several of the arrays that are kept, by their numbers, one after the other.

        No copy where they lie so.
        """
        places = [self.kept[one] for one in numbers]
        (block, start, _), (_, _, end) = places[0], places[-1]
        follow = all(one[0] == other[0] and one[2] == other[1] for one, other in pairwise(places))
        if follow:
            return self.blocks[block][start:end]
        return np.concatenate([self.blocks[at][first:last] for at, first, last in places])


@dataclass(frozen=True)
class Pairs:
    """Samples and targets that are kept, as pairs which are made when they are asked for.

    An array object that stays for each of many samples takes a little memory from what a step's
    large arrays have just left, so that the next ones lie elsewhere, and not where they are near.
    """

    samples: Room
    targets: Room

    def __len__(self) -> int:
        """How many there are."""
        return len(self.samples.kept)

    def __getitem__(self, number: int) -> tuple[Array, Array]:
        """Samples and targets, as rows."""
        return self.samples[number], self.targets[number]

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """One pair after the other."""
        return map(self.__getitem__, range(len(self)))
