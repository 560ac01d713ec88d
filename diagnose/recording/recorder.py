"""What a rewritten program calls for each operation, call and turn: it is done, and on the tape."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from diagnose.recording.calling import (
    BOUND,
    NAMED,
    code_of,
    doing,
    is_any_of,
    is_known,
    noting,
)
from diagnose.recording.choices import (
    FRACTIONS,
    NotInertError,
    Unadded,
    are_numbers,
    are_of_numpy,
    are_single,
    chooses,
    fresh,
    is_held_by,
    is_inert,
)
from diagnose.recording.indexes import is_array
from diagnose.recording.lengths import Lengths, has_length
from diagnose.recording.matrices import index_of, product
from diagnose.recording.nodes import Ref
from diagnose.recording.operations import (
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

ITERATORS = (zip, enumerate, reversed, map, list, tuple, sorted, filter)
ONCE = (types.GeneratorType, map, zip)  # what is gone through only once
# Called by name where nothing but a number is computed (``choosing``).
COMPUTING = (
    math.exp, math.tanh, math.log, math.sqrt, math.pow, pow, abs, float, sum, range, len, np.exp,
    np.tanh, np.log, np.sqrt, np.abs,
)  # fmt: skip
TRUTHS = (bool, np.bool_)
Later = Callable[[], Any]
# What leaves every number as it is, 0 below 0 as well.
NOTHING = {"Add": -0.0, "Sub": 0.0}
SHORT = 32  # numbers; as many classes as anybody has who marks one of them so


class Into:
    """An item that something is stored at when its turn among several targets comes."""

    def __init__(self, store: Callable[[Any, Any, Any], None], owner: Any, index: Any) -> None:
        self.given = store, owner, index

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "item":
            store, owner, index = self.given
            store(value, owner, index)
        else:
            super().__setattr__(name, value)


class Recorder(Tape):
    """A tape, and the methods by which a program that is watched does everything.

    at_turn(site) is called when a loop begins another turn, at_end(site) when a ``for`` has ended,
    in whatever way. own: the files that are watched.
    """

    # Under other names than these might have in a program.
    slice = slice
    next = staticmethod(next)
    Exception = Exception

    def __init__(self, at_turn: Callable[[int], None], own: set[str]) -> None:
        super().__init__(own)
        self.at_turn = at_turn
        self.at_end: Callable[[int], None] | None = None
        self.named: Callable[[int, Sequence[str], Any], None] | None = None
        self.items_in = Lengths()
        self.is_spare = False  # what is done now the program does not do

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

    def opposite(self, left: Any) -> tuple[Any, Any]:
        """``-left``, beside what it is of."""
        return left, -left

    def negated(self, site: int, both: tuple[Any, Any], right: Any) -> Any:
        """``-left @ right``, noted as ``-(left @ right)``: of fractions that is the same number."""
        left, negative = both
        if type(left) is not np.ndarray or left.dtype.kind != "f":
            negative = self.note(site, "unary", "USub", (left,), {}, negative)
            return self.binary(site, "MatMult", negative, right)
        made = negative @ right
        if site in self.unseen or type(made) not in (np.ndarray, np.float64):
            return made
        # but for the sign of a 0, which is the program's own
        product = self.note(site, "binary", "MatMult", (left, right), {}, -made)
        return self.note(site, "unary", "USub", (product,), {}, made)

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
        witness, before = self.witness, self.is_spare
        self.is_spare = True
        if operation != "NotEq":  # what is left out of a sum for a 0 is 0 times something
            self.witness = None
        try:
            with np.errstate(all="ignore"):
                spare = second()
        except Exception:  # it is not what the program asks for
            return made
        finally:
            self.witness, self.is_spare = witness, before
        # a rate that is cut where a loss does not fall has two numbers of Python's for one of
        # NumPy's
        alike = are_numbers if are_numbers(left, right) else are_of_numpy
        if not alike(made, spare):
            return made
        given = (left, right, *((made, spare) if holds else (spare, made)))
        # none of the numbers themselves: which it is depends on the data
        return self.note(site, "choice", operation, given, {}, fresh(made))

    def added(self, *given: Any) -> Any:
        """What is added to a sum, if the test holds."""
        _, _, operation, left, right, *_ = given
        made = self.chosen(*given)
        return made if COMPARE[operation](left, right) else Unadded(made)

    def chooses(self, left: Any, right: Any, owners: Callable[[], Iterable[Any]]) -> bool:
        """Whether a block adds to single numbers, and does so for the sake of two of them."""
        before, self.is_spare = self.is_spare, True
        try:
            return chooses(left, right, owners)
        finally:
            self.is_spare = before

    def tries(self, does: bool) -> None:
        """From now on is done what the program does, or what it does not."""
        self.is_spare = not does

    def inert(self, value: Any) -> Any:
        """A value of the program; NotInertError where that might see what it does not do."""
        if self.is_spare and not is_inert(value):
            raise NotInertError
        return value

    def holder(self, owner: Any, name: str) -> Any:
        """What an attribute is taken from, in the same way."""
        if self.is_spare and not is_held_by(owner, name):
            raise NotInertError
        return owner

    def computing(self, function: Any) -> Any:
        """A function that does nothing but compute, in the same way."""
        if self.is_spare and not is_any_of(function, COMPUTING):
            raise NotInertError
        return function

    def plus(self, site: int, operation: str, left: Any, right: Any) -> Any:
        """``left + right``, where that is left alone if nothing is added."""
        if type(right) is Unadded:
            return self.note(site, "binary", operation, (left, right.zero), {}, fresh(left))
        return self.binary(site, operation, left, right)

    def tested(self, site: int, operation: str, left: Any, right: Any) -> Any:
        """``if left < right:``, of two numbers; what is done then is done for that reason."""
        value = self.compare(site, operation, left, right)
        self._reason(site, operation, left, right, value)
        return value

    def _reason(self, site: int, operation: str, left: Any, right: Any, holds: Any) -> None:
        number = None
        if type(holds) not in TRUTHS:  # what a truth of its own is asked for says once
            self.reasons.append(None)
            return
        holds = bool(holds)
        if tracked(left) or tracked(right):
            if self.recording and not is_array(left) and not is_array(right):
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
        if site not in self.unseen and is_array(owner):
            self.note(site, "attribute", name, (owner,), {}, value)
        return value

    def get(self, site: int, owner: Any, index: Any) -> Any:
        """``owner[index]``."""
        value = owner[index]
        if is_array(owner):
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
        if self.passed_over(site):
            owner[index] = value
            return
        at = index_of(owner, index)
        if not is_array(owner):
            owner[index] = value
        elif self.recording:
            taken = [self.ref(owner), self.taken(at), self.taken(value)]
            owner[index] = value
            self.wrote(site, "store", None, taken, {}, owner)
        else:
            self._tapped(site, "store", (owner, at, value), {}, owner)
            owner[index] = value
        index = at
        if self.origins is not None and is_array(owner) and self.threads(site):
            self.follow(self.origins.stored, site, owner, index)
        if self.witness is not None:
            self.witness(site, "store", None, (owner, index, value), owner)

    def in_place(self, site: int, operation: str, target: Any, value: Any) -> Any:
        """``target += value``."""
        if is_array(target):
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
        if type(value) is Unadded:
            return self.plus(site, operation, target, value)
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
        value = fresh(value)
        if self.recording:
            self.add(site, "leaf", None, [], {}, value)
        return value

    def several(self, site: int, names: Sequence[str], value: Any) -> Any:
        """``a = b = value``."""
        if self.named is not None:
            self.named(site, names, value)
        return value

    def unpacked(self, names: Sequence[str], value: Any) -> Any:
        """``a, b = value``, where each is called what it is called there from now on."""
        if self.recording and self.keeping.always and type(value) in (tuple, list):
            for name, one in zip(names, value, strict=False):
                if name and tracked(one) and (place := self.place_of(one)) is not None:
                    self.unpackings.append((len(self.nodes), self.calls_begun, name, place))
        return value

    def into(self, site: int, owner: Any, index: Any) -> Into:
        """``owner[index]`` as one of several targets, into which something is stored."""
        return Into(partial(self.store, site), owner, index)

    def item(self, site: int, owner: Any, index: Any) -> tuple[Any, Any, Any]:
        """What ``owner[index]`` is before something is added to it."""
        return owner, index, self.get(site, owner, index)

    def change(self, site: int, operation: str, item: tuple[Any, Any, Any], value: Any) -> None:
        """``owner[index] += value``."""
        owner, index, before = item
        self.store(site, self.in_place(site, operation, before, value), owner, index)

    def attribute_of(self, site: int | None, owner: Any, name: str) -> tuple[Any, str, Any]:
        """What ``owner.name`` is before something is added to it."""
        before = getattr(owner, name) if site is None else self.attribute(site, owner, name)
        return owner, name, before

    def change_attribute(
        self, site: int, operation: str, item: tuple[Any, str, Any], value: Any
    ) -> None:
        """``owner.name += value``."""
        owner, name, before = item
        setattr(owner, name, self.in_place(site, operation, before, value))

    def marked(
        self, site: int, other: int, operation: str, item: tuple[Any, Any, Any], value: Any
    ) -> None:
        """``owner[index] += value``; of a short list of numbers, nothing is added to all others.

        So a label that says which number is meant is a target, and the same is done whatever it
        says.
        """
        nothing = NOTHING.get(operation)
        owner, index, _ = item
        is_short = type(owner) is list and 1 < len(owner) <= SHORT and type(index) is int
        if nothing is None or not is_short or not all(type(one) is float for one in owner):
            self.change(other, operation, item, value)
            return
        for at, one in enumerate(owner):
            given = one, float(value) if at == index % len(owner) else nothing
            owner[at] = self.note(site, "binary", operation, given, {}, BINARY[operation](*given))

    # calls, each as an iterator that makes it when it is asked for the value

    def spread(self, hook: str, site: int, function: Any) -> Callable[..., Iterator[Any]]:
        """``function(*several)``, under the name that Python has for the function."""
        does = partial(getattr(self, hook), site, function)
        if issubclass(type(function), NAMED):
            for name in ("__qualname__", "__module__"):
                if hasattr(function, name):
                    setattr(does, name, getattr(function, name))
        return does

    def method(self, site: int, function: Any, /, *args: Any, **kw: Any) -> Iterator[Any]:
        """``owner.name(...)``."""
        owner = function.__self__ if type(function) in BOUND else None
        is_one = is_array(owner)
        if site in self.unseen and not is_one:
            return doing(function, args, kw)
        if not (is_one or type(owner) is float or issubclass(type(owner), np.generic)):
            return self.call(site, function, *args, **kw)
        name = function.__name__
        if name in WRITERS:
            if self.origins is not None and is_one:
                self.follow(self.origins.written, owner)
            if not self.recording:
                return doing(function, args, kw)
            return self._writing(site, "write_method", name, (owner, *args), kw, function, args, kw)
        if name == "resize":
            del owner
            self.forget(function.__self__)
            return doing(function, args, kw)
        given, by_name = with_out_named(getattr(np, name, None), (owner, *args), kw)
        into = by_name.get("out")
        if self.origins is not None and is_array(into):
            self.follow(self.origins.written, into)
        if not self.recording or not is_array(into):
            then = partial(self.note, site, "method", name, given, by_name)
            return doing(function, args, kw, then)
        of = into, *given
        return self._writing(site, "write_call", name, of, by_name, function, args, kw)

    def _writing(
        self, site: int, kind: str, done: Any, given: tuple[Any, ...], named: dict[str, Any],
        function: Any, args: tuple[Any, ...], kw: dict[str, Any],
    ) -> Iterator[Any]:  # fmt: skip
        """Do what writes into the first that it is given, which is taken as it was before."""
        taken = [self.ref(given[0]), *[self.taken(one) for one in given[1:]]]
        by_name, into = self._named(named), given[0]

        def then(made: Any) -> Any:
            self.wrote(site, kind, done, taken, by_name, into)
            if self.witness is not None and kind == "write_call":
                self.witness(site, "call", function, given[1:], made)
            return made

        return doing(function, args, kw, then)

    def call(self, site: int, function: Any, /, *args: Any, **kw: Any) -> Iterator[Any]:
        """``function(...)``."""
        if site in self.unseen:
            return doing(function, args, kw)
        code = code_of(function)
        if code is not None and code.co_filename in self.own:
            return self._own(site, function, args, kw)
        if (self.idle and self.passed_over(site)) or not is_known(function):
            return doing(function, args, kw)
        if self.origins is None or not self.threads(site):
            return self._call(site, function, args, kw)
        moved = self.follow(foreseen, function, args, kw)

        def then(made: Any) -> Any:
            if self.origins is not None:
                given, named = with_out_named(function, args, kw)
                self.follow(self.origins.called, site, function, given, named, made, moved)
            return made

        return map(then, self._call(site, function, args, kw))

    def _call(
        self, site: int, function: Any, args: tuple[Any, ...], kw: dict[str, Any]
    ) -> Iterator[Any]:
        at = called_for_each(function)
        if at is not None and at < len(args) and self._is_own(args, kw):
            items = [self.items(site, one) if function is map else one for one in args[at + 1 :]]
            return doing(function, (*args[:at], self.each(site, args[at]), *items), kw)
        if is_any_of(function, ITERATORS):
            if self.noticed is not None:
                self.noticed.add(site)  # of which nothing is noted
            start = 1 if function in (map, filter) else 0
            turned = [
                self.items(site, one) if at >= start and function is not reversed else one
                for at, one in enumerate(args)
            ]
            return doing(function, turned, kw, partial(self.items_in.made, function, args))
        given, by_name = with_out_named(function, args, kw)
        if (same := in_place_of(function, given, by_name)) and is_array(same[1]):
            return map(self.in_place, (site,), *((one,) for one in same))
        if not self.recording:
            then = partial(self.note, site, "call", function, given, by_name)
            return doing(function, args, kw, then)
        into = by_name.get("out")
        if into is None and args and writes_first(function):
            into = args[0]
        if is_array(into):
            of = into, *given
            return self._writing(site, "write_call", function, of, by_name, function, args, kw)
        seen = args
        if args and type(args[0]) in ONCE and is_any_of(function, (sum, min, max)):
            seen, args = ([], *args[1:]), (args[0], *args[1:])
            args = (noting(args[0], seen[0]), *args[1:])

        def noted(value: Any) -> Any:
            if is_any_of(function, (max, min)) and (type(value) in FRACTIONS or are_numbers(*seen)):
                value = fresh(value)  # which of the numbers it is depends on the data
            return self.note(site, "call", function, seen, kw, value)

        return doing(function, args, kw, noted)

    def _is_own(self, args: tuple[Any, ...], kw: dict[str, Any]) -> bool:
        """Whether one of the program's functions is handed over."""
        return any(
            one.__code__.co_filename in self.own
            for one in (*args, *kw.values())
            if isinstance(one, types.FunctionType | types.MethodType)
        )

    def _own(
        self, site: int, function: Any, args: tuple[Any, ...], kw: dict[str, Any]
    ) -> Iterator[Any]:
        """Call a function that is watched itself; remember what was done within."""
        self.passed_over(site)
        nodes, start = self.nodes, len(self.nodes)
        given = self._given(function, args, kw) if self.recording and self.keeping.always else {}
        self.calls_begun += 1
        number = self.calls_begun

        def then(made: Any) -> Any:
            if self.nodes is nodes and len(nodes) > start:
                done = start, len(self.nodes), site
                self.calls_done.append(done)
                self.calls_numbers[done] = number
                if given:
                    self.given[done] = given
            return made

        return doing(function, args, kw, then)

    def _given(self, function: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> dict[str, Ref]:
        """What a function is given that is on the tape, by the names of its parameters.

        A method is given what its object holds.
        """
        plain = getattr(function, "__func__", function)
        names = getattr(getattr(plain, "__code__", None), "co_varnames", ())
        held: dict[str, Any] = {}
        if plain is not function and names:
            of, *names = names
            with suppress(AttributeError):  # it may have slots
                its = object.__getattribute__(function.__self__, "__dict__")
                held = {f"{of}.{name}": value for name, value in its.items()}
        named = {**held, **dict(zip(names, args, strict=False)), **kw}
        places = {name: self.place_of(one) for name, one in named.items() if tracked(one)}
        return {name: place for name, place in places.items() if place is not None}

    # loops

    def items(self, site: int, given: Any) -> Any:
        """What a loop runs over; the items of an array are taken out of it one by one."""
        if is_array(given) and given.ndim:
            return self._rows(site, given)
        return given

    def _rows(self, site: int, array: np.ndarray) -> Iterator[Any]:
        for at, value in enumerate(array):
            if site not in self.unseen and not self._only_took(site, array, at, value):
                self.note(site, "get", None, (array, at), {}, value)
            yield value

    def each(self, site: int, given: Iterable[Any]) -> Iterator[Any]:
        """A for loop, turn by turn; a turn begins when its item is asked for."""
        items = self.items_in.of(given)
        if items is not None and has_length(given):
            self.lengths[site] = items
        self._foresee(site, items)
        self.begun[site] += 1
        self.running[site] += 1
        self.spent[site] += type(given) is types.GeneratorType and given.gi_frame is None
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
