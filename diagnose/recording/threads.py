"""What is known of the rows of one array, and what a shuffle will do to them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.recording.operations import is_random, name_of_function

# Rows that are compared, of a shuffle that was run on numbers beside it.
COMPARED = 8
NONE: frozenset[int] = frozenset()
SHUFFLES = {"shuffle", "permutation"}


@dataclass(eq=False, slots=True)
class Thread:
    """The places of an axis: all of an array as it was made, or rows of a parent's places.

    Nobody changes one; it is not frozen, since of each sample that is taken some are made, and a
    frozen one takes several times as long to make.

    time: when it was made, counted in operations. draws: the random draws that the rows came of,
    each by its time. site: where in the program they were taken.
    """

    length: int
    time: int
    parent: Thread | None = None
    rows: Array | None = None
    draws: frozenset[int] = NONE
    site: int = 0

    def root(self) -> Thread:
        """The whole array that the places were first taken out of."""
        one = self
        while one.parent is not None:
            one = one.parent
        return one

    def since(self, time: int) -> tuple[Thread, Array, list[Thread]]:
        """The places that this one had at a time: of which thread, which, and what was done since.

        What was done comes last thing first.
        """
        one, rows = self, np.arange(self.length)
        done: list[Thread] = []
        while one.parent is not None and one.time > time:
            assert one.rows is not None
            rows = one.rows[rows]
            done.append(one)
            one = one.parent
        return one, rows, done

    def places(self) -> Array:
        """The places in the longest array that they came by."""
        return self.longest()[1]

    def longest(self) -> tuple[Thread, Array]:
        """The longest array that they came by, the earliest of several as long, and their places.

        What came before that may tell less of a sample than which it is: its class, of labels that
        were made by ``np.repeat(np.arange(3), 50)``.
        """
        one, rows = self, np.arange(self.length)
        longest, found = one, rows
        while one.parent is not None:
            assert one.rows is not None
            rows = one.rows[rows]
            one = one.parent
            if one.length >= longest.length:
                longest, found = one, rows
        return longest, found


@dataclass(eq=False, slots=True)
class Held:
    """What is known of one array.

    axes: the thread of each axis, None where nobody asked yet. gone: that of the axis that one
    place was taken out of: of a single sample, which one it is. drawn: the draws that its numbers
    came of. inner: what ``within`` gives, once it was asked.
    """

    shape: tuple[int, ...]
    time: int
    axes: list[Thread | None]
    gone: Thread | None = None
    drawn: frozenset[int] = NONE
    inner: list[Thread | None] | None = None

    def within(self) -> list[Thread | None]:
        """The axes of each place of the first one: one list for all, which nobody changes.

        The garbage collector goes through whatever is kept of each sample again and again.
        """
        if self.inner is None:
            self.inner = [self.thread(axis) for axis in range(1, len(self.axes))]
        return self.inner

    def thread(self, axis: int) -> Thread:
        """The thread of an axis."""
        found = self.axes[axis]
        if found is None:
            found = self.axes[axis] = Thread(self.shape[axis], self.time)
        return found


@dataclass(eq=False, slots=True)
class OneRow:
    """What is known of ``owner[place]``, of which there are many and of few of which much is asked.

    shape, time, drawn: as of what it holds. draws: those that the place came of. site: where it was
    taken.
    """

    owner: Held
    place: int
    shape: tuple[int, ...]
    time: int
    drawn: frozenset[int]
    draws: frozenset[int]
    site: int

    def at(self, place: int) -> OneRow:
        """Another row, taken as this one was; ``replace`` takes several times as long."""
        return OneRow(self.owner, place, self.shape, self.time, self.drawn, self.draws, self.site)

    def held(self) -> Held:
        """All that is known of it."""
        owner, gone = self.owner, self.owner.gone
        if gone is None:
            first = owner.thread(0)
            gone = Thread(1, self.time, first, np.array([self.place]), self.draws, self.site)
        axes = owner.within() if self.shape else []
        return Held(self.shape, self.time, axes, gone, self.drawn)


@dataclass(frozen=True)
class Foreseen:
    """Where a shuffle will put the rows of an array: ``rows[k]`` is the row that comes to be k.

    some, before: a few places, and what will come to them, by which it is seen to be true.
    """

    rows: Array
    some: Array
    before: Array

    def is_true_of(self, array: Array) -> bool:
        """Whether that is what came of it."""
        return len(array) == len(self.rows) and np.array_equal(array[self.some], self.before)


def foreseen(function: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Foreseen | None:
    """What a shuffle that is about to run will do: it is run on numbers, and taken back."""
    if not (args and isinstance(args[0], np.ndarray) and args[0].ndim and len(args[0]) > 1):
        return None
    if name_of_function(function) not in SHUFFLES or not is_random(function) or kw:
        return None
    array = args[0]
    numbers = np.arange(len(array)).reshape(-1, *[1] * (array.ndim - 1))
    restore = _stream(function)
    if restore is None or len(args) > 1:
        return None
    try:
        given = function(numbers)
    finally:
        restore()
    rows = (numbers if given is None else np.asarray(given)).reshape(-1)
    some = np.unique(np.linspace(0, len(rows) - 1, COMPARED).astype(int))
    return Foreseen(rows, some, np.array(array[rows[some]]))


def _stream(function: Any) -> Callable[[], None] | None:
    """What puts the random stream of a function back to where it is now."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.random.RandomState):
        state = owner.get_state()
        return lambda: owner.set_state(state)
    if isinstance(owner, np.random.Generator):
        bits = owner.bit_generator
        inner = bits.state
        return lambda: setattr(bits, "state", inner)
    if isinstance(owner, random.Random):
        before = owner.getstate()
        return lambda: owner.setstate(before)
    return None
