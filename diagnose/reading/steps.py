"""One step of a training: the operations that turn the old state into the new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from diagnose.reading.ahead import Ahead, Looking, masks_of
from diagnose.reading.loops import Key, Loop, Turns, name_of, takes
from diagnose.recording.nodes import Const, Group, Node, Ref, leaf_at, leaves, references
from diagnose.recording.operations import VIEWS, is_random
from diagnose.recording.reaching import reached
from diagnose.recording.sites import Site

# A place within a step: how manieth operation, and the way into what it takes.
Place = tuple[int, tuple[Any, ...]]


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same, bit for bit."""
    if isinstance(one, np.ndarray | np.generic | float):
        if type(one) is not type(other) or np.shape(one) != np.shape(other):
            return False
        if np.asarray(one).dtype.kind not in "fcV":
            return bool(np.array_equal(one, other))
        return bool(np.array_equal(one, other, equal_nan=True))
    try:
        return one is other or bool(one == other)
    except (TypeError, ValueError):
        return False


@dataclass(eq=False)
class Step:
    """A turn of the training loop, reduced to what its state needs."""

    loop: Loop
    turn: int
    keys: list[Key]
    masks: dict[int, int] = field(init=False)
    need: list[int] = field(init=False)
    ahead: Ahead = field(init=False)
    # what ``bounded.stepped_first`` found, by parameter: several ask for it
    bounded: dict[Key, tuple[Node, Ref] | None] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Follow the new state back to the old, once for all that ask for the same turn."""
        asked = ("step", self.turn, *self.keys)
        if asked not in self.loop.cache:
            self.loop.cache[asked] = self._followed()
        self.masks, self.ahead, self.need = self.loop.cache[asked]

    def _followed(self) -> tuple[dict[int, int], Ahead, list[int]]:
        """The masks of a turn's operations, those that look ahead, and those that are needed."""
        masks = self.loop.masks(self.turn, self.keys)
        ahead = Looking(self.loop, self.turn, self.keys, masks).found()
        if ahead.nodes:
            masks = masks_of(self.loop, self.turn, self.keys, ahead)
        start = self.start
        made = [one for key in self.keys if (one := self.made(key)) is not None]

        def are_needed(numbers: list[int]) -> list[int]:
            return [one for one in numbers if one >= start and masks.get(one)]

        def behind(number: int) -> list[int]:
            return are_needed(self.loop.made_by(takes(self.nodes[number])))

        return masks, ahead, sorted(reached(are_needed(made), behind))

    @property
    def start(self) -> int:
        """The number of its first operation."""
        return self.loop.starts[self.turn]

    @property
    def carried(self) -> dict[Key, Ref]:
        """What comes into it, with where that is first taken."""
        return self.loop.carried(self.turn)

    def made(self, key: Key) -> int | None:
        """The operation that makes a carried value anew in it, or writes into that last."""
        return self.loop.made(self.turn, key)

    def text(self, place: Place, sites: Sequence[Site]) -> str:
        """The author's text of what is taken at a place; nothing if none stands there."""
        node = self.graph[place[0]]
        return sites[node.site].operand(node.kind, place[1])

    @property
    def within(self) -> Turns | None:
        """The samples that it takes one after the other; None where it does not."""
        return self.loop.turns_within(self.turn)

    @property
    def nodes(self) -> list[Node]:
        """The whole tape."""
        return self.loop.tape.nodes

    @cached_property
    def graph(self) -> list[Node]:
        """The operations of the step, in their order."""
        return [self.nodes[number] for number in self.need]

    @property
    def shape(self) -> tuple[tuple[int, str, str], ...]:
        """What two steps that do the same have in common; put together once, as what it follows."""
        asked = ("shape", self.turn, *self.keys)
        if asked not in self.loop.cache:
            self.loop.cache[asked] = tuple((one.site, one.kind, name_of(one)) for one in self.graph)
        shape: tuple[tuple[int, str, str], ...] = self.loop.cache[asked]
        return shape

    def value(self, taken: Ref | Const) -> Any:
        """A value as it was when it was taken."""
        return self.loop.tape.value_of(taken)

    def state(self, taken: Ref | Const) -> Key | None:
        """Which of the keys a value is."""
        if isinstance(taken, Const):
            return None
        if taken.node in self.ahead.stands:
            return self.ahead.stands[taken.node]
        key = self.loop.key(taken, self.turn)
        return key if key in self.keys else None

    def is_active(self, taken: Ref | Const) -> bool:
        """Whether a value was computed in this step from the state."""
        if isinstance(taken, Const):
            return False
        start = self.start
        last = self.loop.last_write(taken)
        return any(
            one is not None and one >= start and self.masks.get(one) for one in (taken.node, last)
        )

    def is_outside(self, taken: Ref | Const) -> bool:
        """Whether a value comes from elsewhere than the state."""
        return self.state(taken) is None and not self.is_active(taken)

    def origin(self, taken: Ref | Const) -> Key | int | None:
        """The state or the node that a value is, whatever its shape."""
        while isinstance(taken, Ref):
            key = self.state(taken)
            if key is not None:
                return key
            node = self.nodes[taken.node]
            if taken.node < self.start:
                return taken.node
            inner = node.args[0] if name_of(node) in VIEWS and node.args else None
            if not isinstance(inner, Ref) or self.is_overwritten(taken, inner):
                return taken.node
            taken = inner
        return None

    def is_overwritten(self, taken: Ref, inner: Ref) -> bool:
        """Whether a copy was written into since it was made: it is no longer what it is one of."""
        is_copy = self.nodes[taken.node].root != self.nodes[inner.node].root
        return is_copy and bool(self.loop.written(taken))

    def seen_through(self, taken: Ref) -> Ref:
        """What a value is another shape or a copy of, as it was when that was made."""
        start = self.start
        while self.state(taken) is None and taken.node >= start:
            node = self.nodes[taken.node]
            inner = node.args[0] if node.args else None
            if name_of(node) not in VIEWS or not isinstance(inner, Ref) or taken.version:
                break
            taken = inner
        return taken

    def number_in(self, turn: int, number: int) -> int | None:
        """The operation of another turn that does what one of this turn does; None if none does."""
        key = self.loop.ordinals(self.turn).get(number)
        return None if key is None else self.loop.number_of(turn, key)

    def taken_in(self, turn: int, number: int, path: tuple[Any, ...]) -> Ref | Const | None:
        """What that operation takes at the end of a way; None if it takes none there."""
        there = self.number_in(turn, number)
        return None if there is None else leaf_at(self.nodes[there], path)

    def again(self, turn: int) -> Step:
        """The same of another turn."""
        return Step(self.loop, turn, self.keys)

    def parts(self, place: Place) -> tuple[Place, ...]:
        """Where what is found under a place is taken from; several where it is put together."""
        return (place,)

    def seen_at(self, place: Place) -> tuple[int, tuple[Any, ...]]:
        """The operation that takes what is found under a place, and the way to it there."""
        node, path = self.graph[place[0]], place[1]
        within: Any = node.kw if path[0] else node.args
        for at in path[1:]:
            within = (within.items if isinstance(within, Group) else within)[at]
        return node.number, path

    def joined(self, place: Place, values: list[Any]) -> Any:
        """What was taken from there, as one."""
        return values[0]

    @cached_property
    def _places(self) -> dict[Place, Ref | Const]:
        return {
            (at, path): one
            for at, node in enumerate(self.graph)
            for path, one in leaves((node.args, node.kw))
        }

    @cached_property
    def _outside(self) -> dict[Place, Ref | Const]:
        return {place: one for place, one in self._places.items() if self.is_outside(one)}

    def places(self) -> dict[Place, Ref | Const]:
        """All values that the step takes."""
        return self._places

    def outside(self) -> dict[Place, Ref | Const]:
        """The values that come from elsewhere, by place."""
        return self._outside

    def is_drawn(self, taken: Ref | Const, but: Ref | Const | None = None) -> bool:
        """Whether a value is made of random numbers that were drawn in this step.

        but: what it may be made of.
        """
        known = but.node if isinstance(but, Ref) else None
        start = self.start
        todo = [taken.node] if isinstance(taken, Ref) else []
        while todo:
            number = todo.pop()
            node = self.nodes[number]
            if number < start or number == known:
                continue
            if node.kind == "call" and is_random(node.done):
                return node.done.__name__ not in ("permutation", "choice", "randint", "integers")
            # which sample is taken may be drawn; that is no random number of its own
            of = node.args[:1] if node.kind == "get" else node.args
            todo += [one.node for one in references(of)]
        return False


