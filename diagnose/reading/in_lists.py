"""Numbers in a list that a program takes for one array: a bias as ``[0.0] * 5`` beside matrices.

Such numbers are stepped one by one, in a loop over the list, and ``x @ W + b`` or ``np.array(b)``
takes them all at once. Where each of them is made by the same operations, of its own place in other
arrays, these operations are done here once, with whole arrays: as the step would be if its author
had written ``b -= rate * g``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.reading.loops import Key, Loop, name_of
from diagnose.reading.not_read import NotReadError
from diagnose.reading.own_places import ApartError, Members, UnlikeNumbersError, out_of_an_array
from diagnose.reading.row_tape import Change, RowLoop
from diagnose.reading.steps import same
from diagnose.recording.nodes import Const, Group, Listed, Node, Ref, Taken, leaves
from diagnose.recording.rewriting import Site

# What returns a single number as it is.
SAME = {"float", "float64"}
APART = "the numbers of this list are not all stepped alike"

Path = tuple[Any, ...]


def as_arrays(loop: Loop) -> Loop:
    """The loop with the numbers of each list as one array; as it is where they are none."""
    lists, last = _Lists(loop), _last(loop)
    if last < 1:
        return loop
    lists.seek(last)
    if not lists.shapes and not lists.goals:
        return loop
    try:
        return lists.made(last)
    except UnlikeNumbersError:
        return loop


def stepped_apart(loop: Loop, sites: Sequence[Site]) -> NotReadError | None:
    """What to say of a loop that takes a list as one array and steps its numbers otherwise.

    With the line that takes it. None where they are stepped alike, or it cannot be told.
    """
    lists, last = _Lists(loop), _last(loop)
    if last < 1:
        return None
    lists.seek(last)
    at = lists.halves[0] if lists.halves else None
    try:
        if at is None and lists.shapes:
            lists.made(last)
    except ApartError as error:
        own = (place for place, one in lists.places.items() if one == error.members)
        key, _ = next(own, next(iter(lists.places)))
        at = loop.number_of(last, key)
    except UnlikeNumbersError:
        return None
    return None if at is None else NotReadError(APART, sites[loop.tape.nodes[at].site])


def _last(loop: Loop) -> int:
    """The last turn that is whole."""
    return len(loop.starts) - 2


def _number(taken: Taken) -> int:
    return taken.node if isinstance(taken, Ref) else -1


def _shape(group: Taken) -> tuple[int, ...]:
    """The shape of a list of lists that are equally long; UnlikeNumbersError of any other."""
    if not isinstance(group, Group):
        return ()
    inner = {_shape(one) for one in group.items}
    if group.of not in (list, tuple) or len(inner) != 1:
        raise UnlikeNumbersError
    return (len(group.items), *inner.pop())


def _groups(taken: Any, path: Path = ()) -> Iterator[tuple[Path, Group]]:
    """The lists and tuples of equally long ones in what an operation takes, outermost."""
    if isinstance(taken, Group):
        try:
            _shape(taken)
        except UnlikeNumbersError:
            within: Any = enumerate(taken.items)
        else:
            yield path, taken
            return
    elif isinstance(taken, Ref | Const):
        return
    else:
        within = taken.items() if isinstance(taken, dict) else enumerate(taken)
    for at, one in within:
        yield from _groups(one, (*path, at))


@dataclass(eq=False)
class _Lists:
    """The lists of a loop.

    shapes: of each, by its members. places: where a turn takes each, by the key of the operation
    and the way, which tells what it was in the first turn of all; began: what that was. goals: the
    places of lists of numbers that a turn makes, as those are that look ahead. halves: operations
    that take lists of which some numbers are stepped and others are not.
    """

    loop: Loop
    shapes: dict[Members, tuple[int, ...]] = field(default_factory=dict)
    places: dict[tuple[Key, Path], Members] = field(default_factory=dict)
    began: dict[Members, Group] = field(default_factory=dict)
    goals: dict[tuple[Key, Path], tuple[int, ...]] = field(default_factory=dict)
    halves: list[int] = field(default_factory=list)

    def seek(self, turn: int) -> None:
        """Find where a turn takes lists of numbers that are stepped, as arrays."""
        keys = {key for key in self.loop.state(turn) if key[0] == "made"}
        ordinals = self.loop.ordinals(turn)
        for node in self.loop.nodes(turn) if keys else ():
            if not isinstance(node.value, np.ndarray):
                continue
            for path, group in _groups((node.args, node.kw)):
                every = [one for _, one in leaves(group)]
                members = tuple(
                    self.loop.key(one, turn) or () if isinstance(one, Ref) else () for one in every
                )
                place = ordinals[node.number], path
                if not all(map(self.is_number, every)):
                    continue
                if members and keys.issuperset(members) and len({*members}) == len(members):
                    self.shapes[members] = _shape(group)
                    self.places[place] = members
                elif not keys.isdisjoint(members) and keys.union([()]).issuperset(members):
                    self.halves.append(node.number)
                elif {*members} == {()} and self._is_goal(turn, every):
                    goal = _Lists(self.loop, goals={place: _shape(group)})
                    try:
                        goal.look(turn)
                    except ApartError:
                        self.halves += [node.number] if goal.shapes else []
                        continue
                    except UnlikeNumbersError:
                        continue
                    if goal.shapes:
                        self.goals |= goal.goals

    def is_number(self, one: Ref | Const) -> bool:
        """Whether a value is a single number, and known."""
        value = one.value if isinstance(one, Const) else self.loop.tape.nodes[one.node].value
        return isinstance(value, int | float | np.number)

    def _is_goal(self, turn: int, every: list[Ref | Const]) -> bool:
        """Whether a turn makes each of some numbers."""
        numbers = {_number(one) for one in every}
        return min(numbers) >= self.loop.starts[turn] and len(numbers) == len(every)

    def look(self, turn: int) -> None:
        """Find what is carried for the numbers of a list; UnlikeNumbersError where they differ."""
        _Turn(self, turn, Change(self.loop.tape), is_first_look=True).lift()

    def made(self, last: int) -> Loop:
        """The loop, changed, up to a turn."""
        loop = self.loop
        self.look(last)
        change = Change(loop.tape)
        turns = [_Turn(self, turn, change) for turn in range(last + 1)]
        for one in turns:
            one.lift()
        used = {number for one in turns for number in one.used}
        if any(number in used for one in turns for number in one.loose()):
            raise UnlikeNumbersError
        for number in used - {*change.nodes}:
            change.nodes[number] = _emptied(loop, loop.tape.nodes[number])
        tape = change.made()
        tape.listed = {
            members[-1]: Listed(members, shape, self.began.get(members))
            for members, shape in self.shapes.items()
        }
        return RowLoop(tape=tape, site=loop.site, starts=loop.starts, seen=loop)


def _emptied(loop: Loop, node: Node) -> Node:
    """An operation that nothing needs any more: it takes what it took as it was."""
    made = copy(node)
    made.kw = {}
    made.args = [
        Const(loop.tape.nodes[one.node].value) if isinstance(one, Ref) else one
        for one in node.args
        if isinstance(one, Ref | Const)
    ]
    return made


@dataclass(eq=False)
class _Turn:
    """A turn in which what is done for each number of a list is done once.

    known: the array that stands for numbers, by their operations. used: the operations that are
    done no more, or with whole arrays; plain: numbers that are taken as they are; wide: what stands
    for the numbers of a list.
    """

    lists: _Lists
    turn: int
    change: Change
    is_first_look: bool = False
    known: dict[tuple[int, ...], Ref] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    plain: set[int] = field(default_factory=set)
    wide: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.loop = self.lists.loop
        self.nodes = self.loop.tape.nodes
        self.start = self.loop.starts[self.turn]
        self.ordinals = self.loop.ordinals(self.turn)
        self.replaced: dict[int, list[Path]] = {}

    def lift(self) -> None:
        """Change the tape; UnlikeNumbersError where the numbers of a list are not made alike."""
        todo, done = list(self.lists.shapes), set[Members]()
        if self.turn:
            for members in todo:
                self._carry(members)
        for (key, path), shape in self.lists.goals.items():
            self._reach(key, path, shape)
        todo = list(self.lists.shapes)
        while todo:
            members = todo.pop()
            done.add(members)
            shape = self.lists.shapes[members]
            try:
                made = self._lifted([Ref(one, 0) for one in self._made(members, self.turn)], shape)
            except ApartError:
                raise ApartError(members) from None
            if not self._is_wide(made):
                raise UnlikeNumbersError
            todo += [one for one in self.lists.shapes if one not in done and one not in todo]
        for node in self.loop.nodes(self.turn):
            self._replace(node)

    def _reach(self, key: Key, path: Path, shape: tuple[int, ...]) -> None:
        """Make the numbers of a list at once that a turn makes."""
        number = self.loop.number_of(self.turn, key)
        node = self.nodes[number] if number is not None else None
        found = [] if node is None else [*_groups((node.args, node.kw))]
        group = next((one for way, one in found if way == path), None)
        if group is None or _shape(group) != shape:
            raise UnlikeNumbersError
        made = self._lifted([one for _, one in leaves(group)], shape)
        if not self._is_wide(made):
            raise UnlikeNumbersError

    def loose(self) -> Iterator[int]:
        """What is taken by itself, and not as one of a list."""
        yield from self.plain
        for node in self.loop.nodes(self.turn):
            if node.number in self.used:
                continue
            ways = self.replaced.get(node.number, [])
            for path, one in leaves((node.args, node.kw)):
                if isinstance(one, Ref) and not any(path[: len(way)] == way for way in ways):
                    yield one.node

    def _made(self, members: Members, turn: int) -> tuple[int, ...]:
        found = [self.loop.number_of(turn, key) for key in members]
        numbers = tuple(one for one in found if one is not None)
        if len(numbers) < len(members):
            raise ApartError
        return numbers

    def _carry(self, members: Members) -> Ref:
        """The array that a list is when the turn begins."""
        before = self._made(members, self.turn - 1)
        self.known[before] = Ref(before[-1], 0)
        self.wide.add(before[-1])
        return self.known[before]

    def _replace(self, node: Node) -> None:
        """Let an operation take the array that stands for a list of numbers."""
        if node.number in self.used:
            return
        other: Node | None = None
        for path, group in _groups((node.args, node.kw)):
            one = self._instead(node, path, group)
            if one is not None:
                other = other or copy(node)
                other.args, other.kw = _put((other.args, other.kw), path, one)
                self.replaced.setdefault(node.number, []).append(path)
        if other is not None:
            self.change.nodes[node.number] = other

    def _instead(self, node: Node, path: Path, group: Group) -> Taken | None:
        members = self.lists.places.get((self.ordinals[node.number], path))
        if not self.turn and members is not None:
            self.lists.began[members] = group
            return self._array([one for _, one in leaves(group)], self.lists.shapes[members])
        return self.known.get(tuple(_number(one) for _, one in leaves(group)))

    def _is_before(self, several: Sequence[Ref | Const]) -> bool:
        """Whether numbers were made before the first turn, if only out of sight."""
        made = [self.nodes[one.node] for one in several if isinstance(one, Ref)]
        return all(one.number < self.start or one.kind == "leaf" for one in made)

    def _array(self, several: Sequence[Ref | Const], shape: tuple[int, ...]) -> Const:
        """Numbers that were there before the first turn."""
        values = [self._value(one) for one in several]
        if not self._is_before(several) or not all(map(self.lists.is_number, several)):
            raise UnlikeNumbersError
        return Const(np.reshape(np.array(values, dtype=float), shape))

    def _value(self, taken: Ref | Const) -> Any:
        if isinstance(taken, Const):
            return taken.value
        return self.change.nodes.get(taken.node, self.nodes[taken.node]).value

    def _lifted(
        self, several: list[Any], shape: tuple[int, ...], place: tuple[Key, Path] | None = None
    ) -> Taken:
        """What stands for a number of each member of a list: an array, or what is one for all."""
        if all(isinstance(one, Const) for one in several):
            if all(same(one.value, several[0].value) for one in several):
                return several[0]
            raise ApartError
        if not all(isinstance(one, Ref) for one in several):
            raise UnlikeNumbersError
        numbers = tuple(one.node for one in several)
        if numbers in self.known:
            return self.known[numbers]
        if (carried := self._carried(several, shape, place)) is not None:
            return carried
        if len({*numbers}) == 1 and (len(numbers) > 1 or numbers[0] < self.start):
            return self._as_it_is(several[0])
        try:
            return self._made_alike(numbers, shape)
        except UnlikeNumbersError:
            if len(numbers) > 1 or numbers[0] in self.used:
                raise
            return self._as_it_is(several[0])

    def _carried(
        self, several: list[Ref], shape: tuple[int, ...], place: tuple[Key, Path] | None
    ) -> Taken | None:
        """What is carried for each member, such as its velocity; None for what is made anew."""
        if not self.turn:
            known = self.lists.places.get(place) if place else None
            is_one = len({one.node for one in several}) == 1 and known is None
            if is_one or not self._is_before(several):
                return None
            if known is not None and len(shape) == 1:
                self.lists.began.setdefault(known, Group(list, list(several)))
            return self._array(several, shape)
        members = tuple(self.loop.key(one, self.turn) or () for one in several)
        if not self.is_first_look or () in members or len({*members}) < len(members):
            return None
        if any(key[0] != "made" for key in members) or place is None:
            return None
        self.lists.shapes[members] = shape
        self.lists.places[place] = members
        return self._carry(members)

    def _is_wide(self, taken: Taken) -> bool:
        """Whether what is taken stands for the numbers of a list, and not for one of all."""
        if isinstance(taken, Const):
            return isinstance(taken.value, np.ndarray)
        return isinstance(taken, Ref) and taken.node in self.wide

    def _as_it_is(self, one: Ref) -> Ref:
        if np.ndim(self.nodes[one.node].value) or self.nodes[one.node].value is None:
            raise UnlikeNumbersError
        self.plain.add(one.node)
        return one

    def _made_alike(self, numbers: tuple[int, ...], shape: tuple[int, ...]) -> Ref:
        """The operation that makes all of some numbers at once."""
        every = [self.nodes[one] for one in numbers]
        last = every[-1]
        if len({*numbers}) < len(numbers) or min(numbers) < self.start or last.kw:
            raise UnlikeNumbersError
        if not all(isinstance(one.value, int | float | np.number) for one in every):
            raise UnlikeNumbersError
        if any((one.kind, one.done) != (last.kind, last.done) for one in every):
            raise ApartError
        if any(
            (one.site, one.kind, one.done, len(one.args))
            != (last.site, last.kind, last.done, len(last.args))
            for one in every
        ):
            raise UnlikeNumbersError
        if last.kind == "call" and name_of(last) in SAME and len(last.args) == 1:
            inner = self._lifted([one.args[0] for one in every], shape)
            if not isinstance(inner, Ref):
                raise UnlikeNumbersError
            self.used.update(numbers)
            self.known[numbers] = inner
            return inner
        made = copy(last)
        if last.kind == "get":
            made.args = out_of_an_array(self.nodes, self.start, every, shape)
        elif last.kind in ("binary", "unary"):
            key = self.ordinals[last.number]
            made.args = [
                self._lifted([one.args[at] for one in every], shape, (key, (0, at)))
                for at in range(len(last.args))
            ]
        else:
            raise UnlikeNumbersError
        if last.kind == "get" or any(map(self._is_wide, made.args)):
            self.wide.add(last.number)
            made.value = np.reshape(np.array([one.value for one in every], dtype=float), shape)
        self.change.nodes[last.number] = made
        self.used.update(numbers)
        self.known[numbers] = Ref(last.number, 0)
        return self.known[numbers]


def _put(taken: Any, path: Path, one: Taken) -> Any:
    """What an operation takes, with something else at the end of a way."""
    if not path:
        return one
    if isinstance(taken, Group):
        made = copy(taken)
        made.items = _put(taken.items, path, one)
        return made
    if isinstance(taken, dict):
        return {name: _put(each, path[1:], one) if name == path[0] else each
                for name, each in taken.items()}  # fmt: skip
    inner = [_put(each, path[1:], one) if at == path[0] else each for at, each in enumerate(taken)]
    return tuple(inner) if isinstance(taken, tuple) else inner
