"""A step that runs on a whole batch, but does a part of it in a loop over the samples.

The tape holds what each turn of such a loop did, for as many turns as that batch had samples. Here
they become one operation again, which does for each sample what was done for the first: where all
that differs between the turns is which row of the batch is taken. What is read of it is true of
batches of any size. Three forms are known: a list that holds one item for each sample, a sum to
which each turn adds, and an array into which each turn writes its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from itertools import groupby

import numpy as np

from diagnose.reading.alike import UnlikeError, listed, turned
from diagnose.reading.batches import Batch, batch_of, has_samples_along, place_of
from diagnose.reading.loops import Loop, takes
from diagnose.reading.row_tape import Change, Found
from diagnose.reading.steps import Step, steps_in
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken, is_all, leaves, references
from diagnose.recording.operations import STEPS


def by_row(loop: Loop, turns: Sequence[int]) -> Loop:
    """The loop with each loop over the samples of a batch as one operation."""
    steps = steps_in(loop, turns, loop.first_state(turns))
    change = Change(loop.tape)
    for step in steps:
        batch = batch_of(step)
        if batch is not None and batch.count > 1:
            _fold(step, batch, change)
    return change.on(loop)


def _fold(step: Step, batch: Batch, change: Change) -> None:
    """Change the tape where a step does something for each of its samples."""
    for finder in (_lists, _sums, _added, _stored):
        for found in finder(step, batch):
            change.nodes.update(found.nodes)
            change.gone |= found.gone
            change.places |= found.places
            for array, number in found.moved.items():
                change.moved.setdefault(array, []).append(number)


def _lists(step: Step, batch: Batch) -> Iterator[Found]:
    """What takes a list that holds something for each sample."""
    for node in step.graph:
        if not any(_is_list(one, batch) for one in (*node.args, *node.kw.values())):
            continue
        try:
            other = copy(node)
            other.args = [_row_by_row(step, batch, one, node) for one in node.args]
            other.kw = {name: _row_by_row(step, batch, one, node) for name, one in node.kw.items()}
        except UnlikeError:
            continue
        yield Found({node.number: other})


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
    return listed(step, batch, taken.items, node.number)


def _sums(step: Step, batch: Batch) -> Iterator[Found]:
    """Numbers or arrays, each of which is the one before plus something."""
    before: dict[int, tuple[int, int]] = {}
    for node in step.graph:
        if node.kind != "binary" or node.done not in STEPS or len(node.args) != 2:
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
        if _is_taken_before(step, chain):
            continue
        try:
            made, added, places = _addend(step, batch, items, chain[:-1])
        except UnlikeError:
            continue
        last = copy(step.nodes[number])
        first = step.nodes[chain[0]].args[at]
        last.args = [first, added] if at == 0 else [added, first]
        yield Found({**made, number: last}, places=places)


def _is_taken_before(step: Step, chain: list[int]) -> bool:
    """Whether anything else takes what was added up before the last turn."""
    early = {*chain[:-1]}
    others = (one for one in step.graph if one.number not in chain)
    return any(ref.node in early for one in others for ref in takes(one))


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


def _added(step: Step, batch: Batch) -> Iterator[Found]:
    """Arrays to which something is added in place for each sample."""
    for run in _runs(step, "in_place"):
        if run[0].done not in STEPS:
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
        except UnlikeError:
            continue
        last = copy(run[-1])
        last.args = [every[0].args[0], added]
        gone = {one.number for one in run[:-1]}
        if not begun:
            yield Found({**made, last.number: last}, gone, places=places)
            continue
        last.kind, last.value = before.kind, step.loop.tape.versions.get((owner.node, len(run)))
        moved = {owner.node: last.number}
        yield Found({**made, last.number: last}, gone | {last.number}, moved, places)


def _is_alone(step: Step, run: list[Node]) -> bool:
    """Whether an array is written into by a loop first, and is no part of another, nor has any."""
    owner, root = run[0].args[0], run[0].root
    assert isinstance(owner, Ref)
    return step.loop.tape.writes[root or 0][0] == run[0].number and not any(
        ref.node != owner.node and ref.node < run[0].number
        for one in step.loop.tape.nodes[run[-1].number :]
        for ref in references(one.args, one.kw)
        if step.nodes[ref.node].root == root
    )


def _addend(
    step: Step, batch: Batch, items: list[Taken], spare: list[int]
) -> tuple[dict[int, Node], Ref, dict[int, int]]:
    """What all turns add, as operations with numbers that are free then; scales stand outside.

    A rate that each turn multiplies by is one that their sum is multiplied by.
    """
    turns = turned(step, batch, items, spare[0])
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


def _stored(step: Step, batch: Batch) -> Iterator[Found]:
    """Arrays into which something is written for each sample, in its row."""
    for run in _runs(step, "store"):
        owner = run[0].args[0]
        if len(run) != batch.count or not isinstance(owner, Ref):
            continue
        places = [place_of(one.args[1]) for one in run]
        axes = {one and one[0] for one in places}
        if places != [(0, at) for at in range(batch.count)] or len(axes) != 1:
            continue
        if not has_samples_along(step, owner, 0, batch):
            continue
        try:
            found = _filled(step, batch, run) or _within_rows(step, batch, run)
        except UnlikeError:
            continue
        if found:
            yield found


def _filled(step: Step, batch: Batch, run: list[Node]) -> Found | None:
    """A whole row for each sample: the array is what was written, whatever it was before."""
    index, owner = run[0].args[1], run[0].args[0]
    assert isinstance(owner, Ref)
    if isinstance(index, Group) and not all(is_all(one) for one in index.items[1:]):
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
    last.args = [listed(step, batch, given, run[0].number)]
    last.kind, last.done = "call", np.array
    last.value = step.loop.tape.versions.get((owner.node, batch.count))
    return Found({last.number: last}, {one.number for one in run}, {owner.node: last.number})


def _within_rows(step: Step, batch: Batch, run: list[Node]) -> Found | None:
    """One place in each row, which may depend on what stood there."""
    index = run[0].args[1]
    if not isinstance(index, Group) or len(index.items) != 2:
        return None
    written = {one.number for one in run}
    columns = [one.args[1].items[1] for one in run if isinstance(one.args[1], Group)]
    last = copy(run[-1])
    at = listed(step, batch, columns, run[0].number)
    values = [one.args[2] for one in run]
    rows = listed(step, batch, values, run[0].number, written)
    last.args = [
        run[0].args[0], Group(tuple, [Const(range(batch.count)), at]), rows,
    ]  # fmt: skip
    return Found({last.number: last}, written - {last.number})
