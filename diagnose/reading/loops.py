"""Which loop of a program trains: whose turns multiply what they carry, and then step it.

A value is *carried* into a turn if the turn before made it, or wrote into it. It is *state* if it
is stepped: what it becomes is what it was, plus or minus something that depends on it through a
product. Loops over layers carry activations, which are multiplied but not stepped; sums over a
batch are stepped, but nothing multiplies them.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from diagnose.recording.nodes import Node, Ref, leaves, references
from diagnose.recording.operations import PRODUCTS, SHAPED, SPLITS, VIEWS, is_added_at
from diagnose.recording.tape import Tape

# How a value is carried: ("made", place, kind, how manieth of the turn) or ("written", memory), or
# (STILL, node): it stays what it was, since what each turn makes of it is bound to a name and lost,
# or since no turn makes anything of it.
Key = tuple[Any, ...]
STILL = "still"


def name_of(node: Node) -> str:
    """What an operation is called, whether it is an operator, a function or a method."""
    if isinstance(node.done, str):
        return node.done
    return getattr(node.done, "__name__", "") or type(node.done).__name__


def takes(node: Node) -> list[Ref]:
    """The values known to the tape that an operation took, as far as anything comes of them."""
    if name_of(node) in SHAPED:
        return []
    args = node.args[1:] if node.whole else node.args
    return references(args, node.kw)


@dataclass(frozen=True, kw_only=True)
class Turns:
    """The turns of a loop within one step, by the numbers of their operations.

    begins: where the first begins. first: the step's operations of the first turn; sums: those of
    them that add to what all turns add to, with the way to what is added; lasts: those whose result
    is used after the last turn, where it replaced that of all others. left_out: the first and the
    last number of the other turns.
    same_as: the operation of the first turn that each of theirs repeats. count: how many turns.
    """

    site: int
    begins: int
    first: tuple[int, ...]
    sums: dict[int, tuple[Any, ...]]
    left_out: tuple[int, int]
    same_as: dict[int, int] = field(repr=False)
    count: int
    lasts: frozenset[int] = frozenset()

    @cached_property
    def twins(self) -> dict[int, list[int]]:
        """The operations that repeat one of the first turn, by that one."""
        found: dict[int, list[int]] = {}
        for number, first in self.same_as.items():
            found.setdefault(first, []).append(number)
        return found


@dataclass(eq=False)
class Loop:
    """One loop of the program, as turns on the tape.

    skips: whether its step is made for a reason, and left out in other turns. readable: the turns
    that do all that a step may do, if some leave a part of it out.
    """

    tape: Tape
    site: int
    starts: list[int]
    cache: dict[Key, Any] = field(default_factory=dict)
    staying: dict[int, Key | None] = field(default_factory=dict)
    skips: bool = False
    readable: frozenset[int] | None = None

    def stay(self, arrays: Mapping[int, Key | None]) -> None:
        """Take arrays for state that nothing steps, by the operations that made them.

        Each with the key of the operation that makes its gradient, which nothing takes; or None.
        """
        self.staying.update(arrays)
        self.cache.clear()

    def samples(self, turn: int) -> int:
        """How many samples a step takes one after the other, in a loop of its own."""
        return 1

    def turns_within(self, turn: int) -> Turns | None:
        """The turns of such a loop; None where there is none."""
        return None

    def end(self, turn: int) -> int:
        """The number of the first operation behind a turn."""
        return self.starts[turn + 1] if turn + 1 < len(self.starts) else len(self.tape.nodes)

    def nodes(self, turn: int) -> list[Node]:
        """What happened in a turn."""
        return self.tape.nodes[self.starts[turn] : self.end(turn)]

    def writes(self, turn: int, root: int) -> list[int]:
        """The operations of a turn that write into a memory."""
        start, end = self.starts[turn], self.end(turn)
        return [one for one in self.tape.writes.get(root, ()) if start <= one < end]

    def written(self, ref: Ref) -> list[int]:
        """The operations that had written into a value's memory when it was taken.

        From the last one on that left nothing of what was there before.
        """
        root = self.tape.nodes[ref.node].root
        if not ref.version or root is None:
            return []
        return self.tape.writes.get(root, [])[self._first(root, ref.version) : ref.version]

    def last_write(self, ref: Ref) -> int | None:
        """The last of these; it takes what the others wrote, if it leaves anything of that."""
        root = self.tape.nodes[ref.node].root if ref.version else None
        writes = self.tape.writes.get(root, []) if root is not None else []
        return writes[min(ref.version, len(writes)) - 1] if writes else None

    def _first(self, root: int, count: int) -> int:
        """Of so many writes into a memory, which is the last that left nothing of the others."""
        writes = self.tape.writes.get(root, [])
        seen, whole = self.cache.get(("whole", root), (0, []))
        if seen < len(writes):
            more = (at for at in range(seen, len(writes)) if self.tape.nodes[writes[at]].whole)
            whole = [*whole, *more]
            self.cache["whole", root] = len(writes), whole
        at = bisect_left(whole, count)
        return whole[at - 1] if at else 0

    def made_by(self, refs: Iterable[Ref]) -> list[int]:
        """The operations that made values, and the last that wrote into each."""
        found = []
        for ref in refs:
            found.append(ref.node)
            if (last := self.last_write(ref)) is not None:
                found.append(last)
        return found

    def made_or_wrote(self, refs: Iterable[Ref]) -> list[int]:
        """The operations that made values, and all that had written into each."""
        return [one for ref in refs for one in (ref.node, *self.written(ref))]

    def behind(
        self, numbers: Iterable[int], first: int = 0, most: float = math.inf
    ) -> Iterator[int]:
        """What operations depend on, with themselves, each once, the latest found first.

        As far as it happened after ``first``; most: no more of them are followed back.
        """
        todo, found = [*numbers], set[int]()
        while todo and len(found) < most:
            number = todo.pop()
            if number >= first and number not in found:
                found.add(number)
                yield number
                todo += self.made_by(takes(self.tape.nodes[number]))

    def ordinals(self, turn: int) -> dict[int, Key]:
        """The key of each node of a turn."""
        if ("ordinals", turn) not in self.cache:
            count: dict[tuple[int, str], int] = {}
            found: dict[int, Key] = {}
            for node in self.nodes(turn):
                place = (node.site, node.kind)
                count[place] = count.get(place, -1) + 1
                found[node.number] = ("made", *place, count[place])
            self.cache["ordinals", turn] = found
        done: dict[int, Key] = self.cache["ordinals", turn]
        return done

    def number_of(self, turn: int, key: Key | None) -> int | None:
        """The node of a turn that has a key; None if none has."""
        if ("numbers", turn) not in self.cache:
            back = {other: number for number, other in self.ordinals(turn).items()}
            self.cache["numbers", turn] = back
        found: int | None = self.cache["numbers", turn].get(key)
        return found

    def key(self, ref: Ref, turn: int) -> Key | None:
        """As what a value comes into a turn from the one before; None if it does not."""
        start = self.starts[turn]
        if ref.node >= start or turn == 0:
            return None
        if ref.node in self.lost or ref.node in self.staying:
            return (STILL, ref.node)
        before = self.starts[turn - 1]
        node = self.tape.nodes[ref.node]
        if ref.node >= before and node.kind != "leaf":
            return self.ordinals(turn - 1)[ref.node]
        if not ref.version or node.root is None:
            return None
        writes = self.tape.writes.get(node.root, [])
        # the last that was written before this turn, and is there still
        at = bisect_left(writes, start, hi=min(ref.version, len(writes))) - 1
        there = at >= self._first(node.root, ref.version) and writes[at] >= before
        return ("written", node.root) if there else None

    @cached_property
    def lost(self) -> dict[int, Key]:
        """What was there before the loop, less or plus something that nothing takes: lost steps.

        Each with the key of the operation that makes what is lost.
        """
        if len(self.starts) < 3:
            return {}
        turn = len(self.starts) - 2
        start, first = self.starts[turn], self.starts[0]
        taken = {one.node for node in self.tape.nodes[start:] for one in takes(node)}
        found: dict[int, Key] = {}
        for node in self.nodes(turn):
            if node.kind != "binary" or node.done not in ("Add", "Sub") or node.number in taken:
                continue
            of, by = node.args[:2]
            if not isinstance(of, Ref) or not isinstance(by, Ref) or by.node < start:
                continue
            before = self.tape.nodes[of.node]
            writes = self.tape.writes.get(before.root, ()) if before.root is not None else ()
            # a number that was first met as an operand may stand for several things in the code
            in_sight = np.ndim(before.value) or before.site
            if of.node < first and in_sight and all(one < first for one in writes):
                found.setdefault(of.node, self.ordinals(turn)[node.number])
        return found

    def carried(self, turn: int) -> dict[Key, Ref]:
        """What comes into a turn, with where it is first taken."""
        if ("carried", turn) not in self.cache:
            found: dict[Key, Ref] = {}
            for node in self.nodes(turn):
                for ref in takes(node):
                    key = self.key(ref, turn)
                    if key is not None:
                        found.setdefault(key, ref)
            self.cache["carried", turn] = found
        done: dict[Key, Ref] = self.cache["carried", turn]
        return done

    def made(self, turn: int, key: Key) -> int | None:
        """The operation that makes a carried value anew in a turn, or writes into it last."""
        if key[0] == "written":
            return max(self.writes(turn, key[1]), default=None)
        lost = {**self.lost, **self.staying} if key[0] == STILL else {}
        number = self.number_of(turn, (lost.get(key[1]) or ()) if key[0] == STILL else key)
        root = self.tape.nodes[number].root if number is not None and key[0] != STILL else None
        return number if root is None else max(self.writes(turn, root), default=number)

    def masks(self, turn: int, keys: list[Key]) -> dict[int, int]:
        """Which of the keys each node of a turn depends on, as bits."""
        bit = {key: 1 << at for at, key in enumerate(keys)}
        found: dict[int, int] = {}
        for node in self.nodes(turn):
            mask = 0
            for ref in takes(node):
                mask |= bit.get(self.key(ref, turn) or (), 0) | found.get(ref.node, 0)
                if (last := self.last_write(ref)) is not None:
                    mask |= found.get(last, 0)
            found[node.number] = mask
        return found

    def state(self, turn: int) -> list[Key]:
        """The keys of what is trained in a turn, and of what their steps depend on; else none."""
        if ("state", turn) not in self.cache:
            self.cache["state", turn] = self._trained(turn)
        return [*self.cache["state", turn]]

    def first_state(self, turns: Iterable[int]) -> list[Key]:
        """The same of the first of some turns in which anything is trained."""
        return next(filter(None, map(self.state, turns)), [])

    def _trained(self, turn: int) -> list[Key]:
        keys = list(self.carried(turn))
        masks = self.masks(turn, keys)
        bit = {key: 1 << at for at, key in enumerate(keys)}
        made = {key: self.made(turn, key) for key in keys}
        own = [
            key
            for key in keys
            if (number := made[key]) is not None
            and masks[number] & bit[key]
            and self.is_stepped(turn, number, key)
        ]
        multiplied = self.multiplied(turn, own, bit)
        todo = [key for key in own if multiplied.get(key, 0) & masks[made[key] or 0]]
        todo = todo or [key for key in own if self._is_led_back(turn, key, masks, bit[key])]
        steps = {key: masks[number] for key in keys if (number := made[key]) is not None}
        queued, bits = sum(bit[key] for key in {*todo}), 0
        for key in todo:  # which grows
            bits |= bit[key]
            # the last gradient is carried as well, which does not depend on the one before it
            more = [
                other
                for other in _of_bits(keys, steps[key] & ~queued)
                if steps.get(other, 0) & (bit[other] | (bits if other[0] == "made" else 0))
            ]
            queued |= sum(bit[other] for other in more)
            todo += more
        goes_by = self._goes_by_itself(turn, todo, steps, bit)
        return sorted({*todo} - goes_by, key=lambda key: made[key] or 0)

    def _goes_by_itself(
        self, turn: int, keys: list[Key], steps: Mapping[Key, int], bit: Mapping[Key, int]
    ) -> set[Key]:
        """Arrays that others depend on, and that depend on none of these: samples, or their order.

        As where each turn takes the first rows of what is left, or adds noise to its samples for
        good.
        """
        carried, nodes = self.carried(turn), self.tape.nodes
        return {
            key
            for key in keys
            if steps.get(key) == bit[key]
            and np.ndim(nodes[carried[key].node].value)
            and any(steps.get(one, 0) & bit[key] for one in keys if one != key)
        }

    def _is_led_back(self, turn: int, key: Key, masks: Mapping[int, int], bit: int) -> bool:
        """Whether what is stepped by is made of what is stepped, though nothing multiplies it.

        As a bias, where no step changes any weight, or weights of words that are added up.
        """
        number = self.made(turn, key)
        node = self.tape.nodes[number] if number is not None else None
        by = node.args[1] if node is not None and node.kind in ("binary", "in_place") else None
        return isinstance(by, Ref) and bool(masks.get(by.node, 0) & bit)

    def is_stepped(self, turn: int, number: int, key: Key) -> bool:
        """Whether a node is what its key was, plus or minus something."""
        start = self.starts[turn]

        def reaches(at: int, summed: bool, depth: int) -> bool:
            node = self.tape.nodes[at]
            name = name_of(node).lower()
            if node.kind == "store":
                of = node.args[2:3]
                stored = of[0] if of and isinstance(of[0], Ref) else None
                # as ``w[1:] += d`` puts back the view, or the copy, that it has stepped in place
                writes = self.written(stored) if stored else []
                before = [one for one in writes if start <= one < at]
                if before:
                    return any(reaches(one, summed, depth - 1) for one in before if depth)
            elif is_added_at(node.done):
                of, summed = node.args[:1], True
            elif name in ("add", "sub", "subtract", "mult", "multiply", "usub", "negative"):
                of = node.args
                summed = summed or name in ("add", "sub", "subtract")
            elif node.kind in ("get", "item") or name in {*map(str.lower, VIEWS), "clip"}:
                of = node.args[:1]
            else:
                return False
            for ref in references(of):
                if self.key(ref, turn) == key:
                    if summed:
                        return True
                elif ref.node >= start and depth and reaches(ref.node, summed, depth - 1):
                    return True
            return False

        return reaches(number, False, 12)

    def multiplied(self, turn: int, keys: list[Key], bit: dict[Key, int]) -> dict[Key, int]:
        """The keys that are multiplied by something else, each with its bit."""
        heads: dict[int, Key | None] = {}
        found: dict[Key, int] = {}
        for node in self.nodes(turn):
            refs = takes(node)
            origins = [
                self.key(ref, turn) if ref.node not in heads else heads[ref.node] for ref in refs
            ]
            is_part = name_of(node) in VIEWS | SPLITS or node.kind in ("get", "item")
            if is_part and refs and origins[0] in keys:
                heads[node.number] = origins[0]
            if name_of(node) in PRODUCTS and len(list(leaves(node.args))) > 1:
                for key in origins:
                    if key in keys and key is not None:
                        found[key] = bit[key]
        return found


def _of_bits(keys: list[Key], mask: int) -> Iterator[Key]:
    """The keys whose bits are set: of a thousand weights, most steps depend on few others."""
    while mask:
        lowest = mask & -mask
        yield keys[lowest.bit_length() - 1]
        mask ^= lowest


def loops(tape: Tape) -> list[Loop]:
    """All loops of a tape, by their first turn."""
    starts: dict[int, list[int]] = {}
    for position, site in tape.turns:
        starts.setdefault(site, []).append(position)
    return [Loop(tape, site, positions) for site, positions in starts.items()]
