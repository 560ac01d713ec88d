"""What a rewritten program calls for each operation, call and turn: it is done, and on the tape."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from functools import partial
from typing import Any

import numpy as np

from diagnose.recording.choices import are_numbers, are_of_numpy, are_single, chooses
from diagnose.recording.lengths import Lengths
from diagnose.recording.matrices import index_of, product
from diagnose.recording.nodes import Ref
from diagnose.recording.operations import (
    ARRAYS,
    BINARY,
    COMPARE,
    IN_PLACE,
    UNARY,
    WRITERS,
    as_joining,
    in_place_of,
    with_out_named,
    writes_first,
)
from diagnose.recording.repeating import called_for_each
from diagnose.recording.tape import Tape, tracked
from diagnose.recording.threads import foreseen

OPPOSITE = {"Lt": "GtE", "GtE": "Lt", "Gt": "LtE", "LtE": "Gt"}
ITERATORS = (zip, enumerate, reversed, map, list, tuple, sorted, filter)
Later = Callable[[], Any]
# What leaves every number as it is, 0 below 0 as well.
NOTHING = {"Add": -0.0, "Sub": 0.0}
SHORT = 32  # numbers; as many classes as anybody has who marks one of them so


class Recorder(Tape):
    """A tape, and the methods by which a program that is watched does everything.

    at_turn(site) is called when a loop begins another turn, at_end(site) when a ``for`` has ended,
    in whatever way. own: the files that are watched.
    """

    chooses = staticmethod(chooses)

    def __init__(self, at_turn: Callable[[int], None], own: set[str]) -> None:
        super().__init__(own)
        self.at_turn = at_turn
        self.at_end: Callable[[int], None] | None = None
        self.named: Callable[[int, Sequence[str], Any], None] | None = None
        self.items_in = Lengths()

    # operations, as the rewritten program calls them

    def binary(self, site: int, operation: str, left: Any, right: Any) -> Any:
        """``left + right``."""
        value = BINARY[operation](left, right)
        if site in self.unseen:
            return value
        if self.idle and site in self.quick:
            self.quick[site](left, right, value)
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

    def chosen(
        self, test: int, site: int, operation: str, left: Any, right: Any, one: Later, other: Later
    ) -> Any:
        """``one() if left < right else other()``; of numbers, the other one is computed as well."""
        holds = self.compare(test, operation, left, right)
        first, second = (one, other) if holds else (other, one)
        made = first()
        if not are_single(left, right):
            return made
        witness = self.witness
        if operation != "NotEq":  # what is left out of a sum for a 0 is 0 times something
            self.witness = None
        try:
            with np.errstate(all="ignore"):
                spare = second()
        except Exception:  # it is not what the program asks for
            return made
        finally:
            self.witness = witness
        # a rate that is cut where a loss does not fall has two numbers of Python's for one of
        # NumPy's
        alike = are_numbers if are_numbers(left, right) else are_of_numpy
        if not alike(made, spare):
            return made
        given = (left, right, *((made, spare) if holds else (spare, made)))
        # none of the numbers themselves: which it is depends on the data
        return self.note(site, "choice", operation, given, {}, made * 1.0)

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
            if not self._only_took(site, owner, index, value):
                self.note(site, "get", None, (owner, index), {}, value)
        elif joining := as_joining(owner, index):
            self.note(site, "call", joining, (index,), {}, value)
        elif isinstance(value, np.ndarray | list):
            if self.origins is not None:
                self.follow(self.origins.got, owner, value)
            if self.rows is not None and type(value) is list:
                self.rows(site, owner, index, value)
        elif self.noticed is not None:
            self.noticed.add(site)
        return value

    def _only_took(self, site: int, owner: Any, index: Any, value: Any) -> bool:
        """Of a row, where nobody looks: it is known where it was taken, and nothing else is done.

        As ``note`` does it, which asks more; of each of many samples some are taken.
        """
        if not self.idle or site not in self.threaded or site in self.taps:
            return False
        if self.origins is not None and type(owner) is np.ndarray:
            self.follow(self.origins.made, site, "get", None, (owner, index), {}, value)
            return True
        return False

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

    def marked(
        self, site: int, other: int, operation: str, owner: Any, index: Any, value: Any
    ) -> None:
        """``owner[index] += value``; of a short list of numbers, nothing is added to all others.

        So a label that says which number is meant is a target, and the same is done whatever it
        says.
        """
        nothing = NOTHING.get(operation)
        is_short = type(owner) is list and 1 < len(owner) <= SHORT and type(index) is int
        if nothing is None or not is_short or not all(type(one) is float for one in owner):
            self.change(other, operation, owner, index, value)
            return
        owner[index]  # stops where the program does
        for at, one in enumerate(owner):
            given = one, float(value) if at == index % len(owner) else nothing
            owner[at] = self.note(site, "binary", operation, given, {}, BINARY[operation](*given))

    def method(self, site: int, owner: Any, name: str, /, *args: Any, **kw: Any) -> Any:
        """``owner.name(...)``."""
        function = getattr(owner, name)
        if site in self.unseen and not isinstance(owner, np.ndarray):
            return function(*args, **kw)
        if not (isinstance(owner, ARRAYS) or type(owner) is float):
            return self.call(site, function, *args, **kw)
        if name in WRITERS:
            if self.origins is not None and isinstance(owner, np.ndarray):
                self.follow(self.origins.written, owner)
            if not self.recording:
                return function(*args, **kw)
            do = partial(function, *args, **kw)
            return self._writing(site, "write_method", name, (owner, *args), kw, do)
        given, by_name = with_out_named(getattr(np, name, None), (owner, *args), kw)
        into = by_name.get("out")
        if self.origins is not None and isinstance(into, np.ndarray):
            self.follow(self.origins.written, into)
        if not self.recording or not isinstance(into, np.ndarray):
            return self.note(site, "method", name, given, by_name, function(*args, **kw))
        do = partial(function, *args, **kw)
        return self._writing(site, "write_call", name, (into, *given), by_name, do)

    def _writing(
        self, site: int, kind: str, done: Any, given: tuple[Any, ...], kw: dict[str, Any],
        do: Callable[[], Any],
    ) -> Any:  # fmt: skip
        """Do what writes into the first that it is given, which is taken as it was before."""
        taken = [self.ref(given[0]), *[self.taken(one) for one in given[1:]]]
        named = self._named(kw)
        made = do()
        self.wrote(site, kind, done, taken, named, given[0])
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
        at = called_for_each(function)
        if at is not None and at < len(args) and self._is_own(args, kw):
            items = [self.items(site, one) if function is map else one for one in args[at + 1 :]]
            return function(*args[:at], self.each(site, args[at]), *items, **kw)
        if isinstance(function, type) and function in ITERATORS:
            if self.noticed is not None:
                self.noticed.add(site)  # of which nothing is noted
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
        if into is None and args and writes_first(function):
            into = args[0]
        if isinstance(into, np.ndarray):
            do = partial(function, *args, **kw)
            return self._writing(site, "write_call", function, (into, *given), by_name, do)
        value = function(*args, **kw)
        if function in (max, min) and (isinstance(value, float) or are_numbers(*args)):
            value = value * 1.0  # none of the numbers themselves: which it is depends on the data
        return self.note(site, "call", function, args, kw, value)

    def _is_own(self, args: tuple[Any, ...], kw: dict[str, Any]) -> bool:
        """Whether one of the program's functions is handed over."""
        return any(
            one.__code__.co_filename in self.own
            for one in (*args, *kw.values())
            if isinstance(one, types.FunctionType | types.MethodType)
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
        given = self._given(function, args, kw) if self.recording and self.keeping.always else {}
        made = function(*args, **kw)
        if len(self.nodes) > start:
            done = start, len(self.nodes), site
            self.calls_done.append(done)
            if given:
                self.given[done] = given
        return made

    def _given(self, function: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> dict[str, Ref]:
        """What a function is given that is on the tape, by the names of its parameters."""
        plain = getattr(function, "__func__", function)
        names = getattr(getattr(plain, "__code__", None), "co_varnames", ())
        if plain is not function:
            names = names[1:]
        named = {**dict(zip(names, args, strict=False)), **kw}
        places = {name: self.place_of(one) for name, one in named.items() if tracked(one)}
        return {name: place for name, place in places.items() if place is not None}

    # loops

    def items(self, site: int, given: Any) -> Any:
        """What a loop runs over; the items of an array are taken out of it one by one."""
        if isinstance(given, np.ndarray) and given.ndim:
            return self._rows(site, given)
        return given

    def _rows(self, site: int, array: np.ndarray) -> Iterator[Any]:
        for at in range(len(array)):
            value = array[at]
            if site not in self.unseen and not self._only_took(site, array, at, value):
                self.note(site, "get", None, (array, at), {}, value)
            yield value

    def each(self, site: int, given: Iterable[Any]) -> Iterator[Any]:
        """A for loop, turn by turn; a turn begins when its item is asked for."""
        items = self.items_in.of(given)
        if items is not None and isinstance(given, Sized):
            self.lengths[site] = items
        self.over[site] = given if isinstance(given, np.ndarray | range | list) else None
        self._foresee(site, items)
        self.begun[site] += 1
        self.running[site] += 1
        self.spent[site] += isinstance(given, types.GeneratorType) and given.gi_frame is None
        several = iter(self.items(site, given))
        if self.recording:
            self.passes.setdefault(site, []).append(len(self.nodes))
        try:
            while True:
                if site in self.items_left:
                    self.items_left[site] -= 1
                self.turn(site)
                try:
                    item = next(several)
                except StopIteration:
                    self.ran_out[site] += 1
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

    def begins_while(self, site: int) -> None:
        """A while loop is come to; its turns are told one by one."""
        self.whiles[site] += 1

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
