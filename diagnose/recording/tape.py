"""The tape: what a watched program did, as a graph of operations on objects known by identity.

Nothing is wrapped and no type changes. A value that an operation made is the tape's node; where the
same object is taken by a later operation, that operation refers to the node, and to how often the
memory behind it had been written to by then.
"""

from __future__ import annotations

import itertools
import types
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from functools import partial
from typing import Any

import numpy as np

from diagnose.recording.choices import are_numbers, chooses, chosen, marked
from diagnose.recording.keeping import SMALL, Keeping
from diagnose.recording.lengths import Lengths
from diagnose.recording.matrices import as_arrays, index_of, product
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken, is_whole
from diagnose.recording.operations import (
    BINARY,
    COMPARE,
    IN_PLACE,
    UNARY,
    WRITERS,
    as_joining,
    in_place_of,
    memory,
    with_out_named,
)
from diagnose.recording.origins import Origins
from diagnose.recording.repeating import called_for_each
from diagnose.recording.threads import NONE, foreseen

LONGEST = 512  # lists up to this long are looked into
DEEPEST = 3
OPPOSITE = {"Lt": "GtE", "GtE": "Lt", "Gt": "LtE", "LtE": "Gt"}
ITERATORS = (zip, enumerate, reversed, map, list, tuple, sorted, filter)


def tracked(value: Any) -> bool:
    """Whether a value is one that the tape follows."""
    kind = type(value)
    return kind is float or (isinstance(value, np.ndarray | np.generic) and kind is not np.bool_)


