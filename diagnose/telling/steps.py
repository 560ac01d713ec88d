"""What the tape of a training tells of its steps, whether a network can be read out of them or not.

Where what goes into the first products came from, and whether the results of steps are kept; masks
and targets have files of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from diagnose.reading.lineage import takes_rows
from diagnose.reading.loops import Loop, loops, name_of, takes
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Node, Ref
from diagnose.recording.operations import MATRIX_PRODUCTS, is_random
from diagnose.recording.sites import Site
from diagnose.recording.tape import Tape
from diagnose.style.text import percent
from diagnose.telling.copies import still_copies
from diagnose.telling.masks import behind, told_of_masks
from diagnose.telling.record import Told, at, quoted, shaped, short
from diagnose.telling.targets import told_of_targets
from diagnose.telling.witness import Witness

MEANS = {"mean", "average"}
RECKONED = {"Add", "Sub", "Mult"}
MOST_TURNS = 14
# Features of a table whose spreads differ by more than so many times have different units. Pixels,
# and the lags of a series, have one unit, and a picture is scaled by its own mean on purpose.
UNITS, MOST_FEATURES = 10.0, 50
# What makes whole numbers of others; and how much of a deviation may be lost by it: of numbers that
# are rounded to a third of their deviation, a tenth. Grey values in bytes lose a hundredth of that.
CASTS = {"astype", "array", "asarray", "int_", "int8", "int16", "int32", "int64", "uint8"}
LOST = 0.1


def told_of_steps(
    loop: Loop, turns: Sequence[int], sites: Sequence[Site], witness: Witness
) -> list[Told]:
    """Everything that these turns of a loop tell; few tell anything where nothing is stepped."""
    steps = [Step(loop, turn, keys) for turn in turns if (keys := loop.state(turn))]
    masks = told_of_masks(steps, sites, witness.draws)
    for draw in _of_samples(steps):
        witness.draws.belongs(draw.site, draw.call)
    find_shapes(loop.tape, witness)
    found = thrown_away(loop, turns, sites)
    if steps:
        for step in steps[:1]:
            carried = loop.carried(step.turn)
            for key in step.keys:
                witness.axes.widths |= {*np.shape(step.value(carried[key]))}
        found += behind_samples(steps[0], sites, witness.reshapes.mixed)
        found += over_samples(steps[0], sites)
        alike = [one for one in steps if one.shape == steps[0].shape]
        if (last := next(first_products(alike[-1]), None)) is not None:
            found += still_copies(alike, *last, sites)
        found += told_of_targets(steps, sites)
    return [*found, *masks]


def told_of_loops(tape: Tape, sites: Sequence[Site]) -> list[Told]:
    """What the last turns of all loops tell, where none was found to train."""
    for loop in loops(tape):
        turns = range(max(1, len(loop.starts) - MOST_TURNS), len(loop.starts) - 1)
        if found := thrown_away(loop, turns, sites):
            return found
    return []


# shapes


def find_shapes(tape: Tape, witness: Witness) -> None:
    """Tell the witness where what meets an output was given its shape.

    What is the same object each time, or is picked out of an array for the occasion, is given; the
    output is made anew. Rows that are taken again and again have the shape of what they are of.
    """
    met: dict[int, list[list[int]]] = {}
    done = Counter(node.site for node in tape.nodes)

    def whole(number: int) -> int:
        node = tape.nodes[number]
        of = node.args[0] if takes_rows(node) and done[node.site] > 1 else None
        return whole(of.node) if isinstance(of, Ref) and tape.nodes[of.node].site else number

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
            witness.broadcasts.given[site] = tape.nodes[whole(sides[0])].site


# samples


def behind_samples(step: Step, sites: Sequence[Site], mixed: dict[int, str]) -> list[Told]:
    """What was done to that which the parameters are multiplied with."""
    found: dict[int, Told] = {}
    for samples, axis in first_products(step):
        for node in behind(step.loop, samples.node):
            site = sites[node.site]
            if name_of(node) == "reshape" and node.site in mixed:
                said = f"{quoted(site)} {mixed[node.site]}, as the numbers lie: each column holds "
                said += "numbers of several samples, and is multiplied as one sample"
                found.setdefault(node.site, at(site, "mixed-samples", said))
            for told in (
                _all_but_the_largest(step, node, site),
                _fractions_lost(step, node, site),
                _by_sample(step, node, axis, site),
            ):
                if told is not None:
                    found.setdefault(node.site, told)
    return list(found.values())


def first_products(step: Step) -> Iterator[tuple[Ref, int]]:
    """What comes from elsewhere and is multiplied with a state, and along which axis it is."""
    for node in step.graph:
        refs = takes(node)
        if name_of(node) not in MATRIX_PRODUCTS or len(refs) != 2:
            continue
        for one, other in (refs, refs[::-1]):
            if isinstance(step.origin(one), tuple) and step.is_outside(other):
                yield other, -1 if other is refs[0] else 0


def _of_samples(steps: Sequence[Step]) -> Iterator[Node]:
    """The draws that the samples of a step are made with, as where inputs are dropped too."""
    for step in steps:
        for samples, _ in first_products(step):
            for node in behind(step.loop, samples.node, step.loop.starts[step.turn]):
                if node.kind == "call" and is_random(node.done):
                    yield node


def over_samples(step: Step, sites: Sequence[Site]) -> list[Told]:
    """A softmax that divides by the sum over the samples, or over everything."""
    first = next(first_products(step), None)
    samples = step.value(first[0]) if first else None
    if first is None or not isinstance(samples, np.ndarray) or samples.ndim != 2:
        return []
    along = 0 if first[1] else 1
    found: dict[int, Told] = {}
    for node in step.graph:
        if name_of(node) not in ("Div", "divide") or len(refs := takes(node)) != 2:
            continue
        each, divisor = refs
        total = step.nodes[divisor.node]
        if name_of(step.nodes[each.node]) != "exp" or name_of(total) != "sum":
            continue
        values, sums = step.nodes[each.node].value, total.value
        if takes(total)[0].node != each.node or np.ndim(values) != 2:
            continue
        classes, several = values.shape[1 - along], values.shape[along]
        if several != samples.shape[along] or min(classes, several) < 2 or classes == several:
            continue
        over = {1: "over everything", classes: "over the samples"}.get(int(np.size(sums)))
        if over:
            said = (
                f"{quoted(sites[node.site])} divides the exponentials of {several} samples and "
                f"{classes} classes, {values.shape}, by their sum {over}"
            )
            found.setdefault(node.site, at(sites[node.site], "softmax-axis", said))
    return list(found.values())


def _all_but_the_largest(step: Step, node: Node, site: Site) -> Told | None:
    """A division without a remainder by so much that only the largest value is not 0 after it."""
    if name_of(node) != "FloorDiv" or len(node.args) != 2 or not isinstance(node.args[0], Ref):
        return None
    before, divisor = step.value(node.args[0]), node.args[1]
    by = step.value(divisor) if isinstance(divisor, Ref | Const) else None
    if not isinstance(before, np.ndarray) or before.ndim < 2 or by is None or np.ndim(by):
        return None
    lit, left = int((before != 0).sum()), int((before >= by).sum())
    if by <= 1 or before.min() < 0 or before.max() > by or lit == left:
        return None
    said = (
        f"{quoted(site)} divides without a remainder: of {lit:,} numbers that were not 0, "
        f"{left:,} are not 0 after it, those that were {short(by)} itself"
    )
    return at(site, "integer-dtype", said, part="input")


def _fractions_lost(step: Step, node: Node, site: Site) -> Told | None:
    """Samples that are made whole numbers, whose fractions are much of what they tell."""
    name = name_of(node)
    refs = takes(node)
    before = step.value(refs[0]) if refs else None
    after = node.value
    if not isinstance(before, np.ndarray) or not isinstance(after, np.ndarray):
        return None
    if name != "FloorDiv" and name not in CASTS:
        return None  # of all samples, a copy is made only where one is asked for
    exact = before.astype(float) if before.dtype.kind in "iuf" else None
    if name == "FloorDiv" and len(node.args) == 2 and exact is not None:
        divisor = node.args[1]
        by = step.value(divisor) if isinstance(divisor, Ref | Const) else None
        # a threshold on whole numbers, as grey values are, is meant
        whole = before.dtype.kind != "f" and not _was_cast(step, refs[0])
        exact = exact / by if isinstance(by, int | float) and by and not whole else None
    elif after.dtype.kind not in "iu":
        return None
    if exact is None or exact.shape != after.shape or not np.isfinite(exact).all():
        return None
    spread, lost = float(exact.std()), float((exact - after).std())
    if lost <= LOST * spread:
        return None
    said = (
        f"{quoted(site)} makes whole numbers of samples: of {len(np.unique(exact)):,} different "
        f"numbers {len(np.unique(after)):,} are left, and {percent(lost / spread)} of their "
        "standard deviation is lost"
    )
    return at(site, "integer-dtype", said, part="input")


def _was_cast(step: Step, ref: Ref) -> bool:
    """Whether whole numbers were made of others, and reckoned with since."""
    made = step.nodes[ref.node]
    while name_of(made) in RECKONED and takes(made):
        made = step.nodes[takes(made)[0].node]
    given = step.value(takes(made)[0]) if name_of(made) in CASTS and takes(made) else None
    return isinstance(given, np.ndarray) and given.dtype.kind == "f"


def _by_sample(step: Step, node: Node, axis: int, site: Site) -> Told | None:
    """A table from which the mean of each sample, or of everything, is taken.

    Though its features differ in unit.
    """
    if name_of(node) not in ("Sub", "subtract") or len(takes(node)) != 2:
        return None
    table, mean = takes(node)
    values = step.value(table)
    made = step.nodes[mean.node]
    if not isinstance(values, np.ndarray) or values.ndim != 2 or name_of(made) not in MEANS:
        return None
    if not takes(made) or takes(made)[0].node != table.node:
        return None
    features = values.shape[axis]
    of_each_sample = values.shape[0 if axis else 1]
    if not 1 < features <= MOST_FEATURES or features == of_each_sample:
        return None
    means = np.size(step.value(mean))
    if means not in (1, of_each_sample):
        return None
    spreads = values.astype(float).std(axis=0 if axis else 1)
    spreads = spreads[spreads > 0]
    if len(spreads) < 2 or spreads.max() <= UNITS * spreads.min():
        return None
    said = (
        f"these differ in unit: their standard deviations go from {short(spreads.min())} to "
        f"{short(spreads.max())}"
    )
    if means == 1:
        told = f"{quoted(site)} takes one mean from all {features} features, though {said}"
        return at(site, "scaled-as-one", told)
    told = f"{quoted(site)} takes from each sample the mean of its own {features} features, though "
    return at(site, "scaled-by-sample", told + said)


# steps that are not kept


def thrown_away(loop: Loop, turns: Sequence[int], sites: Sequence[Site]) -> list[Told]:
    """``p = p - rate * g`` where ``p`` is the name of a loop, and no array ever changes.

    That is so where in every turn nothing takes the result, while what it was taken from goes into
    a product and stays what it is.
    """
    if len(turns) < 3:
        return []
    nodes = loop.tape.nodes
    if not any(one.kind == "binary" and _is_of_array(nodes, one) for one in loop.nodes(turns[0])):
        return []
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


def _is_of_array(nodes: list[Node], node: Node) -> bool:
    """Whether an operation takes an array first; only of such are steps looked for."""
    first = node.args[0]
    return isinstance(first, Ref) and nodes[first.node].root is not None


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
    learnt = any(name_of(one) in MATRIX_PRODUCTS for one in behind(loop, node.number, start))
    return old if learnt else None


def _viewed(nodes: list[Node], number: int) -> int:
    """The array that a transposed one looks at."""
    node = nodes[number]
    refs = takes(node)
    return refs[0].node if name_of(node) in ("T", "transpose") and refs else number
