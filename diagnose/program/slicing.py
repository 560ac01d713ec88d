"""One turn of the loop that trains, taken off the tape as a graph of pure operations.

On the tape arrays are written into, and views look at the memory of others. Here each write makes a
new value of the whole memory, and a view is looked up in what that is by then: at places that are
found by doing with an array of numbers 0, 1, 2, ... what made the view.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from diagnose.program.graph import (
    CARRIED,
    DRAWN,
    GIVEN,
    Frame,
    Graph,
    Input,
    Key,
    Operation,
    Slot,
    slots,
)
from diagnose.program.numbering import numbered
from diagnose.reading.loops import Loop, name_of
from diagnose.reading.writing import WRITES
from diagnose.recording.nodes import Const, Node, Ref, Taken
from diagnose.recording.operations import ADDS, BINARY, COMPARE, UNARY, is_added_at, is_random
from diagnose.recording.sites import Site
from diagnose.recording.tape import Tape

NOTHING_DONE = ("branch", "spare")
# How single numbers are carried of which nothing is made.
LOSS = "loss"
# And how all is called that is made, where nothing is carried.
EVERY = "every"
# Which of what a place made a single number is that was made before the last turn.
EARLIER = "earlier"
# Operations whose operands are numbers that may be data, such as targets, where they are not known
# to the tape, as Python's integers are not.
RECKONING = ("binary", "in_place", "compare", "choice", "unary")


def chosen(operation: str, left: Any, right: Any, one: Any, other: Any) -> Any:
    """``one if left < right else other``."""
    return one if COMPARE[operation](left, right) else other


def scattered(old: Any, index: Any, new: Any) -> Any:
    """An array with something else at some places."""
    made = np.array(old)
    made[index] = new
    return made


def added_at(old: Any, index: Any, new: Any) -> Any:
    """An array with something added at some places, each as often as it comes."""
    made = np.array(old)
    np.add.at(made, index, new)
    return made


def as_kind_of(old: Any, new: Any) -> Any:
    """What an array holds once a value was written into all of it."""
    old = np.asarray(old)
    return np.array(np.broadcast_to(np.asarray(new), old.shape).astype(old.dtype, copy=False))


def sliced(loop: Loop, turn: int, sites: Sequence[Site], *, losses: bool = False) -> Graph:
    """The graph of a turn: what leads to its new state, or to anything else that it carries on.

    losses: also what leads to numbers of which nothing is made, such as those that are printed.
    """
    return _Slicer(loop, turn, sites).graph(losses=losses)


def noted(tape: Tape, sites: Sequence[Site]) -> Graph:
    """The graph of all that stands on a tape, of whatever comes of it."""
    return _Slicer(Loop(tape, -1, [0]), 0, sites).graph(everything=True)


class _Slicer:
    """Goes through the operations of a turn once.

    values: the number of what each node of the tape made. memory: the number of what each memory
    that is written into holds by now; places: where in it the array of a node lies. made_at: the
    place where an earlier turn made a single number that this one takes.
    """

    def __init__(self, loop: Loop, turn: int, sites: Sequence[Site]) -> None:
        self.loop, self.turn, self.tape, self.sites = loop, turn, loop.tape, sites
        self.start, self.end = loop.starts[turn], loop.end(turn)
        self.written = {
            node.root for node in loop.nodes(turn) if node.kind in WRITES and node.root is not None
        }
        self.inputs: list[Input] = []
        self.input_values: list[Any] = []
        self.operations: list[Operation] = []
        self.made: list[Any] = []
        # inputs are numbered below 0 until all of them are known
        self.values: dict[int, int] = {}
        self.memory: dict[int, int] = {}
        self.places: dict[int, np.ndarray] = {}
        self.seen: dict[tuple[int, int], int] = {}
        self.keys: dict[Key, int] = {}
        self.made_at: dict[int, int] = {}
        self.calls, self.frames = self._calls()

    def graph(self, *, losses: bool = False, everything: bool = False) -> Graph:
        """The graph of what leads to the new state, or of everything."""
        for node in self.loop.nodes(self.turn):
            if node.kind not in NOTHING_DONE:
                self._add(node)
        results = self._results() | (self._numbers() if losses else {})
        if everything:
            results = {(EVERY, at): at for at in range(len(self.operations))}
        bound: dict[Frame, tuple[tuple[str, int], ...]] = {
            call: tuple(
                (name, self.values[ref.node]) for name, ref in given.items()
                if ref.node in self.values
            )
            for call, given in self.tape.given.items() if self.start <= call[0] < self.end
        }  # fmt: skip
        for frame, several in self._unpacked().items():
            bound[frame] = (*bound.get(frame, ()), *several)
        return numbered(self.inputs, self.input_values, self.operations, self.made, results, bound)

    def _unpacked(self) -> dict[Frame, list[tuple[str, int]]]:
        """What values were unpacked to, by the innermost call in which that was done."""
        found: dict[Frame, list[tuple[str, int]]] = {}
        within = [one for one in self.tape.calls_done if self.start <= one[0] < self.end]
        for at, begun, name, ref in self.tape.unpackings:
            if self.start <= at < self.end and ref.node in self.values:
                calls = [one for one in within if one[0] <= at <= one[1]
                         and self.tape.calls_numbers[one] <= begun and one[1] > at]  # fmt: skip
                frame: Frame = max(calls, key=lambda one: (one[0], -one[1]), default=())
                found.setdefault(frame, []).append((name, self.values[ref.node]))
        return found

    def _calls(self) -> tuple[dict[int, tuple[int, ...]], dict[int, Frame]]:
        """The calls within which each operation of the turn was done, the outermost first.

        And the innermost of them by itself.
        """
        found: dict[int, tuple[int, ...]] = {}
        frames: dict[int, Frame] = {}
        within = [one for one in self.tape.calls_done if self.start <= one[0] < self.end]
        for first, last, site in sorted(within, key=lambda one: (one[0], -one[1])):
            for number in range(first, min(last, self.end)):
                found[number] = (*found.get(number, ()), site)
                frames[number] = (first, last, site)
        return found, frames

    # what an operation takes

    def _input(self, kind: str, key: Key | None, value: Any, site: int, name: str = "") -> int:
        number = -1 - len(self.inputs)
        self.inputs.append(Input(value=number, kind=kind, key=key, site=site, name=name))
        self.input_values.append(np.array(value) if isinstance(value, np.ndarray) else value)
        return number

    def _template(self, taken: Taken, node: Node, path: tuple[int, ...]) -> Any:
        if isinstance(taken, Ref):
            return Slot(self._value(taken, node))
        if isinstance(taken, Const):
            if self._may_be_data(taken.value, node, path):
                return Slot(self._input(GIVEN, None, taken.value, node.site, f"{path}"))
            return taken.value
        items = [self._template(one, node, (*path, at)) for at, one in enumerate(taken.items)]
        if taken.of is slice:
            return slice(*items)
        if taken.of is dict:
            return dict(zip(taken.keys or (), items, strict=True))
        return taken.of(items)

    @staticmethod
    def _may_be_data(value: Any, node: Node, path: tuple[int, ...]) -> bool:
        if type(value) is not int or len(path) > 2:
            return False
        return node.kind in RECKONING or (node.kind == "store" and path[:1] == (2,))

    def _value(self, ref: Ref, node: Node) -> int:
        """The number of what an operation takes."""
        taken = self.tape.nodes[ref.node]
        if taken.root is not None and taken.root in self.written:
            return self._looked_up(ref.node, taken.root, node)
        if ref.node not in self.values:
            self.values[ref.node] = self._from_outside(ref, node)
        return self.values[ref.node]

    def _from_outside(self, ref: Ref, node: Node) -> int:
        key = self.loop.key(ref, self.turn)
        value, before = self.tape.value_of(ref), self.tape.nodes[ref.node]
        is_earlier = isinstance(value, float) and before.kind != "leaf" and self.turn > 0
        if key is None and is_earlier and ref.node >= self.loop.starts[0]:
            key = ("made", before.site, before.kind, EARLIER, ref.node)
        made = self._input(GIVEN if key is None else CARRIED, key, value, node.site)
        if key is not None:
            self.keys[key] = made
        if is_earlier and key is not None and key[0] == "made":
            self.made_at[made] = before.site
        return made

    # memory that is written into

    def _viewed(self, number: int) -> int | None:
        """The node that an array was made of as a view; None where it has a memory of its own."""
        node = self.tape.nodes[number]
        first = node.args[0] if node.args else None
        is_view = isinstance(first, Ref) and self.tape.nodes[first.node].root == node.root
        return first.node if is_view and isinstance(first, Ref) else None

    def _base(self, number: int) -> int:
        """The node that an array is a view of, itself of any other."""
        while (viewed := self._viewed(number)) is not None:
            number = viewed
        return number

    def _places(self, number: int) -> np.ndarray:
        """Where in its memory the array of a node lies: numbers of places, in its own shape."""
        if number in self.places:
            return self.places[number]
        node, viewed = self.tape.nodes[number], self._viewed(number)
        if viewed is not None:
            there = self._places(viewed)
            if node.kind in WRITES:
                made = there
            else:
                args = [self.tape.value_of(one) for one in node.args[1:]]
                kw = {name: self.tape.value_of(one) for name, one in node.kw.items()}
                try:
                    made = np.asarray(_function_of(node)(there, *args, **kw))
                except Exception:
                    made = there.reshape(np.shape(node.value))
        else:
            shape = np.shape(self._recorded(number))
            made = np.arange(int(np.prod(shape))).reshape(shape)
        self.places[number] = made
        return made

    def _recorded(self, number: int) -> Any:
        """What was kept of an array as it was when the turn began, or first taken."""
        node = self.tape.nodes[number]
        before = bisect_left(self.tape.writes.get(node.root or 0, []), self.start)
        if number >= self.start or before == 0:
            return node.value
        kept = self.tape.versions.get((number, before))
        if kept is not None:
            return kept
        writes = self.tape.writes[node.root or 0]
        last = self.tape.nodes[writes[before - 1]]
        first = last.args[0]
        same = isinstance(first, Ref) and first.node == number
        return last.value if same and last.value is not None else node.value

    def _held(self, root: int, number: int, node: Node) -> int:
        """The number of what a memory holds by now, which an array is looked up in."""
        if root not in self.memory:
            base = self._base(number)
            if base >= self.start and base in self.values:
                self.memory[root] = self.values[base]
            else:
                before = bisect_left(self.tape.writes.get(root, []), self.start)
                key = self.loop.key(Ref(base, before), self.turn)
                kind = GIVEN if key is None else CARRIED
                held = self._input(kind, key, self._whole(base), node.site)
                if key is not None:
                    self.keys[key] = held
                self.memory[root] = held
        return self.memory[root]

    def _whole(self, base: int) -> Any:
        """All that a memory holds when the turn begins: what was kept of it, or of its views."""
        value = self._recorded(base)
        root = self.tape.nodes[base].root
        before = bisect_left(self.tape.writes.get(root or 0, []), self.start)
        if not before or (base, before) in self.tape.versions or value is None:
            return value
        whole = np.array(value)
        for (number, version), kept in self.tape.versions.items():
            if version == before and self.tape.nodes[number].root == root and kept is not None:
                places = self._places(number)
                if places.shape == np.shape(kept):
                    whole.reshape(-1)[places] = kept
        return whole

    def _looked_up(self, number: int, root: int, node: Node) -> int:
        """The number of what an array is now, of a memory that is written into."""
        held = self._held(root, number, node)
        known = self.seen.get((number, held))
        if known is not None:
            return known
        places, base = self._places(number), self._base(number)
        made = held
        whole = self._places(base)
        if places.shape != whole.shape or not np.array_equal(places, whole):
            at = np.unravel_index(places, whole.shape) if whole.ndim else ()
            made = self._operation("index", operator.getitem, (Slot(held), at), {}, node, None)
        self.seen[number, held] = made
        return made

    # operations

    def _operation(
        self, name: str, function: Callable[..., Any], args: tuple[Any, ...], kw: dict[str, Any],
        node: Node, value: Any, texts: tuple[str, ...] = (),
    ) -> int:  # fmt: skip
        number = len(self.operations)
        self.operations.append(
            Operation(
                value=number, name=name, function=function, args=args, kw=kw, site=node.site,
                calls=self.calls.get(node.number, ()), frame=self.frames.get(node.number, ()),
                texts=texts,
            )
        )  # fmt: skip
        self.made.append(value)
        return number

    def _add(self, node: Node) -> None:
        if node.kind in WRITES:
            self._write(node)
            return
        if node.kind == "leaf":
            if node.root is None or node.root not in self.written:
                self.values[node.number] = self._input(GIVEN, None, node.value, node.site)
            return
        if node.kind == "call" and is_random(node.done):
            made = self._input(DRAWN, None, node.value, node.site, name_of(node))
            self.values[node.number] = made
            return
        if node.root in self.written and self._viewed(node.number) is not None:
            return  # a view, which is looked up when it is taken
        args = tuple(self._template(one, node, (at,)) for at, one in enumerate(node.args))
        kw = {name: self._template(one, node, (-1,)) for name, one in node.kw.items()}
        name, function = _name_of(node), _function_of(node)
        if node.kind == "choice":
            args = (node.done, *args)
        if node.kind == "item":
            args = (*args, node.done)
        texts = self._texts(node) if node.kind not in ("choice", "item") else ()
        self.values[node.number] = self._operation(
            name, function, args, kw, node, node.value, texts
        )

    def _texts(self, node: Node) -> tuple[str, ...]:
        """What stands in the code for each argument; nothing for one that stands nowhere."""
        site = self.sites[node.site]
        return tuple(site.operand(node.kind, (0, at)) for at in range(len(node.args)))

    def _write(self, node: Node) -> None:
        """What a memory holds once an operation has written into an array that lies in it."""
        into = node.args[0]
        if not isinstance(into, Ref) or node.root is None:
            return
        old = self._looked_up(into.node, node.root, node)
        new = self._new(node, old)
        if new is None:
            return
        held, places = self._held(node.root, into.node, node), self._places(into.node)
        whole = self._places(self._base(into.node))
        if places.shape == whole.shape and np.array_equal(places, whole):
            self.memory[node.root] = new
        else:
            at = np.unravel_index(places, whole.shape)
            args = (Slot(held), at, Slot(new))
            self.memory[node.root] = self._operation("scatter", scattered, args, {}, node, None)
        self.seen[into.node, self.memory[node.root]] = new
        self.values.setdefault(node.number, new)
        self.places.setdefault(node.number, places)

    def _new(self, node: Node, old: int) -> int | None:
        """What stands in the array that is written into afterwards."""
        args = [self._template(one, node, (at,)) for at, one in enumerate(node.args) if at]
        kw = {name: self._template(one, node, (-1,)) for name, one in node.kw.items()}
        if node.kind == "store":
            if _is_whole(args[0]) and type(args[1]) is Slot:
                return self._as_kind(old, args[1].value, node)
            if (stored := self._stored_back(node, old, args)) is not None:
                return stored
            return self._operation(
                "scatter", scattered, (Slot(old), *args), {}, node, node.value, self._texts(node)
            )
        if node.kind == "in_place":
            name, texts = node.done, self._texts(node)
            made = self._operation(name, BINARY[name], (Slot(old), *args), {}, node, None, texts)
            return self._as_kind(old, made, node)
        if is_added_at(node.done):
            if node.done.__self__ is np.subtract:
                args[-1] = Slot(self._operation("USub", np.negative, (args[-1],), {}, node, None))
            return self._operation(
                "scatter_add", added_at, (Slot(old), *args[1:]), {}, node, node.value
            )
        if "out" in kw and "where" not in kw:
            kw.pop("out")
            if node.kind == "write_call" and not isinstance(node.done, str):
                made = self._operation(name_of(node), node.done, tuple(args), kw, node, None)
            else:
                made = self._operation(
                    name_of(node), _method(str(node.done)), tuple(args), kw, node, None
                )
            return self._as_kind(old, made, node)
        if name_of(node) == "fill":
            return (
                self._as_kind(old, args[0].value, node)
                if args and isinstance(args[0], Slot)
                else self._operation(
                    "full_like", np.full_like, (Slot(old), args[0]), {}, node, node.value
                )
            )
        if name_of(node) == "copyto" and len(args) == 2 and isinstance(args[1], Slot) and not kw:
            return self._as_kind(old, args[1].value, node)
        return self._input(DRAWN, None, node.value, node.site, name_of(node))

    def _stored_back(self, node: Node, old: int, args: Sequence[Any]) -> int | None:
        """``x[k] -= y`` of a row: Python changes the row in place, and stores it where it was.

        That is one store, at an index that may depend on other values, as a label does.
        """
        index, value = args
        before = self.operations[old] if old >= 0 else None
        if before is None or before.name != "scatter" or type(value) is not Slot or value.value < 0:
            return None
        base, places, new = before.args
        written = self.operations[value.value]
        view = written.args[0].value if written.name == "written" else -1
        row = self.operations[view] if view >= 0 else None
        if new != value or row is None or row.name != "index":
            return None
        if any(each >= view for each in slots(index)):
            return None
        if row.args[0] != base or not np.array_equal(row.args[1], places):
            return None
        self.operations[view] = replace(row, args=(base, index))
        return self._operation(
            "scatter", scattered, (base, index, value), {}, node, node.value, self._texts(node)
        )

    def _as_kind(self, old: int, new: int, node: Node) -> int:
        """A value as an array holds it that it is written into."""
        args = (Slot(old), Slot(new))
        return self._operation("written", as_kind_of, args, {}, node, node.value)

    # what is carried on

    def _numbers(self) -> dict[Key, int]:
        """Single numbers with fractions of which the turn makes no other value."""
        taken = {each for one in self.operations for each in one.operands}
        return {
            (LOSS, at): at for at, value in enumerate(self.made)
            if at not in taken and isinstance(value, float | np.floating | np.ndarray)
            and np.size(value) == 1
        }  # fmt: skip

    def _sums(self) -> dict[int, int]:
        """What single numbers become that are added to where an earlier turn made them, by these.

        A turn may step some numbers of a list, and the next one others: which of them becomes what
        is told by what is added to, and not by how many were made before.
        """
        first, found = {number: number for number in self.made_at}, dict[int, int]()
        for value, one in enumerate(self.operations):
            for each in one.operands if one.name in ADDS else ():
                if each in first and self.made_at[first[each]] == one.site:
                    first[value] = first[each]
                    found[first[each]] = value
                    break
        return found

    def _results(self) -> dict[Key, int]:
        """The number of what each carried value has become by the end of the turn."""
        found: dict[Key, int] = {}
        sums = self._sums()
        places = {self.made_at[number] for number in sums}
        for key, before in self.keys.items():
            if self.made_at.get(before) in places:
                if before in sums:
                    found[key] = sums[before]
                continue
            if key[0] == "written":
                if key[1] in self.memory:
                    found[key] = self.memory[key[1]]
                continue
            number = self.loop.made(self.turn, key)
            if number is None:
                continue
            root = self.tape.nodes[number].root
            if root is not None and root in self.memory:
                found[key] = self.memory[root]
            elif number in self.values:
                found[key] = self.values[number]
        return found


def _is_whole(index: Any) -> bool:
    """Whether an index stands for all of an array."""
    return index is Ellipsis or (isinstance(index, slice) and index == slice(None))


def _name_of(node: Node) -> str:
    if node.kind == "get":
        return "index"
    if node.kind in ("item", "choice"):
        return node.kind
    if node.kind == "attribute":
        return f"attribute:{node.done}"
    owner = getattr(node.done, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{owner.__name__}.{name_of(node)}"
    return name_of(node)


def _method(name: str) -> Callable[..., Any]:
    def done(owner: Any, *args: Any, **kw: Any) -> Any:
        return getattr(owner, name)(*args, **kw)

    done.__name__ = name
    return done


def _attribute(name: str) -> Callable[[Any], Any]:
    def done(owner: Any) -> Any:
        return getattr(owner, name)

    return done


def _function_of(node: Node) -> Callable[..., Any]:
    """What does an operation, given its arguments."""
    if node.kind == "binary":
        return BINARY[node.done] if isinstance(node.done, str) else node.done
    if node.kind == "unary":
        return UNARY[node.done]
    if node.kind == "compare":
        return COMPARE[node.done]
    if node.kind == "choice":
        return chosen
    if node.kind == "attribute":
        return _attribute(node.done)
    if node.kind in ("get", "item"):
        return operator.getitem
    if node.kind == "method":
        return _method(node.done)
    function: Callable[..., Any] = node.done
    return function
