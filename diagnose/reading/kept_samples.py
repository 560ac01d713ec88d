"""What is kept of the samples of each step: what is equal once, and where all of it came from.

And when all samples have come of a training that draws them anew for each step of one long loop.
Such a training has no epochs, and most of it shows nothing new: a few thousand steps may take less
than a second as they are written, and minutes while each is watched.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.dropping import is_noisy
from diagnose.reading.roles import Roles
from diagnose.reading.room import Pairs, Room
from diagnose.reading.steps import Step
from diagnose.reading.targets import Known, Targets, thread_of
from diagnose.recording.tape import Tape
from diagnose.recording.threads import Thread

# After so many times as many samples as are known by then none was new. If there were one more,
# with the same chance as each other, all of them would have missed it once in e^5 = 150 times.
SURE = 5
# Of samples that are drawn with the same chance, 1 in 150 does not come within that, either; of a
# training that takes some first and others later, or each some times in a row, most do not.
AGAIN = 0.9
# No sooner than after such a part of all steps: what comes later may come in another way.
PART = 1 / 64
# Out of which arrays samples and targets were taken.
Origins = tuple[Known, Known]


class Draws:
    """The samples that came until now, each with the last step that took it.

    all_came: whether all that there are are likely to be among them.
    """

    def __init__(self) -> None:
        self.last: dict[int, int] = {}
        self.newest = 0  # the last step with a sample that was not known
        self.taken = 0  # how many samples were taken since
        self.all_came = False

    def took(self, step: int, samples: Iterable[int], count: int) -> None:
        """Note a step's samples, and how many these are."""
        known = len(self.last)
        for one in samples:
            self.last[one] = step
        if len(self.last) > known:
            self.newest, self.taken, self.all_came = step, 0, False
            return
        enough, before = SURE * known, self.taken
        self.taken += count
        if before < enough <= self.taken:
            again = sum(at > self.newest for at in self.last.values())
            self.all_came = again >= AGAIN * known


def steps_for_epoch(tape: Tape, step: Step, done: int) -> int:
    """How many steps stand for an epoch of a training without any, all of whose samples came.

    As many as were ``done``, and a few more, so that a number of such epochs is all of it. 0 where
    it is not sure that the loop is all of the training, or how long that is.
    """
    loop = step.loop
    total = tape.lengths.get(loop.site, 0)
    if tape.begun[loop.site] != 1 or loop.skips or 2 * done > total or done < PART * total:
        return 0
    around = any(count for site, count in tape.running.items() if site != loop.site)
    first = loop.starts[0]
    while_loops = {site for at, site in tape.turns if at <= first} - {*tape.begun}
    return 0 if around or while_loops else total // (total // done)


def numbered(x: Any) -> tuple[Array, Any]:
    """Samples, and a number by which equal ones are known; None of several, whose rows tell it."""
    array = np.asarray(x)
    if array.ndim > 1 and 1 not in array.shape:
        return array, None
    return array, zlib.crc32(np.ascontiguousarray(array).data)


def together(rows: list[Array], wanted: list[Array]) -> tuple[Array, Array, Any]:
    """Samples and targets that came one by one, as those of a step, and the samples' number."""
    every, number = numbered(np.concatenate(rows))
    return every, np.concatenate(wanted), number


@dataclass
class KeptSamples:
    """The samples that a training takes, step by step.

    arrays: samples and targets, as rows, equal ones once; steps: which of them each step took.
    origins: out of which arrays samples and targets of each step were taken; of_each: the same of
    each sample, where a step takes them one by one.
    """

    tape: Tape
    roles: Roles
    targets: Targets
    steps: list[int] = field(init=False, default_factory=list)
    origins: list[Origins] = field(init=False, default_factory=list)
    of_each: list[Sequence[Origins]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        folder = self.tape.keeping.folder
        self.room, self.room_of_targets = Room(self.coming, folder), Room(self.coming)
        self.arrays = Pairs(self.room, self.room_of_targets)
        self.hashes: dict[Any, int] = {}
        # what is in them, once each and in order: of a single sample such a tuple is no matter to
        # the garbage collector, which goes through all others again and again
        self.rows: dict[int, tuple[int, ...]] = {}
        self.draws = Draws()
        # where batches came from in which some samples are alike
        self.came: dict[int, int] = {}
        # of samples with noise of each step, by the number of a step's, their places in an array
        self.places: dict[int, list[int]] = {}
        self.noisy = is_noisy(self.roles.step, self.roles.x)
        self.bytes = 0

    def coming(self) -> int:
        """How many more steps this pass of the loop has, where that is known; else 0."""
        return max(self.tape.items_left.get(self.roles.step.loop.site, 0), 0)

    def take(
        self, rows: Array, wanted: Array, number: Any, origins: Origins, each: Sequence[Origins]
    ) -> None:
        """Keep samples and targets of a step, as rows; number: by which equal ones are known."""
        x, target = origins
        each_row, place = [number], 0
        if number is None or len(rows) != 1:
            each_row = [*map(zlib.crc32, np.ascontiguousarray(rows))]
            number = hash(tuple(each_row))
            apart = len({*each_row}) == len(rows)
            place = 0 if apart else _place(rows, x, self.roles)
        whole = (rows.shape, number, zlib.crc32(np.ascontiguousarray(wanted).data), place)
        at = self.hashes.get(whole)
        if at is None:
            at = self.hashes[whole] = len(self.arrays)
            self.came[at] = place
            self.room.keep(rows)
            self.room_of_targets.keep(wanted)
            self.bytes += rows.nbytes
        if at not in self.rows:
            places = _places(len(rows), target, self.roles) if self.noisy else []
            self.rows[at] = tuple(sorted({*(places or each_row)}))
            if places:
                self.places[at] = places
        self.draws.took(len(self.steps), self.rows[at], len(rows))
        self.steps.append(at)
        self.origins.append(origins)
        self.of_each.append(each)

    def size_of(self, at: int) -> int:
        """How many samples a step has."""
        return len(self.arrays[self.steps[at]][0])

    def samples_of(self, at: int) -> Thread | None:
        """Out of which rows the samples of a step were taken; None if that is not known."""
        return thread_of(self.origins[at][0], self.size_of(at), self.roles, samples=True)

    def each_of(self, at: int) -> tuple[Sequence[Origins], int]:
        """The same as it is known of each part of a step, and how many samples such a part has.

        Of a step that takes them at once there is one part.
        """
        several = self.of_each[at] or [self.origins[at]]
        return several, self.size_of(at) // len(several)

    def together(self, steps: range) -> tuple[Array, Array]:
        """Samples and targets of several steps, one after the other."""
        numbers = self.steps[steps.start : steps.stop]
        return self.room.together(numbers), self.room_of_targets.together(numbers)

    def taken(self, first: int, end: int) -> list[int]:
        """The samples of some steps, by what equal ones are known."""
        return [one for at in self.steps[first:end] for one in self.rows[at]]


def _places(size: int, target: Known, roles: Roles) -> list[int]:
    """Which samples a step takes, of those with noise: their targets have none, and tell it."""
    thread = thread_of(target, size, roles, samples=False)
    return [] if thread is None else [int(one) for one in thread.places()]


def _place(rows: Array, x: Known, roles: Roles) -> int:
    """A number by which batches with samples that are alike are known: where they came from.

    Else their numbers tell; these are few, say, where fractions were put into whole numbers.
    """
    if len({one.tobytes() for one in rows}) == len(rows):
        return 0
    thread = thread_of(x, len(rows), roles, samples=True)
    return 0 if thread is None else zlib.crc32(np.sort(thread.since(0)[1]).data)