def steps_in(loop: Loop, turns: Iterable[int], keys: list[Key]) -> list[Step]:
    """The steps of those of some turns that make one."""
    return [one for one in (Step(loop, turn, keys) for turn in turns) if one.need]


def is_step(loop: Loop, turn: int, keys: Sequence[Key]) -> bool:
    """Whether a turn makes a step of any of the states."""
    return any(loop.made(turn, key) is not None for key in keys)


def needed_by(step: Step, keys: Iterable[Key]) -> set[Key]:
    """Some states, and all on which these ever depend."""
    bit = {key: 1 << at for at, key in enumerate(step.keys)}

    def depends_on(key: Key) -> list[Key]:
        made = step.made(key)
        mask = step.masks.get(made, 0) if made is not None else 0
        return [other for other in step.keys if mask & bit[other]]

    return reached(keys, depends_on)


def idle(step: Step, needed: set[Key]) -> list[Key]:
    """States that are stepped, and on which none of those that are needed ever depends."""
    every = needed_by(step, needed)
    return [key for key in step.keys if key not in every]


def common(steps: list[Step]) -> list[Step]:
    """The steps that do what most of them do."""
    groups: dict[Any, list[Step]] = {}
    for one in steps:
        groups.setdefault(one.shape, []).append(one)
    return max(groups.values(), key=len)
