"""A step that runs on a whole batch, but does a part of it in a loop over the samples.

The tape holds what each turn of such a loop did, for as many turns as that batch had samples. Here
they become one operation again, which does for each sample what was done for the first: where all
that differs between the turns is which row of the batch is taken. What is read of it is true of
batches of any size. Three forms are known: a list that holds one item for each sample, a sum to
which each turn adds, and an array into which each turn writes its row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from diagnose.reading.batches import Batch, batch_of, batch_of_rows, has_samples_along
from diagnose.reading.loops import ROW, Key, Loop, Rows, name_of, rows_in, takes
from diagnose.reading.roles import MATRIX_PRODUCTS
from diagnose.reading.steps import Step, same
from diagnose.recording.operations import is_random
from diagnose.recording.tape import Const, Group, Node, Ref, Taken, Tape, leaves

SUMS = {"Add", "Sub"}


class _UnlikeError(Exception):
    """The turns differ in more than which row they take."""


@dataclass(eq=False)
class RowLoop(Loop):
    """A training loop whose loops over samples are one operation each.

    seen: the same as it was seen. places: of operations that took the place of others, which they
    are there.
    """

    seen: Loop | None = None
    places: dict[int, int] = field(default_factory=dict)

    def ordinals(self, turn: int) -> dict[int, Key]:
        """The key of each node of a turn, by which it is known while the program runs."""
        assert self.seen is not None
        return self.seen.ordinals(turn)

    def seen_as(self, number: int) -> int:
        """The operation that the program does where one stands on the tape."""
        return self.places.get(number, number)


def by_row(loop: Loop, turns: Sequence[int]) -> Loop:
    """The loop with each loop over the samples of a batch as one operation."""
    keys: list[Key] = next((found for turn in turns if (found := loop.state(turn))), [])
    steps = [one for one in (Step(loop, turn, keys) for turn in turns) if one.need]
    change = _Change(loop.tape)
    for step in steps:
        batch = batch_of(step)
        if batch is not None and batch.count > 1:
            _fold(step, batch, change)
    if not change.nodes:
        return loop
    return RowLoop(
        tape=change.made(), site=loop.site, starts=loop.starts, seen=loop, places=change.places
    )


def unrolled(step: Step) -> Node | None:
    """The first of the operations of a loop over the samples that is not read as one."""
    batch = batch_of(step) or batch_of_rows(step)
    return None if batch is None else _several(step, batch, has_samples_along)


def is_looped(step: Step) -> bool:
    """Whether a step on a batch has loops over samples, or over what there are as many of."""
    batch = batch_of(step)
    if batch is None:
        return False
    return in_rows(step) is not None or _several(step, batch, _is_as_long) is not None


def _several(
    step: Step, batch: Batch, along: Callable[[Step, Ref, int, Batch], bool]
) -> Node | None:
    """The first operation of a place that takes several rows, each by its number."""
    start = step.loop.starts[step.turn]
    taken = {ref.node for one in step.graph for ref in takes(one) if ref.node >= start}
    rows: dict[int, set[int]] = {}
    first: dict[int, Node] = {}
    for number in sorted(taken | set(step.need)):
        node = step.nodes[number]
        if node.kind not in ("get", "store"):
            continue
        place, owner = _place(node.args[1]), node.args[0]
        if place is None or not isinstance(owner, Ref) or isinstance(step.origin(owner), tuple):
            continue
        if along(step, owner, place[0], batch):
            rows.setdefault(node.site, set()).add(place[1])
            first.setdefault(node.site, node)
    return next((first[site] for site, several in rows.items() if len(several) > 1), None)


def _is_as_long(step: Step, owner: Ref, axis: int, batch: Batch) -> bool:
    return np.shape(step.nodes[owner.node].value)[axis : axis + 1] == (batch.count,)


def in_rows(step: Step) -> Node | None:
    """The last of the operations that take what a loop over the samples makes."""
    found = [one for one in step.graph if rows_in([*one.args, *one.kw.values()])]
    return found[-1] if found else None


def _place(index: Taken) -> tuple[int, int] | None:
    """Axis and number of a row, where an index names one."""
    if isinstance(index, Const):
        whole = isinstance(index.value, int | np.integer) and not isinstance(index.value, bool)
        return (0, int(index.value)) if whole else None
    if isinstance(index, Group) and index.of is tuple and index.items:
        first = _place(index.items[0]) if isinstance(index.items[0], Const) else None
        if first is None and _is_all(index.items[0]) and len(index.items) > 1:
            second = _place(index.items[1]) if isinstance(index.items[1], Const) else None
            return second and (1, second[1])
        return first
    return None


def _is_all(index: Taken) -> bool:
    return (
        isinstance(index, Group)
        and index.of is slice
        and all(isinstance(one, Const) and one.value is None for one in index.items)
    )


@dataclass
class _Change:
    """What becomes of a tape: other operations, writes that are none, arrays that are others.

    moved: by the node of an array, from which number on it is which node.
    """

    tape: Tape
    nodes: dict[int, Node] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    moved: dict[int, list[int]] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)

    def made(self) -> Tape:
        """The tape, changed."""
        tape, made = self.tape, copy(self.tape)
        roots = {tape.nodes[one].root for one in self.gone}
        made.writes = dict(tape.writes)
        for root in roots:
            assert root is not None
            made.writes[root] = [one for one in tape.writes[root] if one not in self.gone]
        made.nodes = list(tape.nodes)
        first = min(self.nodes)
        for number in range(first, len(tape.nodes)):
            node = self.nodes.get(number, tape.nodes[number])
            refs = [one for _, one in leaves((node.args, node.kw)) if isinstance(one, Ref)]
            if not any(
                one.node in self.moved or tape.nodes[one.node].root in roots for one in refs
            ):
                made.nodes[number] = node
                continue
            other = made.nodes[number] = copy(node)
            other.args = [self._mapped(one, number) for one in node.args]
            other.kw = {name: self._mapped(one, number) for name, one in node.kw.items()}
        made.versions = {}
        for (number, old), value in sorted(tape.versions.items(), key=lambda one: one[0]):
            made.versions.setdefault((number, self._version(number, old)), value)
            for one in self.moved.get(number, ()):
                made.versions[one, self._version(number, old)] = value
        return made

    def _version(self, node: int, old: int) -> int:
        root = self.tape.nodes[node].root
        if root is None:
            return old
        return sum(one not in self.gone for one in self.tape.writes.get(root, ())[:old])

    def _mapped(self, taken: Any, number: int) -> Any:
        if isinstance(taken, Ref):
            since = [one for one in self.moved.get(taken.node, ()) if one < number]
            node = since[-1] if since else taken.node
            return Ref(node, self._version(taken.node, taken.version))
        if isinstance(taken, Group):
            made = copy(taken)
            made.items = [self._mapped(one, number) for one in taken.items]
            return made
        return taken


def _fold(step: Step, batch: Batch, change: _Change) -> None:
    """Change the tape where a step does something for each of its samples."""
    for finder in (_lists, _sums, _added, _stored):
        for found in finder(step, batch):
            change.nodes.update(found.nodes)
            change.gone |= found.gone
            change.places |= found.places
            for array, number in found.moved.items():
                change.moved.setdefault(array, []).append(number)


@dataclass
class _Found:
    """One loop over the samples: the operations that stand for it."""

    nodes: dict[int, Node]
    gone: set[int] = field(default_factory=set)
    moved: dict[int, int] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)


def _lists(step: Step, batch: Batch) -> Iterator[_Found]:
    """What takes a list that holds something for each sample."""
    for node in step.graph:
        if not any(_is_list(one, batch) for one in (*node.args, *node.kw.values())):
            continue
        try:
            other = copy(node)
            other.args = [_row_by_row(step, batch, one, node) for one in node.args]
            other.kw = {name: _row_by_row(step, batch, one, node) for name, one in node.kw.items()}
        except _UnlikeError:
            continue
        yield _Found({node.number: other})


def _is_list(taken: Taken, batch: Batch) -> bool:
    return (
        isinstance(taken, Group)
        and taken.of in (list, tuple)
        and len(taken.items) == batch.count
        and not all(isinstance(one, Const) for _, one in leaves(taken))
    )


def _row_by_row(step: Step, batch: Batch, taken: Taken, node: Node) -> Taken:
    if not _is_list(taken, batch):
        return taken
    assert isinstance(taken, Group)
    return _family(step, batch, taken.items, node.number)


def _sums(step: Step, batch: Batch) -> Iterator[_Found]:
    """Numbers or arrays, each of which is the one before plus something."""
    before: dict[int, tuple[int, int]] = {}
    for node in step.graph:
        if node.kind != "binary" or node.done not in SUMS or len(node.args) != 2:
            continue
        for at, one in enumerate(node.args):
            inner = step.nodes[one.node] if isinstance(one, Ref) else None
            if inner is not None and (inner.site, inner.kind, inner.done) == (
                node.site, "binary", node.done,
            ) and (at == 0 or node.done == "Add"):  # fmt: skip
                before[node.number] = inner.number, at
                break
    inner_ones = {one for one, _ in before.values()}
    for number in before:
        if number in inner_ones:
            continue
        chain, at = [number], before[number][1]
        while chain[-1] in before:
            chain.append(before[chain[-1]][0])
        chain.reverse()
        if len(chain) != batch.count:
            continue
        items = [step.nodes[one].args[1 - at] for one in chain]
        own = {*chain}
        try:
            if any(one.number not in own and own & {ref.node for ref in takes(one)} - {number}
                   for one in step.graph):  # fmt: skip
                continue  # what is added up so far is taken too
            made, added, places = _addend(step, batch, items, chain[:-1])
        except _UnlikeError:
            continue
        last = copy(step.nodes[number])
        first = step.nodes[chain[0]].args[at]
        last.args = [first, added] if at == 0 else [added, first]
        yield _Found({**made, number: last}, places=places)


def _runs(step: Step, kind: str) -> Iterator[list[Node]]:
    """Operations of a place that write into an array one after the other, and nothing between."""
    need = set(step.need)
    roots = dict.fromkeys(one.root for one in step.graph if one.kind == kind)
    for root in roots:
        writes = [one for one in step.loop.tape.writes.get(root or 0, ()) if one in need]
        nodes = [step.nodes[one] for one in writes]
        for _, several in groupby(nodes, lambda one: (one.site, one.kind, one.done)):
            run = list(several)
            owners = {one.args[0].node for one in run if isinstance(one.args[0], Ref)}
            if run[0].kind == kind and len(owners) == 1:
                yield run


def _added(step: Step, batch: Batch) -> Iterator[_Found]:
    """Arrays to which something is added in place for each sample."""
    for run in _runs(step, "in_place"):
        if run[0].done not in SUMS:
            continue
        owner = run[0].args[0]
        assert isinstance(owner, Ref)
        before = step.nodes[owner.node]
        begun = (before.site, before.kind, before.done) == (run[0].site, "binary", run[0].done)
        every = [before, *run] if begun else run
        if len(every) != batch.count or (begun and not _is_alone(step, run)):
            continue
        try:
            items = [one.args[1] for one in every]
            spare = [one.number for one in every[:-1]]
            made, added, places = _addend(step, batch, items, spare)
        except _UnlikeError:
            continue
        last = copy(run[-1])
        last.args = [every[0].args[0], added]
        gone = {one.number for one in run[:-1]}
        if not begun:
            yield _Found({**made, last.number: last}, gone, places=places)
            continue
        last.kind, last.value = before.kind, step.loop.tape.versions.get((owner.node, len(run)))
        moved = {owner.node: last.number}
        yield _Found({**made, last.number: last}, gone | {last.number}, moved, places)


def _is_alone(step: Step, run: list[Node]) -> bool:
    """Whether an array is written into by a loop first, and is no part of another, nor has any."""
    owner, root = run[0].args[0], run[0].root
    assert isinstance(owner, Ref)
    return step.loop.tape.writes[root or 0][0] == run[0].number and not any(
        ref.node != owner.node and ref.node < run[0].number
        for one in step.loop.tape.nodes[run[-1].number :]
        for _, ref in leaves((one.args, one.kw))
        if isinstance(ref, Ref) and step.nodes[ref.node].root == root
    )


def _addend(
    step: Step, batch: Batch, items: list[Taken], spare: list[int]
) -> tuple[dict[int, Node], Ref, dict[int, int]]:
    """What all turns add, as operations with numbers that are free then; scales stand outside.

    A rate that each turn multiplies by is one that their sum is multiplied by.
    """
    turns = _turned(step, batch, items, spare[0])
    result, scales = turns.result, list[tuple[Node, int]]()
    while len(scales) < len(spare) - 1 and isinstance(result, Ref) and result.node in turns.nodes:
        node = turns.nodes[result.node]
        at = turns.scaled(node)
        if at is None:
            break
        scales.append((node, at))
        result = node.args[at]
    numbers = spare[-len(scales) - 1 :]
    made = copy(step.nodes[numbers[0]])
    made.kind, made.done, made.kw, made.root = "call", sum, {}, None
    made.args = [turns.rows(result, {one.number for one, _ in scales})]
    made.number = numbers[0]
    made.value = turns.sum_of(result)
    found = {made.number: made}
    for number, (node, at) in zip(numbers[1:], reversed(scales), strict=True):
        scale = copy(node)
        scale.args = [turns.outside(one) for one in node.args]
        scale.args[at] = Ref(max(found), 0)
        scale.number, scale.root, scale.value = number, None, turns.sum_of(Ref(node.number, 0))
        found[number] = scale
    places = dict(zip(numbers[1:], (node.number for node, _ in reversed(scales)), strict=True))
    return found, Ref(numbers[-1], 0), places


def _stored(step: Step, batch: Batch) -> Iterator[_Found]:
    """Arrays into which something is written for each sample, in its row."""
    for run in _runs(step, "store"):
        owner = run[0].args[0]
        if len(run) != batch.count or not isinstance(owner, Ref):
            continue
        places = [_place(one.args[1]) for one in run]
        axes = {one and one[0] for one in places}
        if places != [(0, at) for at in range(batch.count)] or len(axes) != 1:
            continue
        if not has_samples_along(step, owner, 0, batch):
            continue
        try:
            found = _filled(step, batch, run) or _within_rows(step, batch, run)
        except _UnlikeError:
            continue
        if found:
            yield found


def _filled(step: Step, batch: Batch, run: list[Node]) -> _Found | None:
    """A whole row for each sample: the array is what was written, whatever it was before."""
    index, owner = run[0].args[1], run[0].args[0]
    assert isinstance(owner, Ref)
    if isinstance(index, Group) and not all(_is_all(one) for one in index.items[1:]):
        return None
    array = step.nodes[owner.node].value
    given = [one.args[2] for one in run]
    values = [np.asarray(step.value(one)) for one in given if isinstance(one, Ref)]
    fits = len(values) == len(run) and all(
        (one.shape, one.dtype) == (array.shape[1:], array.dtype) for one in values
    )
    if not fits or not _is_alone(step, run):
        return None
    last = copy(run[-1])
    last.args = [_family(step, batch, given, run[0].number)]
    last.kind, last.done = "call", np.array
    last.value = step.loop.tape.versions.get((owner.node, batch.count))
    return _Found({last.number: last}, {one.number for one in run}, {owner.node: last.number})


def _within_rows(step: Step, batch: Batch, run: list[Node]) -> _Found | None:
    """One place in each row, which may depend on what stood there."""
    index = run[0].args[1]
    if not isinstance(index, Group) or len(index.items) != 2:
        return None
    written = {one.number for one in run}
    columns = [one.args[1].items[1] for one in run if isinstance(one.args[1], Group)]
    last = copy(run[-1])
    at = _family(step, batch, columns, run[0].number)
    values = [one.args[2] for one in run]
    rows = _family(step, batch, values, run[0].number, written)
    last.args = [
        run[0].args[0], Group(tuple, [Const(range(batch.count)), at]), rows,
    ]  # fmt: skip
    return _Found({last.number: last}, written - {last.number})


def _family(
    step: Step, batch: Batch, items: list[Taken], until: int, written: set[int] | None = None
) -> Rows:
    """What each turn makes, as a list; _UnlikeError where turns differ in more than their row."""
    turns = _turned(step, batch, items, until, written)
    return turns.rows(turns.result)


def _turned(
    step: Step, batch: Batch, items: list[Taken], until: int, written: set[int] | None = None
) -> _Turns:
    turns = _Turns(step, batch, written or set())
    turns.result = turns.one(items, None, ())
    if not turns.taken:
        raise _UnlikeError  # nothing of the samples is in it
    own, since = turns.written | set(turns.nodes), min(turns.nodes)
    for ref in turns.outer:
        if not isinstance(ref, Ref):
            continue
        root = step.nodes[ref.node].root
        writes = step.loop.tape.writes.get(root, ()) if root is not None else ()
        if ref.node >= since or root in turns.roots:
            raise _UnlikeError
        if any(since <= one < until and one not in own for one in writes):
            raise _UnlikeError
    return turns


@dataclass
class _Turns:
    """What turns have in common: the operations of the first, with the row that it takes open.

    outer: what they take from elsewhere; sources: where the first turn takes each.
    """

    step: Step
    batch: Batch
    written: set[int]
    nodes: dict[int, Node] = field(default_factory=dict)
    known: dict[int, tuple[int, ...]] = field(default_factory=dict)
    outer: list[Taken] = field(default_factory=list)
    sources: list[tuple[int, tuple[Any, ...]]] = field(default_factory=list)
    roots: set[int | None] = field(default_factory=set)
    taken: int = 0
    result: Taken = field(default_factory=lambda: Const(None))

    def rows(self, result: Taken, without: Collection[int] = ()) -> Rows:
        """A list of what each turn makes, without some of its operations."""
        body = tuple(self.nodes[one] for one in sorted(self.nodes) if one not in without)
        given = [result, *([node.args, node.kw] for node in body)]
        used = {one.node for _, one in leaves(given) if isinstance(one, Ref)}
        items = [one if -at in used else Const(None) for at, one in enumerate(self.outer, 1)]
        return Rows(items, body, result, tuple(self.sources))

    def scaled(self, node: Node) -> int | None:
        """Which of the two is multiplied, or divided, by a number that is the same in all turns."""
        if node.kind != "binary" or node.done not in ("Mult", "Div"):
            return None
        for at in (0, 1) if node.done == "Mult" else (0,):
            one, other = node.args[at], node.args[1 - at]
            own = isinstance(one, Ref) and one.node > 0
            if own and isinstance(other, Ref) and other.node < 0:
                scale = self.outside(other)
                if isinstance(scale, Ref | Const) and np.ndim(self.step.value(scale)) == 0:
                    return at
        return None

    def outside(self, taken: Taken) -> Taken:
        """What stands for something from elsewhere, as it was taken."""
        return self.outer[-taken.node - 1] if isinstance(taken, Ref) and taken.node < 0 else taken

    def sum_of(self, result: Taken) -> Any:
        """The sum over all turns, as far as the numbers were kept."""
        numbers = self.known.get(result.node, ()) if isinstance(result, Ref) else ()
        values = [self.step.nodes[one].value for one in numbers]
        kept = [one for one in values if isinstance(one, np.ndarray | np.generic | float)]
        return sum(kept) if kept and len(kept) == len(values) else None

    def one(self, items: Sequence[Taken], node: Node | None, path: tuple[Any, ...]) -> Taken:
        """What stands for one thing that each turn takes."""
        first = items[0]
        if isinstance(first, Group):
            if not all(_alike(first, one) for one in items):
                raise _UnlikeError
            inner = [
                self.one([one.items[at] for one in items], node, (*path, at))  # type: ignore[union-attr]
                for at in range(len(first.items))
            ]
            return Group(first.of, inner, first.keys)
        if isinstance(first, Const):
            if not all(isinstance(one, Const) and same(first.value, one.value) for one in items):
                raise _UnlikeError
            return self._from_elsewhere(first, node, path)
        refs = [one for one in items if isinstance(one, Ref)]
        if len(refs) < len(items):
            raise _UnlikeError
        if len({one.node for one in refs}) == 1:
            if len({one.version for one in refs}) > 1 or first.node in self.nodes:
                raise _UnlikeError
            return self._from_elsewhere(first, node, path)
        self._made([one.node for one in refs])
        writes = [self.step.loop.written(one) for one in refs]
        if len({len(one) for one in writes}) > 1:
            raise _UnlikeError
        for each in zip(*writes, strict=True):
            if len({*each}) == 1:
                continue  # into what this is a row of, before it was taken
            self._made(list(each))
            self.roots.add(self.step.nodes[each[0]].root)
        return Ref(first.node, 0)

    def _from_elsewhere(self, taken: Ref | Const, node: Node | None, path: tuple[Any, ...]) -> Ref:
        """A place among what is taken from elsewhere; its number is less than 0."""
        if node is None:
            raise _UnlikeError  # each turn gives the same
        self.outer.append(taken)
        self.sources.append((node.number, path))
        return Ref(-len(self.outer), 0)

    def _made(self, numbers: list[int]) -> None:
        step = self.step
        known = self.known.get(numbers[0])
        if known is not None:
            if known != tuple(numbers):
                raise _UnlikeError
            return
        nodes = [step.nodes[one] for one in numbers]
        first = nodes[0]
        if len(set(numbers)) < len(numbers) or min(numbers) < step.loop.starts[step.turn]:
            raise _UnlikeError
        if first.kind in ("leaf", "item", "write_call", "write_method") or any(
            (one.site, one.kind, name_of(one), len(one.args), list(one.kw))
            != (first.site, first.kind, name_of(first), len(first.args), list(first.kw))
            or not same(one.done, first.done)
            for one in nodes
        ):
            raise _UnlikeError
        if first.kind == "call" and is_random(first.done):
            raise _UnlikeError
        self._refuse_layers(first)
        self.known[first.number] = tuple(numbers)
        made = copy(first)
        if first.kind == "get":
            made.args = self._taken_row(nodes)
        else:
            made.args = [
                self.one([one.args[at] for one in nodes], first, (0, at))
                for at in range(len(first.args))
            ]
        made.kw = {
            name: self.one([one.kw[name] for one in nodes], first, (1, name)) for name in first.kw
        }
        self.nodes[first.number] = made

    def _refuse_layers(self, node: Node) -> None:
        """_UnlikeError where samples meet a parameter: a step that takes its samples one by one."""
        refs = [one for _, one in leaves(node.args) if isinstance(one, Ref)]
        if any(isinstance(self.step.origin(one), tuple) for one in refs) and not any(
            self.step.is_active(one) and not isinstance(self.step.origin(one), tuple)
            for one in refs
        ) and name_of(node) in MATRIX_PRODUCTS:  # fmt: skip
            raise _UnlikeError

    def _taken_row(self, nodes: list[Node]) -> list[Taken]:
        """Array and index of ``array[i]``, where each turn takes its own row."""
        first, step = nodes[0], self.step
        places = [_place(one.args[1]) for one in nodes]
        owners = [one.args[0] for one in nodes]
        owner = owners[0]
        alike = isinstance(owner, Ref) and all(
            isinstance(one, Ref) and one.node == owner.node for one in owners
        )
        if not alike or len(set(places)) == 1:
            return [self.one([one.args[at] for one in nodes], first, (0, at)) for at in range(2)]
        assert isinstance(owner, Ref)
        axis = places[0][0] if places[0] else 0
        if places != [(axis, at) for at in range(self.batch.count)]:
            raise _UnlikeError
        if isinstance(step.origin(owner), tuple) or not has_samples_along(
            step, owner, axis, self.batch
        ):
            raise _UnlikeError
        since = [set(step.loop.written(one)) - self.written for one in owners]  # type: ignore[arg-type]
        if any(one != since[0] for one in since):
            raise _UnlikeError
        self.taken += 1
        array = self._from_elsewhere(owner, first, (0, 0))
        index = first.args[1]
        if isinstance(index, Const):
            return [array, ROW]
        assert isinstance(index, Group)
        items = [
            ROW if at == axis
            else self.one([one.args[1].items[at] for one in nodes], first, (0, 1, at))  # type: ignore[union-attr]
            for at in range(len(index.items))
        ]  # fmt: skip
        return [array, Group(tuple, items)]


def _alike(first: Group, other: Taken) -> bool:
    return (
        isinstance(other, Group)
        and other.of is first.of
        and len(other.items) == len(first.items)
        and other.keys == first.keys
    )
