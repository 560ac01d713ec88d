"""Which rows of which array an array holds: followed while the program runs.

Of each array it is known when it was made, and of each of its axes out of which other axis its
places were taken, and in which order: by an index, a slice, a shuffle. What computes new numbers
place by place leaves them where they are; what is not known to do so begins anew, so that nothing
is said of it. Which draws an order came of is known too: two orders that come of different draws
have nothing to do with each other.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.recording.indexes import (
    PARTS,
    array_of,
    both,
    is_array,
    is_identity,
    is_number,
    rows_of,
)
from diagnose.recording.operations import (
    ARRAYS,
    RESHAPED,
    SAME_PLACES,
    TURNED,
    is_random,
    memory,
    name_of_function,
)
from diagnose.recording.threads import NONE, SHUFFLES, Foreseen, Held, OneRow, Thread

# Numbers and lists cannot be watched until they die, so that these are held; of the last so many
# it is known what they were taken out of.
MOST_HELD = 256

PLACE_BY_PLACE = {
    "add", "subtract", "multiply", "divide", "true_divide", "abs", "absolute", "exp", "log", "sqrt",
    "clip", "round", "float32", "float64", "nan_to_num", "minimum", "maximum", "where",
}  # fmt: skip
# What these do to an array along an axis, they do to the numbers of its places.
ALONG = {"take", "array_split", "split", "roll", "flip", "flipud", "repeat", "delete"}

# These put arrays together along an axis; some along one of their own where there are several.
TOGETHER_ALONG = {"vstack": 0, "hstack": 1}
TOGETHER = {"concatenate", "append", *TOGETHER_ALONG}


class Origins:
    """Follows the arrays of a program."""

    def __init__(self) -> None:
        self.clock = 0
        self.known: dict[int, tuple[Any, Held]] = {}
        self.views: dict[int, set[int]] = {}
        # Of the last rows that were taken one by one less is made until it is asked for.
        self.rows: dict[int, tuple[Any, OneRow]] = {}
        self.numbers: OrderedDict[int, tuple[Any, Held | OneRow]] = OrderedDict()
        self.lists: OrderedDict[int, tuple[Any, frozenset[int]]] = OrderedDict()
        # Of tables that are being filled row by row: the number of the label that each row has.
        self.tables: dict[int, dict[tuple[int, Thread], dict[int, int]]] = {}
        # The places that have shuffled once, and those that have done it again.
        self.shuffled: set[int] = set()
        self.shuffled_again: set[int] = set()

    # what is known of a value

    def of(self, value: Any) -> Held | None:
        """What is known of an array, or of a number that was taken out of one."""
        known = self.taken(value)
        if not isinstance(known, OneRow):
            return known
        held = known.held()
        if isinstance(value, np.ndarray):
            del self.rows[id(value)]
            return self._keep(value, held)
        self.numbers[id(value)] = value, held
        return held

    def taken(self, value: Any) -> Held | OneRow | None:
        """The same; of one of many rows, taken by its place, which place it is, if no more."""
        number = id(value)
        if isinstance(value, np.ndarray):
            found = self.known.get(number)
            if found is not None and found[0]() is value:
                return found[1]
            row = self.rows.get(number)
            return row[1] if row is not None and row[0]() is value else None
        one = self.numbers.get(number)
        return one[1] if one is not None and one[0] is value else None

    def met(self, array: Array) -> Held:
        """What is known of an array; of one made out of sight, that it was there by now."""
        found = self.of(array)
        return found if found is not None else self._keep(array, self._new(array))

    def forget(self, array: Array) -> None:
        """Let go of an array, and of all that is known of it."""
        self.known.pop(id(array), None)
        self.rows.pop(id(array), None)

    def is_along(self, array: Array, whole: Thread) -> bool:
        """Whether one of an array's axes is all of a thread."""
        held = self.of(array)
        return held is not None and any(one is whole for one in held.axes)

    def _new(self, array: Array, drawn: frozenset[int] = NONE) -> Held:
        return Held(array.shape, self.clock, [None] * array.ndim, None, drawn)

    def _keep(self, array: Array, held: Held) -> Held:
        number, base = id(array), id(memory(array))
        known, views, tables = self.known, self.views, self.tables

        def died(_: Any) -> None:
            known.pop(number, None)
            tables.pop(number, None)
            if base in views:
                views[base].discard(number)
                if not views[base]:
                    del views[base]

        known[number] = (weakref.ref(array, died), held)
        views.setdefault(base, set()).add(number)
        return held

    def drawn(self, value: Any) -> frozenset[int]:
        """The draws that an index, or what else an operation takes, came of."""
        if isinstance(value, list | tuple):
            found = self.lists.get(id(value))
            if found and found[0] is value:
                return found[1]
            few = isinstance(value, tuple) and len(value) <= PARTS
            return self._union(value) if few else NONE
        held = self.taken(value) if isinstance(value, ARRAYS) else None
        return held.drawn if held else NONE

    def _union(self, values: Any) -> frozenset[int]:
        return NONE.union(*(self.drawn(one) for one in values))

    def _list(self, value: Any, drawn: frozenset[int]) -> None:
        if drawn:
            self.lists[id(value)] = (value, drawn)
            while len(self.lists) > MOST_HELD:
                self.lists.popitem(last=False)

    # what the program does

    def made(
        self, site: int, kind: str, done: Any, args: tuple[Any, ...], kw: dict[str, Any], value: Any
    ) -> None:
        """An operation made a value."""
        self.clock += 1
        if kind == "get" and type(args[0]) is np.ndarray and is_number(args[1]):
            self._got_one(site, args[0], args[1], value)
        elif isinstance(value, np.ndarray):
            if self.of(value) is None:
                held = self._followed(site, kind, done, args, kw, value) or self._new(value)
                held.drawn |= self._union((*args, *kw.values()))
                self._keep(value, held)
        elif isinstance(value, np.generic) and kind == "get" and args[0].ndim == 1:
            owner = self.met(args[0])
            _, gone = self._taken(owner, args[0], args[1], site) or ([], None)
            self._number(value, Held((), self.clock, [], gone, owner.drawn))

    def _number(self, value: Any, held: Held | OneRow) -> None:
        """A number was taken out of an array."""
        self.numbers[id(value)] = (value, held)
        while len(self.numbers) > MOST_HELD:
            self.numbers.popitem(last=False)

    def _got_one(self, site: int, array: Array, index: Any, value: Any) -> None:
        """``array[3]``, as each sample is taken: what ``_taken`` says of it, the shortest way."""
        several = isinstance(value, np.ndarray)
        if several and array.dtype.hasobject and self.of(value) is not None:
            return  # it is in there as it was made
        if not several and not (isinstance(value, np.generic) and array.ndim == 1):
            return
        known = self.known.get(id(array))  # as ``met`` does it
        owner = known[1] if known is not None and known[0]() is array else self.met(array)
        draws = NONE if type(index) is int else self.drawn(index)
        if several and value.ndim != array.ndim - 1:
            self._keep(value, self._new(value, both(owner.drawn, draws)))
            return
        drawn = both(owner.drawn, draws) if several else owner.drawn
        place = int(index) % owner.shape[0]
        row = OneRow(owner, place, value.shape, self.clock, drawn, draws, site)
        if not several:
            self._number(value, row)
            return
        self.rows[id(value)] = weakref.ref(value), row
        if len(self.rows) > MOST_HELD:
            self._settle(MOST_HELD // 2)

    def _settle(self, count: int) -> None:
        """Know of the first rows that were taken what is known of any array, if they are there."""
        for number in [*islice(self.rows, count)]:
            there, row = self.rows.pop(number)
            if (value := there()) is not None:
                self._keep(value, row.held())

    def got(self, owner: Any, value: Any) -> None:
        """A value was taken out of something that is no array."""
        self.clock += 1
        if isinstance(value, np.ndarray):
            self.met(value)
        elif isinstance(value, list) and isinstance(owner, list):
            self._list(value, self.drawn(owner))

    def called(
        self,
        site: int,
        function: Any,
        args: tuple[Any, ...],
        kw: dict[str, Any],
        value: Any,
        foreseen: Foreseen | None,
    ) -> None:
        """A function was called that is none of the program's own."""
        self.made(site, "call", function, args, kw, value)
        name = name_of_function(function)
        draw = frozenset({self.clock}) if is_random(function) else NONE
        if draw and name in SHUFFLES:
            (self.shuffled_again if site in self.shuffled else self.shuffled).add(site)
        if isinstance(value, np.ndarray):
            held = self.met(value)
            if draw and foreseen is not None and foreseen.is_true_of(value):
                before = self.met(args[0])
                axes = [*before.axes]
                axes[0] = self._thread(before.thread(0), foreseen.rows, draw, site)
                held.axes, held.gone = axes, before.gone
            held.drawn |= draw
        elif isinstance(value, list | tuple):
            if name in ALONG and args and isinstance(args[0], np.ndarray):
                self._parts(site, function, args, kw, value)
            for one in value:
                if isinstance(one, np.ndarray):
                    self.met(one)
            self._list(value, self._union(args) | draw)
        elif draw and name == "shuffle" and args:
            if isinstance(args[0], np.ndarray):
                self._shuffled(site, args[0], foreseen, draw)
            elif isinstance(args[0], list):
                self._list(args[0], self.drawn(args[0]) | draw)
        into = kw.get("out")
        if isinstance(into, np.ndarray):
            self.written(into)

    def written(self, array: Array) -> None:
        """Something was written into an array: what it and its views hold begins anew."""
        self.clock += 1
        self._settle(len(self.rows))
        for number in self.views.get(id(memory(array)), ()):
            held = self.known[number][1]
            fresh = Held(held.shape, self.clock, [None] * len(held.axes), None, held.drawn)
            self.known[number] = (self.known[number][0], fresh)
        self.met(array)

    def stored(self, site: int, array: Array, index: Any) -> None:
        """Something was stored; where a label says in which column, a row is that label's."""
        self.written(array)
        if not (type(index) is tuple and len(index) == array.ndim == 2):
            return
        held = self.met(array)
        for axis, (place, label) in enumerate((index, index[::-1])):
            count = array.shape[axis]
            if is_number(place) and is_number(label):
                held.axes[axis] = self._filled(site, array, axis, int(place), label)
            elif np.shape(label) == (count,) and np.array_equal(place, np.arange(count)):
                held.axes[axis] = self.met(label).thread(0) if is_array(label) else None

    def _filled(self, site: int, array: Array, axis: int, place: int, label: Any) -> Thread | None:
        """Of a table that is filled row by row: its rows, once there is one for each label."""
        gone = held.gone if (held := self.of(label)) else None
        if gone is None or gone.parent is None or gone.rows is None:
            return None
        tables = self.tables.setdefault(id(array), {})
        known = tables.setdefault((axis, gone.parent), {})
        known[place] = int(gone.rows[0])
        if len(known) < array.shape[axis]:
            return None
        del tables[axis, gone.parent]
        rows = np.array([known[at] for at in range(array.shape[axis])])
        return self._thread(gone.parent, rows, gone.draws, site)

    def in_place(self, array: Array, value: Any) -> None:
        """``array += value``: numbers change where they are, if the places of an axis all alike."""
        if np.size(value) < 2:
            return
        before = self.met(array)
        self.written(array)
        sizes = [*[1] * (array.ndim - np.ndim(value)), *np.shape(value)]
        threads = zip(self._threads(before), sizes, strict=True)
        self.met(array).axes = [thread if size == 1 else None for thread, size in threads]

    def _shuffled(
        self, site: int, array: Array, foreseen: Foreseen | None, draw: frozenset[int]
    ) -> None:
        before = self.met(array)
        first = before.thread(0)
        self.written(array)
        after = self.met(array)
        after.drawn |= draw
        if foreseen is not None and foreseen.is_true_of(array):
            after.axes = [self._thread(first, foreseen.rows, draw, site), *before.axes[1:]]
            after.gone = before.gone

    # where the places of a value come from

    def _thread(self, parent: Thread, rows: Array, draws: frozenset[int], site: int) -> Thread:
        return Thread(len(rows), self.clock, parent, rows, draws, site)

    def _followed(
        self, site: int, kind: str, done: Any, args: tuple[Any, ...], kw: dict[str, Any], value: Any
    ) -> Held | None:
        """What is known of what an operation made, of what is known of what it took."""
        if kind == "get" and type(args[0]) is np.ndarray:
            return self._got_out(site, args[0], args[1], value)
        name = done if isinstance(done, str) else name_of_function(done)
        if name in TOGETHER and kind == "call":
            return self._together(site, name, args, kw, value)
        if kind in ("binary", "unary", "compare"):
            return None if name == "MatMult" else self._by_place(args, value)
        if not args or not isinstance(args[0], np.ndarray):
            return self._by_place(args, value) if name in PLACE_BY_PLACE else None
        array = args[0]
        if kind == "get":
            return self._got_out(site, array, args[1], value)
        if name in PLACE_BY_PLACE:
            return self._by_place(args, value)
        held = self.met(array)
        if name in SAME_PLACES and value.shape == array.shape:
            return Held(value.shape, held.time, self._threads(held), held.gone)
        if name in TURNED and len(args) == 1 and not kw:
            return Held(value.shape, held.time, self._threads(held)[::-1], held.gone)
        if name in RESHAPED and kw.get("order", "C") == "C":
            return Held(value.shape, self.clock, list(self._reshaped(held, value)), held.gone)
        if name in ALONG and isinstance(value, np.ndarray):
            return self._along(site, done if kind == "call" else getattr(np, name), args, kw, value)
        return None

    def _got_out(self, site: int, array: Array, index: Any, value: Array) -> Held | None:
        """``array[index]``."""
        taken = self._taken(self.met(array), array, index, site)
        if taken is None or len(taken[0]) != value.ndim:
            return None
        return Held(value.shape, self.clock, taken[0], taken[1])

    def _together(
        self, site: int, name: str, args: tuple[Any, ...], kw: dict[str, Any], value: Array
    ) -> Held | None:
        """Of parts of one axis that are put together again along it: which places of that."""
        arrays = list(args[:2] if name == "append" else args[0] if args else ())
        if not arrays or not all(map(is_array, arrays)):
            return None
        axis = args[-1] if len(args) > (2 if name == "append" else 1) else kw.get("axis")
        if name in TOGETHER_ALONG:
            axis = TOGETHER_ALONG[name] if value.ndim > 1 else 0
        elif axis is None and (name == "concatenate" or value.ndim == 1 == arrays[0].ndim):
            axis = 0
        if not isinstance(axis, int) or any(one.ndim != value.ndim for one in arrays):
            return None
        threads = [self.met(one).thread(axis % value.ndim) for one in arrays]
        for whole in filter(None, (threads[0], threads[0].parent)):
            rows = [rows_of(one, whole) for one in threads]
            if all(one is not None for one in rows):
                held = self._new(value)
                draws = NONE.union(*(one.draws for one in threads if one is not whole))
                places = np.concatenate([one for one in rows if one is not None])
                held.axes[axis % value.ndim] = self._thread(whole, places, draws, site)
                return held
        return None

    @staticmethod
    def _threads(held: Held) -> list[Thread | None]:
        return [held.thread(axis) for axis in range(len(held.axes))]

    def _by_place(self, args: tuple[Any, ...], value: Array) -> Held | None:
        """Of what is computed place by place: an axis that only one operand has, or all alike."""
        arrays = [one for one in args if isinstance(one, np.ndarray) and one.ndim]
        if not any(self.of(one) for one in arrays):
            return None
        held = self._new(value)
        for back in range(1, value.ndim + 1):
            size = value.shape[-back]
            threads = {
                self.met(one).thread(one.ndim - back)
                for one in arrays
                if one.ndim >= back
                and one.shape[-back] == size
                and (size > 1 or len(arrays) == 1)  # of two, one may be repeated along it
            }
            if len(threads) == 1:
                held.axes[-back] = threads.pop()
        gone = {one.gone for one in map(self.of, arrays) if one and one.gone}
        held.gone = gone.pop() if len(gone) == 1 else None
        return held

    def _taken(
        self, held: Held, array: Array, index: Any, site: int
    ) -> tuple[list[Thread | None], Thread | None] | None:
        """The axes of ``array[index]``, and the one that a single place was taken out of."""
        if is_number(index):
            first = held.thread(0)
            place = np.array([int(index) % first.length])
            only = held.gone or self._thread(first, place, self.drawn(index), site)
            return self._threads(held)[1:], only
        items = index if type(index) is tuple else (index,)
        many = [one for one in items if isinstance(one, list) or np.ndim(array_of(one))]
        single = [one for one in items if is_number(one)]
        taken = [one for one in items if one is not None]
        if len(many) > 1 or (many and single) or len(taken) > array.ndim:
            return None
        axes: list[Thread | None] = []
        gone, axis = held.gone, 0
        for one in items:
            if one is None:
                axes.append(None)
                continue
            thread, draws = held.thread(axis), self.drawn(one)
            if is_number(one):
                row = np.array([int(one) % thread.length])
                gone = gone or self._thread(thread, row, draws, site)
            elif isinstance(one, slice):
                ends = one.indices(thread.length)
                if ends != (0, thread.length, 1):
                    thread = self._thread(thread, np.arange(*ends), draws, site)
                axes.append(thread)
            elif isinstance(one, list | np.ndarray) and np.ndim(one) == 1:
                axes.append(self._looked_up(thread, array, axis, one, draws, site))
            else:
                return None
            axis += 1
        return [*axes, *self._threads(held)[axis:]], gone

    def _looked_up(
        self, thread: Thread, array: Array, axis: int, index: Any, draws: frozenset[int], site: int
    ) -> Thread | None:
        """The places of ``array[index]``: rows of the array, or, in a table, those of the index."""
        is_table = len(index) > thread.length and np.asarray(index).dtype != bool
        if is_table or (axis == 0 and is_identity(array)):
            return self.met(index).thread(0) if isinstance(index, np.ndarray) else None
        places = np.asarray(index)
        rows = np.flatnonzero(places) if places.dtype == bool else places % thread.length
        return self._thread(thread, rows, draws, site)

    def _reshaped(self, held: Held, value: Array) -> Iterator[Thread | None]:
        """The axes in another shape: those longer than one, if they stay; or the first."""
        old = [axis for axis, size in enumerate(held.shape) if size != 1]
        new = [axis for axis, size in enumerate(value.shape) if size != 1]
        same = [held.shape[axis] for axis in old] == [value.shape[axis] for axis in new]
        pairs = dict(zip(new, old, strict=True)) if same else {}
        if not same and held.shape and value.shape and held.shape[0] == value.shape[0]:
            pairs = {0: 0}
        for axis in range(value.ndim):
            yield held.thread(pairs[axis]) if axis in pairs else None

    def _along(
        self, site: int, function: Callable[..., Any], args: tuple[Any, ...], kw: dict[str, Any],
        value: Array,
    ) -> Held | None:  # fmt: skip
        """What was taken along an axis, as the same function takes the numbers of its places."""
        array, axis = args[0], kw.get("axis")
        rest = {name: one for name, one in kw.items() if name != "axis"}
        if axis is None and (array.ndim == 1 or name_of_function(function) == "flipud"):
            axis = 0
        if not isinstance(axis, int) or not -array.ndim <= axis < array.ndim:
            return None
        held, axis = self.met(array), axis % array.ndim
        try:
            rows = np.asarray(function(np.arange(array.shape[axis]), *args[1:], **rest))
        except (TypeError, ValueError, IndexError):
            return None
        if rows.ndim != 1 or value.ndim != array.ndim or len(rows) != value.shape[axis]:
            return None
        axes = self._threads(held)
        draws = self._union((*args[1:], *rest.values()))
        axes[axis] = self._thread(held.thread(axis), rows, draws, site)
        return Held(value.shape, self.clock, axes, held.gone)

    def _parts(
        self, site: int, function: Any, args: tuple[Any, ...], kw: dict[str, Any], parts: Any
    ) -> None:
        """An array was split along its first axis, or along another."""
        array, axis = args[0], kw.get("axis", 0)
        rest = {name: one for name, one in kw.items() if name != "axis"}
        if not isinstance(axis, int) or not 0 <= axis < array.ndim:
            return
        held = self.met(array)
        numbers = function(np.arange(array.shape[axis]), *args[1:], **rest)
        for part, rows in zip(parts, numbers, strict=True):
            if part.ndim == array.ndim and part.shape[axis] == len(rows):
                axes = self._threads(held)
                axes[axis] = self._thread(held.thread(axis), rows, NONE, site)
                self._keep(part, Held(part.shape, self.clock, axes, held.gone, held.drawn))