class Tape:
    """What the program did so far; its methods are what a rewritten program calls.

    at_turn(site) is called when a loop begins another turn. own: the files that are watched.
    origins: which rows the arrays hold, for as long as that is asked for.
    """

    def __init__(self, at_turn: Callable[[int], None], own: set[str]) -> None:
        self.at_turn = at_turn
        self.at_end: Callable[[int], None] | None = None  # a for loop has ended, in whatever way
        self.own = own
        # Sees each operation when it was done: its place, kind, what it is, what it took and gave.
        self.witness: Callable[[int, str, Any, tuple[Any, ...], Any], None] | None = None
        self.named: Callable[[int, Sequence[str], Any], None] | None = None
        self.recording = True
        self.keeping = Keeping()
        # Nobody looks: what is done is done, and nothing else; unless it is at another site than
        # the usual ones, where ``woken`` is called first. followed: sites that are looked at also
        # then, each time; threaded: those of them whose rows are followed too. noticed: the sites
        # of what is done meanwhile. unseen: while nobody looks, the usual sites that are not
        # followed; of most that is done, nothing else is asked.
        self.idle = False
        self.unseen: frozenset[int] = NONE
        self.usual: set[int] = set()
        self.followed: set[int] = set()
        self.threaded: set[int] = set()
        self.woken: Callable[[], None] = lambda: None
        self.noticed: set[int] | None = None
        self.taps: dict[int, Callable[[str, tuple[Any, ...], dict[str, Any], Any], None]] = {}
        self.nodes: list[Node] = []
        self.known: dict[int, tuple[Any, int]] = {}
        self.writes: dict[int, list[int]] = {}
        self.versions: dict[tuple[int, int], Any] = {}
        self.turns: list[tuple[int, int]] = []
        self.passes: dict[int, list[int]] = {}  # where a for loop begins with its first item
        self.calls: dict[tuple[int, str], int] = {}
        self.roots: dict[int, tuple[Any, int]] = {}
        self.calls_done: list[tuple[int, int, int]] = []
        self.serial = itertools.count(1)
        self.lengths: dict[int, int] = {}
        self.items_in = Lengths()
        # How many items are left, of loops that said so when they began; 0 when none was found.
        self.items_left: dict[int, int] = {}
        self.begun: Counter[int] = Counter()  # how often a for loop began
        self.running: Counter[int] = Counter()  # and how often it has, and is not at its end
        self.spent: Counter[int] = Counter()  # and how often with a generator that is at its end
        self.chosen, self.marked, self.chooses = (
            partial(chosen, self),
            partial(marked, self),
            chooses,
        )
        # The tests that what is done now depends on, by their nodes; None of no numbers.
        self.reasons: list[int | None] = []
        self.origins: Origins | None = Origins()

    # what is known of a value

    def taken(self, value: Any, depth: int = 0) -> Taken:
        """A value as an operation takes it."""
        kind = type(value)
        if tracked(value):
            return self.ref(value)
        if (kind is list or kind is tuple) and len(value) <= LONGEST and depth < DEEPEST:
            return Group(kind, [self.taken(one, depth + 1) for one in value])
        if kind is slice:
            ends = (value.start, value.stop, value.step)
            return Group(slice, [self.taken(one, depth + 1) for one in ends])
        if kind is dict and len(value) <= LONGEST and depth < DEEPEST:
            items = [self.taken(one, depth + 1) for one in value.values()]
            return Group(dict, items, list(value))
        return Const(value)

    def ref(self, value: Any, *, passing: bool = False) -> Ref:
        """The node of a value; a new one if it was made out of sight.

        passing: nobody asks what stands there now, as in a sum that is added to once more.
        """
        number = self._number(value)
        if number is None:
            number = self.add(0, "leaf", None, [], {}, value).number
        node = self.nodes[number]
        if self.origins is not None and node.held is None:
            node.held = self.origins.of(value)
        version = 0
        if isinstance(value, np.ndarray):
            version = len(self.writes.get(node.root or 0, ()))
            if self.keeping.always and node.value is None and not version:
                node.value = self.keeping.made(node, value)  # it was too large to be kept before
            small = self.keeping.always or value.nbytes <= SMALL
            if version and small and not passing and (number, version) not in self.versions:
                self.versions[number, version] = self.keeping.copy(value)
        return Ref(number, version)

    def _number(self, value: Any) -> int | None:
        known = self.known.get(id(value))
        if known is None:
            return None
        there = known[0]() if isinstance(known[0], weakref.ref) else known[0]
        return known[1] if there is value else None

    def place_of(self, value: Any) -> Ref | None:
        """The node of a value that is on the tape; None of any other."""
        number = self._number(value)
        if number is None:
            return None
        return Ref(number, len(self.writes.get(self.nodes[number].root or 0, ())))

    def add(
        self,
        site: int,
        kind: str,
        done: Any,
        args: list[Taken],
        kw: dict[str, Taken],
        value: Any,
        *,
        write: bool = False,
    ) -> Node:
        """Put an operation on the tape, after a spare one where it is done for a reason."""
        if self.reasons and self.reasons[-1] is not None:
            self._append(site, "spare", "spare", [Ref(self.reasons[-1], 0)], {})
        node = self._append(site, kind, done, args, kw)
        self.keeping.keep(node, value)
        if isinstance(value, np.ndarray):
            node.root = self._root(memory(value))
        if write:
            self.writes.setdefault(node.root or 0, []).append(node.number)
        else:
            held = weakref.ref(value) if isinstance(value, np.ndarray) else value
            self.known[id(value)] = (held, node.number)
        return node

    def _append(
        self, site: int, kind: str, done: Any, args: list[Taken], kw: dict[str, Taken]
    ) -> Node:
        node = Node()
        node.number, node.site, node.kind, node.done = len(self.nodes), site, kind, done
        node.args, node.kw, node.root, node.whole = args, kw, None, False
        node.call = self.calls[site, kind] = self.calls.get((site, kind), -1) + 1
        node.value = node.held = None
        self.nodes.append(node)
        return node

    def _root(self, array: np.ndarray) -> int:
        """The number of an array's memory; another's, once it has died, has another number."""
        held = self.roots.get(id(array))
        if held is None or held[0]() is not array:
            held = self.roots[id(array)] = (weakref.ref(array), next(self.serial))
        return held[1]

    def note(
        self, site: int, kind: str, done: Any, args: tuple[Any, ...], kw: dict[str, Any], value: Any
    ) -> Any:
        """Note an operation that made a value, and return the value."""
        if (self.idle or self.noticed is not None) and self.passed_over(site):
            return value
        kind, done, args, kw = as_arrays(kind, done, args, kw)
        if self.origins is not None and kind != "call" and self.threads(site):
            self.follow(self.origins.made, site, kind, done, args, kw, value)
        if self.witness is not None:
            self.witness(site, kind, done, args, value)
        if not self.recording:
            tap = self.taps.get(site)
            if tap:
                tap(kind, args, kw, value)
            return value
        if tracked(value):
            if self._number(value) is None:
                taken = [self.taken(one) for one in args]
                self.add(site, kind, done, taken, self._named(kw), value)
        elif kind == "call" and type(value) in (tuple, list) and 0 < len(value) <= LONGEST:
            fresh = [one for one in value if tracked(one) and self._number(one) is None]
            if fresh:
                taken = [self.taken(one) for one in args]
                whole = self.add(site, kind, done, taken, self._named(kw), value)
                for at, one in enumerate(value):
                    if any(one is other for other in fresh):
                        self.add(site, "item", at, [Ref(whole.number, 0)], {}, one)
        return value

    def passed_over(self, site: int) -> bool:
        """Whether nobody looks at what is done at a site."""
        if self.idle:
            if site in self.followed:
                return False
            if site in self.usual:
                return True
            self.woken()
        elif self.noticed is not None:
            self.noticed.add(site)
        return False

    def threads(self, site: int) -> bool:
        """Whether the rows of what is done at a site are followed now."""
        return not self.idle or site in self.threaded

    def follow(self, what: Callable[..., Any], *given: Any) -> Any:
        """Tell the origins what happened; what they have no answer to must not stop the program."""
        try:
            return what(*given)
        except Exception:
            self.origins = None
            return None

    def _named(self, kw: dict[str, Any]) -> dict[str, Taken]:
        return {name: self.taken(one) for name, one in kw.items()}

    def wrote(
        self, site: int, kind: str, done: Any, taken: list[Taken], kw: dict[str, Taken], array: Any
    ) -> None:
        """Note an operation that wrote into an array."""
        node = self.add(site, kind, done, taken, kw, array, write=True)
        node.whole = array.base is None and is_whole(node)

    def _tapped(
        self, site: int, kind: str, args: tuple[Any, ...], kw: dict[str, Any], value: Any
    ) -> None:
        tap = self.taps.get(site)
        if tap:
            tap(kind, args, kw, value)

    # operations, as the rewritten program calls them

    def binary(self, site: int, operation: str, left: Any, right: Any) -> Any:
        """``left + right``."""
        value = BINARY[operation](left, right)
        if site in self.unseen:
            return value
        return self.note(site, "binary", operation, (left, right), {}, value)

    def unary(self, site: int, operation: str, value: Any) -> Any:
        """``-value``."""
        made = UNARY[operation](value)
        if site in self.unseen:
            return made
        return self.note(site, "unary", operation, (value,), {}, made)

    def negated(self, site: int, left: Any, right: Any) -> Any:
        """``-left @ right``, as ``-(left @ right)``: of fractions that is the same number."""
        if isinstance(left, np.ndarray) and left.dtype.kind == "f":
            return self.unary(site, "USub", self.binary(site, "MatMult", left, right))
        return self.binary(site, "MatMult", self.unary(site, "USub", left), right)

    def compare(self, site: int, operation: str, left: Any, right: Any) -> Any:
        """``left < right``."""
        value = COMPARE[operation](left, right)
        if site in self.unseen:
            return value
        return self.note(site, "compare", operation, (left, right), {}, value)

    def tested(self, site: int, operation: str, left: Any, right: Any) -> Any:
        """``if left < right:``, of two numbers; what is done then is done for that reason."""
        value = self.compare(site, operation, left, right)
        self._reason(site, operation, left, right, value)
        return value

    def passed(self, site: int, operation: str, left: Any, right: Any) -> Any:
        """``if left < right: continue``; what follows is done for the opposite reason."""
        value = self.compare(site, operation, left, right)
        self._reason(site, OPPOSITE[operation], left, right, not value)
        return value

    def _reason(self, site: int, operation: str, left: Any, right: Any, holds: bool) -> None:
        number = None
        if tracked(left) or tracked(right):
            if self.recording and not np.ndim(left) and not np.ndim(right):
                taken = [self.taken(left), self.taken(right)]
                number = self._append(site, "branch", operation, taken, {}).number
            elif not self.recording:
                self._tapped(site, "branch", (left, right), {}, holds)
        if holds:
            self.reasons.append(number)

    def left(self) -> None:
        """What was done for a reason is done."""
        if self.reasons:
            self.reasons.pop()

    def attribute(self, site: int, owner: Any, name: str) -> Any:
        """``owner.T``."""
        value = getattr(owner, name)
        if site not in self.unseen and isinstance(owner, np.ndarray):
            self.note(site, "attribute", name, (owner,), {}, value)
        return value

    def get(self, site: int, owner: Any, index: Any) -> Any:
        """``owner[index]``."""
        value = owner[index]
        if isinstance(owner, np.ndarray):
            if site in self.unseen:
                return value
            self.note(site, "get", None, (owner, index), {}, value)
        elif joining := as_joining(owner, index):
            self.note(site, "call", joining, (index,), {}, value)
        elif self.origins is not None:
            self.follow(self.origins.got, owner, value)
        return value

    def store(self, site: int, value: Any, owner: Any, index: Any) -> None:
        """``owner[index] = value``."""
        index = index_of(owner, index)
        if self.passed_over(site):
            owner[index] = value
            return
        if not isinstance(owner, np.ndarray):
            owner[index] = value
        elif self.recording:
            taken = [self.ref(owner), self.taken(index), self.taken(value)]
            owner[index] = value
            self.wrote(site, "store", None, taken, {}, owner)
        else:
            self._tapped(site, "store", (owner, index, value), {}, owner)
            owner[index] = value
        if self.origins is not None and isinstance(owner, np.ndarray) and self.threads(site):
            self.follow(self.origins.stored, site, owner, index)
        if self.witness is not None:
            self.witness(site, "store", None, (owner, index, value), owner)

    def in_place(self, site: int, operation: str, target: Any, value: Any) -> Any:
        """``target += value``."""
        if isinstance(target, np.ndarray):
            if self.passed_over(site):
                return IN_PLACE[operation](target, value)
            if self.origins is not None and self.threads(site):
                self.follow(self.origins.in_place, target, value)
            if self.recording:
                taken = [self.ref(target, passing=self._adds(site, target)), self.taken(value)]
                made = IN_PLACE[operation](target, value)
                operation = product(operation, target, value)
                self._changed(site, operation, target, value, made)
                if made is target:
                    self.wrote(site, "in_place", operation, taken, {}, target)
                    return made
                return self.note(site, "binary", operation, (target, value), {}, made)
            self._tapped(site, "in_place", (target, value), {}, target)
            made = IN_PLACE[operation](target, value)
            self._changed(site, operation, target, value, made)
            return made
        made = IN_PLACE[operation](target, value)
        return self.note(site, "binary", operation, (target, value), {}, made)

    def _adds(self, site: int, target: Any) -> bool:
        """Whether an array was written into at the same place of this step last, as a sum is."""
        there = self.place_of(target)
        writes = self.writes.get(self.nodes[there.node].root or 0) if there else None
        last = self.nodes[writes[-1]] if writes and self.keeping.always else None
        return last is not None and last.site == site and last.number >= self.keeping.begins

    def _changed(self, site: int, operation: str, target: Any, value: Any, made: Any) -> None:
        if self.witness is not None and made is target:
            self.witness(site, "in_place", operation, (target, value), made)

    def number(self, site: int, value: float) -> float:
        """``0.0`` in a list: one that is no other, though the code has one object for all."""
        value = value * 1.0
        if self.recording:
            self.add(site, "leaf", None, [], {}, value)
        return value

    def several(self, site: int, names: Sequence[str], value: Any) -> Any:
        """``a = b = value``."""
        if self.named is not None:
            self.named(site, names, value)
        return value

    def change(self, site: int, operation: str, owner: Any, index: Any, value: Any) -> None:
        """``owner[index] += value``."""
        self.store(
            site, self.in_place(site, operation, self.get(site, owner, index), value), owner, index
        )

    def method(self, site: int, owner: Any, name: str, /, *args: Any, **kw: Any) -> Any:
        """``owner.name(...)``."""
        function = getattr(owner, name)
        if site in self.unseen and not isinstance(owner, np.ndarray):
            return function(*args, **kw)
        if not (isinstance(owner, np.ndarray | np.generic) or type(owner) is float):
            return self.call(site, function, *args, **kw)
        if name in WRITERS:
            if self.origins is not None and isinstance(owner, np.ndarray):
                self.follow(self.origins.written, owner)
            if not self.recording:
                return function(*args, **kw)
            taken = [self.ref(owner), *[self.taken(one) for one in args]]
            named = self._named(kw)
            made = function(*args, **kw)
            self.wrote(site, "write_method", name, taken, named, owner)
            return made
        given, by_name = with_out_named(getattr(np, name, None), (owner, *args), kw)
        into = by_name.get("out")
        if self.origins is not None and isinstance(into, np.ndarray):
            self.follow(self.origins.written, into)
        if not self.recording or not isinstance(into, np.ndarray):
            return self.note(site, "method", name, given, by_name, function(*args, **kw))
        taken = [self.ref(into), *[self.taken(one) for one in given]]
        named = self._named(by_name)
        made = function(*args, **kw)
        self.wrote(site, "write_call", name, taken, named, into)
        return made

    def call(self, site: int, function: Any, /, *args: Any, **kw: Any) -> Any:
        """``function(...)``."""
        if site in self.unseen:
            return function(*args, **kw)
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        if code is None:  # an object that is called, as a layer may be
            code = getattr(type(function).__call__, "__code__", None)
        if code is not None and code.co_filename in self.own:
            return self._own(site, function, args, kw)
        if self.idle and self.passed_over(site):
            return function(*args, **kw)
        if self.origins is None or not self.threads(site):
            return self._call(site, function, args, kw)
        moved = self.follow(foreseen, function, args, kw)
        made = self._call(site, function, args, kw)
        if self.origins is not None:
            given, named = with_out_named(function, args, kw)
            self.follow(self.origins.called, site, function, given, named, made, moved)
        return made

    def _call(self, site: int, function: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        if (at := called_for_each(function)) is not None and self._is_own(args, kw):
            items = [self.items(site, one) if function is map else one for one in args[at + 1 :]]
            return function(*args[:at], self.each(site, args[at]), *items, **kw)
        if isinstance(function, type) and function in ITERATORS:
            start = 1 if function in (map, filter) else 0
            turned = [
                self.items(site, one) if at >= start and function is not reversed else one
                for at, one in enumerate(args)
            ]
            return self.items_in.made(function, args, function(*turned, **kw))
        given, by_name = with_out_named(function, args, kw)
        if (same := in_place_of(function, given, by_name)) and isinstance(same[1], np.ndarray):
            return self.in_place(site, *same)
        if not self.recording:
            return self.note(site, "call", function, given, by_name, function(*args, **kw))
        if (
            args
            and isinstance(args[0], types.GeneratorType | map | zip)
            and function in (sum, min, max)
        ):
            args = (list(args[0]), *args[1:])
        into = by_name.get("out")
        if into is None and getattr(function, "__name__", "") in WRITERS and args:
            into = args[0]
        if isinstance(into, np.ndarray):
            taken = [self.ref(into), *[self.taken(one) for one in given]]
            named = self._named(by_name)
            made = function(*args, **kw)
            self.wrote(site, "write_call", function, taken, named, into)
            return made
        value = function(*args, **kw)
        if function in (max, min) and (isinstance(value, float) or are_numbers(*args)):
            value = value * 1.0  # none of the numbers themselves: which it is depends on the data
        return self.note(site, "call", function, args, kw, value)

    def _is_own(self, args: tuple[Any, ...], kw: dict[str, Any]) -> bool:
        """Whether one of the program's functions is handed over."""
        codes = [getattr(one, "__func__", one) for one in (*args, *kw.values())]
        return any(
            code.co_filename in self.own
            for one in codes
            if (code := getattr(one, "__code__", None)) is not None
        )

    def again(self, site: int, function: Any, /, *args: Any, **kw: Any) -> Any:
        """``return function(...)`` as what a function ends with that calls itself: a turn."""
        self.turn(site)
        return self.call(site, function, *args, **kw)

    def method_again(self, site: int, owner: Any, name: str, /, *args: Any, **kw: Any) -> Any:
        """``return self.name(...)`` as what that method ends with."""
        self.turn(site)
        return self.method(site, owner, name, *args, **kw)

    def _own(self, site: int, function: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        """Call a function that is watched itself; remember what was done within."""
        self.passed_over(site)
        start = len(self.nodes)
        made = function(*args, **kw)
        if len(self.nodes) > start:
            self.calls_done.append((start, len(self.nodes), site))
        return made

    # loops

    def items(self, site: int, given: Any) -> Any:
        """What a loop runs over; the items of an array are taken out of it one by one."""
        if isinstance(given, np.ndarray) and given.ndim:
            return self._rows(site, given)
        return given

    def _rows(self, site: int, array: np.ndarray) -> Iterator[Any]:
        for at in range(len(array)):
            yield self.note(site, "get", None, (array, at), {}, array[at])

    def each(self, site: int, given: Iterable[Any]) -> Iterator[Any]:
        """A for loop, turn by turn; a turn begins when its item is asked for."""
        if isinstance(given, Sized):
            self.lengths[site] = len(given)
        self._foresee(site, self.items_in.of(given))
        self.begun[site] += 1
        self.running[site] += 1
        self.spent[site] += isinstance(given, types.GeneratorType) and given.gi_frame is None
        items = iter(self.items(site, given))
        if self.recording:
            self.passes.setdefault(site, []).append(len(self.nodes))
        try:
            while True:
                if site in self.items_left:
                    self.items_left[site] -= 1
                self.turn(site)
                try:
                    item = next(items)
                except StopIteration:
                    self._no_turn(site)
                    return
                yield item
        finally:
            self.running[site] -= 1
            if self.at_end is not None:
                self.at_end(site)

    def _foresee(self, site: int, items: int | None) -> None:
        if items is None:
            self.items_left.pop(site, None)
        else:
            self.items_left[site] = items + 1

    def turn(self, site: int) -> None:
        """Another turn of a loop begins."""
        if self.recording:
            self.turns.append((len(self.nodes), site))
        self.at_turn(site)

    def _no_turn(self, site: int) -> None:
        """The turn just begun has found nothing left: what follows belongs to the one before."""
        if not self.recording:
            return
        for at in range(len(self.turns) - 1, -1, -1):
            if self.turns[at][1] == site:
                del self.turns[at]
                return
