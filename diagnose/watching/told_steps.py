"""What the tape of a training tells of its steps, whether a network can be read out of them or not.

Where what goes into the first products came from, whether the results of steps are kept, and
whether what the output is held against can be reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from diagnose.watching.loops import Loop, loops, name_of, takes
from diagnose.watching.rewriting import Site
from diagnose.watching.roles import MATRIX_PRODUCTS
from diagnose.watching.steps import Step
from diagnose.watching.tape import Const, Node, Ref, Tape, is_random
from diagnose.watching.telling import Told, at, quoted, shaped, short
from diagnose.watching.witness import Witness

STATISTICS = {"mean", "std", "var", "max", "min", "sum", "norm", "average"}
# How far the operations behind the samples are looked at.
MOST_BEHIND = 3000
MOST_TURNS = 14
# Features of a table whose spreads differ by more than so many times have different units. Pixels,
# and the lags of a series, have one unit, and a picture is scaled by its own mean on purpose.
UNITS, MOST_FEATURES = 10.0, 50
# How far a target lies outside: less is rounding, or a label made a little softer.
OUTSIDE = 0.01


def told_of_steps(
    loop: Loop, turns: Sequence[int], sites: Sequence[Site], witness: Witness
) -> list[Told]:
    """Everything that these turns of a loop tell; few tell anything where nothing is stepped."""
    steps = [Step(loop, turn, keys) for turn in turns if (keys := loop.state(turn))]
    find_masks(steps, witness)
    find_shapes(loop.tape, witness)
    found = thrown_away(loop, turns, sites)
    if steps:
        for step in steps[:1]:
            carried = loop.carried(step.turn)
            for key in step.keys:
                witness.axes.widths |= {*np.shape(step.value(carried[key]))}
        found += behind_samples(steps[0], sites, witness.reshapes.mixed)
        found += out_of_reach(steps, sites)
    return found


def told_of_loops(tape: Tape, sites: Sequence[Site]) -> list[Told]:
    """What the last turns of all loops tell, where none was found to train."""
    for loop in loops(tape):
        turns = range(max(1, len(loop.starts) - MOST_TURNS), len(loop.starts) - 1)
        if found := thrown_away(loop, turns, sites):
            return found
    return []


# masks


def find_masks(steps: Sequence[Step], witness: Witness) -> None:
    """Tell the witness which draws of random numbers are masks of units, and by which calls."""
    for step in steps:
        for node in step.graph:
            if name_of(node) not in ("Mult", "multiply"):
                continue
            for taken in takes(node):
                if not step.is_outside(taken) or not _is_mask(step.value(taken)):
                    continue
                for draw in _draws(step, taken):
                    witness.draws.trains(draw.site, draw.call)


def _is_mask(value: Any) -> bool:
    """Whether a value is 0 in some places, and one and the same number in all others."""
    if not isinstance(value, np.ndarray) or value.size < 2:
        return False
    several = np.unique(value)
    return len(several) <= 2 and not several[0]


def _draws(step: Step, taken: Ref) -> Iterator[Node]:
    """The draws in this step of which a value is made."""
    for node in _behind(step.loop, taken.node, step.loop.starts[step.turn]):
        if node.kind == "call" and is_random(node.done):
            yield node


def _behind(loop: Loop, number: int, first: int = 0) -> Iterator[Node]:
    """What a value is made of, as far as it happened after ``first``."""
    todo, seen = [number], {number}
    while todo and len(seen) < MOST_BEHIND:
        node = loop.tape.nodes[todo.pop()]
        if node.number < first:
            continue
        yield node
        for one in loop.needs(node):
            if one not in seen:
                seen.add(one)
                todo.append(one)


# shapes


def find_shapes(tape: Tape, witness: Witness) -> None:
    """Tell the witness where what meets an output was given its shape.

    What is the same object each time, or is picked out of an array for the occasion, is given; the
    output is made anew.
    """
    met: dict[int, list[list[int]]] = {}
    for node in tape.nodes:
        if name_of(node) in ("Sub", "subtract") and len(refs := takes(node)) == 2:
            met.setdefault(node.site, []).append([ref.node for ref in refs])
    for site, calls in met.items():
        sides = [
            side[0]
            for side in zip(*calls, strict=True)
            if (len(side) > 1 and len(set(side)) == 1) or tape.nodes[side[0]].kind == "get"
        ]
        if len(sides) == 1 and tape.nodes[sides[0]].kind != "leaf":
            witness.broadcasts.given[site] = tape.nodes[sides[0]].site


# samples


def behind_samples(step: Step, sites: Sequence[Site], mixed: dict[int, str]) -> list[Told]:
    """What was done to that which the parameters are multiplied with."""
    found: dict[int, Told] = {}
    for node in step.graph:
        refs = takes(node)
        if name_of(node) not in MATRIX_PRODUCTS or len(refs) != 2:
            continue
        for one, other in (refs, refs[::-1]):
            if not isinstance(step.origin(one), tuple) or not step.is_outside(other):
                continue
            axis = -1 if other is refs[0] else 0
            for behind in _behind(step.loop, other.node):
                site = sites[behind.site]
                if name_of(behind) == "reshape" and behind.site in mixed:
                    said = f"{quoted(site)} {mixed[behind.site]}, as the numbers lie: each column "
                    said += "holds numbers of several samples, and is multiplied as one sample"
                    found.setdefault(behind.site, at(site, "mixed-samples", said))
                for told in (
                    _all_but_the_largest(step, behind, site),
                    _by_sample(step, behind, axis, site),
                ):
                    if told is not None:
                        found.setdefault(behind.site, told)
    return list(found.values())


def _all_but_the_largest(step: Step, node: Node, site: Site) -> Told | None:
    """A division without a remainder by so much that only the largest value is not 0 after it."""
    if name_of(node) != "FloorDiv" or len(node.args) != 2 or not isinstance(node.args[0], Ref):
        return None
    before, divisor = step.value(node.args[0]), node.args[1]
    by = step.value(divisor) if isinstance(divisor, Ref | Const) else None
    if not isinstance(before, np.ndarray) or before.ndim < 2 or np.ndim(by) or by is None:
        return None
    lit, left = int((before != 0).sum()), int((before >= by).sum())
    if by <= 1 or before.min() < 0 or before.max() > by or lit == left:
        return None
    said = (
        f"{quoted(site)} divides without a remainder: of {lit:,} numbers that were not 0, "
        f"{left:,} are not 0 after it, those that were {short(by)} itself"
    )
    return at(site, "integer-dtype", said, part="input")


def _by_sample(step: Step, node: Node, axis: int, site: Site) -> Told | None:
    """A table from which the mean of each sample is taken, though its features differ in unit."""
    if name_of(node) not in ("Sub", "subtract") or len(takes(node)) != 2:
        return None
    table, mean = takes(node)
    values = step.value(table)
    made = step.nodes[mean.node]
    if not isinstance(values, np.ndarray) or values.ndim != 2 or name_of(made) not in STATISTICS:
        return None
    if not takes(made) or takes(made)[0].node != table.node:
        return None
    features = values.shape[axis]
    of_each_sample = values.shape[0 if axis else 1]
    if not 1 < features <= MOST_FEATURES or features == of_each_sample:
        return None
    if np.size(step.value(mean)) != of_each_sample:
        return None
    spreads = values.astype(float).std(axis=0 if axis else 1)
    spreads = spreads[spreads > 0]
    if len(spreads) < 2 or spreads.max() <= UNITS * spreads.min():
        return None
    said = (
        f"{quoted(site)} takes from each sample the mean of its own {features} features, though "
        f"these differ in unit: their standard deviations go from {short(spreads.min())} to "
        f"{short(spreads.max())}"
    )
    return at(site, "scaled-by-sample", said)


# steps that are not kept


def thrown_away(loop: Loop, turns: Sequence[int], sites: Sequence[Site]) -> list[Told]:
    """``p = p - rate * g`` where ``p`` is the name of a loop, and no array ever changes.

    That is so where in every turn nothing takes the result, while what it was taken from goes into
    a product and stays what it is.
    """
    if len(turns) < 3:
        return []
    nodes = loop.tape.nodes
    taken = {ref.node for node in nodes for ref in takes(node)}
    every: list[dict[int, dict[int, Any]]] = []
    for turn in turns:
        multiplied = {
            root
            for node in loop.nodes(turn)
            if name_of(node) in MATRIX_PRODUCTS
            for ref in takes(node)
            for root in [nodes[_viewed(nodes, ref.node)].root]
        }
        found: dict[int, dict[int, Any]] = {}
        for node in loop.nodes(turn):
            old = _left_alone(loop, node, sites[node.site], turn)
            if old is not None and node.number not in taken and old.root in multiplied:
                found.setdefault(node.site, {})[old.number] = node.value
        every.append(found)
    told = []
    for number in set.intersection(*(set(one) for one in every)):
        same = set.intersection(*(set(one[number]) for one in every))
        if same:
            shapes = ", ".join(sorted({shaped(every[0][number][one]) for one in same}))
            said = (
                f"{quoted(sites[number])} makes new arrays in each step, and nothing takes them: "
                f"those that are multiplied, of shape {shapes}, were the same in all "
                f"{len(turns)} steps that were looked at"
            )
            told.append(at(sites[number], "frozen-parameter", said))
    return told


def _left_alone(loop: Loop, node: Node, site: Site, turn: int) -> Node | None:
    """The array of an earlier turn from which a step was taken, if it was never written into."""
    if (
        name_of(node) not in ("Sub", "Add")
        or node.kind != "binary"
        or not site.target.isidentifier()
    ):
        return None
    if not site.operands or site.operands[0] != site.target or not isinstance(node.args[0], Ref):
        return None
    old = loop.tape.nodes[node.args[0].node]
    start = loop.starts[turn]
    if old.number >= start or loop.written(node.args[0]) or old.root is None:
        return None
    learnt = any(name_of(one) in MATRIX_PRODUCTS for one in _behind(loop, node.number, start))
    return old if learnt else None


def _viewed(nodes: list[Node], number: int) -> int:
    """The array that a transposed one looks at."""
    node = nodes[number]
    refs = takes(node)
    return refs[0].node if name_of(node) in ("T", "transpose") and refs else number


# targets


def out_of_reach(steps: Sequence[Step], sites: Sequence[Site]) -> list[Told]:
    """Targets that a sigmoid or a tanh, from which they are subtracted, can never reach."""
    found: dict[int, tuple[str, float, float, float, float]] = {}
    for step in steps:
        for node in step.graph:
            if name_of(node) not in ("Sub", "subtract") or len(node.args) != 2:
                continue
            for output, target in (node.args, node.args[::-1]):
                if not isinstance(output, Ref) or isinstance(target, Const):
                    continue
                if not isinstance(target, Ref) or not step.is_active(output):
                    continue
                wanted = step.value(target)
                if not step.is_outside(target) or not isinstance(wanted, np.ndarray):
                    continue
                origin = step.origin(output)
                reach = _reach(step, origin) if isinstance(origin, int) else None
                if reach is None or not wanted.size or np.size(step.value(output)) < 2:
                    continue
                name, low, high = reach
                least, most = float(wanted.min()), float(wanted.max())
                if node.site in found:
                    least, most = min(least, found[node.site][3]), max(most, found[node.site][4])
                found[node.site] = (name, low, high, least, most)
    return [
        at(
            sites[site], "output-range",
            f"{quoted(sites[site])}: the targets go from {short(least)} to {short(most)}, and the "
            f"output is a {name}, which lies between {low:g} and {high:g}",
        )
        for site, (name, low, high, least, most) in found.items()
        if least < low - OUTSIDE or most > high + OUTSIDE
    ]  # fmt: skip


def _reach(step: Step, number: int) -> tuple[str, float, float] | None:
    """Between which numbers a value lies, by the operation that made it."""
    node = step.nodes[number]
    name = name_of(node)
    if name == "tanh":
        return "tanh", -1.0, 1.0
    if name == "expit":
        return "sigmoid", 0.0, 1.0
    if name in ("Div", "divide") and len(node.args) == 2 and _is_one(step, node.args[0]):
        below = step.nodes[node.args[1].node] if isinstance(node.args[1], Ref) else None
        if below is not None and name_of(below) in ("Add", "add"):
            exponentials = [one for one in takes(below) if name_of(step.nodes[one.node]) == "exp"]
            if len(exponentials) == 1 and any(_is_one(step, one) for one in below.args):
                return "sigmoid", 0.0, 1.0
    return None


def _is_one(step: Step, taken: Any) -> bool:
    if isinstance(taken, Const | Ref):
        value = step.value(taken)
        return isinstance(value, int | float) and value == 1
    return False
