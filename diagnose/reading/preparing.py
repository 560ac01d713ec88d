"""How samples were prepared: what they were multiplied by and shifted by since they were read.

An array is followed back through operations that scale and shift it, by one number or by one for
each feature, through those that choose or lay out samples, and through one that puts a 1 beside
each, for a bias, to where anything else made it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.lineage import only_hands_on
from diagnose.reading.loops import Loop, name_of
from diagnose.recording.nodes import Const, Node, Ref, Taken, leaves
from diagnose.recording.operations import VIEWS

ADD, SUB = {"Add", "add"}, {"Sub", "subtract"}
MULT, DIV = {"Mult", "multiply"}, {"Div", "divide", "true_divide"}
SCALED = ADD | SUB | MULT | DIV
# Numbers that were computed in another order are as alike as this.
ALIKE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """``scale * source + shift``, each a number, or one for each feature.

    source: the operation that made what was scaled. nodes: those that scaled it, taken: those that
    took a part of it, views: these, and those that laid its numbers out otherwise, the last one
    first; last: the last of all that gave numbers. computed: whether numbers it was scaled by were
    computed of something, as a mean is.
    """

    scale: Array
    shift: Array
    source: Node
    nodes: tuple[Node, ...]
    taken: tuple[Node, ...]
    views: tuple[Node, ...]
    computed: bool

    @property
    def last(self) -> Node:
        """Where the samples last got their numbers."""
        return self.nodes[0] if self.nodes else self.source

    def made_of(self, other: Preparation) -> tuple[Array, Array] | None:
        """Scale and shift that make of samples prepared so what the other would have made of them.

        None where nothing is to be made, or where the two were not made of the same kind of thing.
        """
        mine, its = self.source, other.source
        alike = mine.number == its.number or (
            (mine.site, mine.kind) == (its.site, its.kind) and name_of(mine) == name_of(its)
        )
        with np.errstate(all="ignore"):
            scale = other.scale / self.scale
            shift = other.shift - self.shift * scale
        if not alike or not (np.isfinite(scale).all() and np.isfinite(shift).all()):
            return None
        same = np.allclose(scale, 1, rtol=ALIKE) and np.allclose(
            shift, 0, atol=ALIKE * (1 + float(np.abs(other.shift).max()))
        )
        return None if same or not scale.all() else (scale, shift)


def preparation(loop: Loop, taken: Taken | None, features: int) -> Preparation | None:
    """How an array of samples was prepared; None for one that was made out of sight.

    features: how many numbers a sample has.
    """
    scale: Array = np.ones(())
    shift: Array = np.zeros(())
    nodes: list[Node] = []
    views: list[Node] = []
    computed = False
    source, ones = None, None
    while isinstance(taken, Ref):
        source = _made_by(loop, taken)
        found = _scaled(loop, source, features)
        if found is not None:
            taken, by, first = found
            with np.errstate(all="ignore"):
                scale, shift = _before(name_of(source), scale, shift, by, first)
            nodes.append(source)
            computed = computed or _is_computed(loop, source)
        elif name_of(source) in VIEWS or only_hands_on(source):
            inner = source.args[0] if source.args else None
            if not isinstance(inner, Ref):
                break
            views.append(source)
            taken = inner
        elif ones is None and (beside := _beside_ones(loop, source)) is not None:
            taken, ones = beside
            features -= 1
            scale, shift = (np.delete(one, ones) if one.ndim else one for one in (scale, shift))
        else:
            break
    if source is None:
        return None
    if ones is not None:
        scale, shift = (
            np.insert(np.broadcast_to(one, features), ones, kept)
            for one, kept in ((scale, 1.0), (shift, 0.0))
        )
    return Preparation(
        scale=scale, shift=shift, source=source, nodes=tuple(nodes), views=tuple(views),
        taken=tuple(one for one in views if one.kind == "get"), computed=computed,
    )  # fmt: skip


def _made_by(loop: Loop, taken: Ref) -> Node:
    """The operation that last gave an array its numbers, also where it wrote into it."""
    writes = loop.written(taken)
    return loop.tape.nodes[max(taken.node, *writes) if writes else taken.node]


def _beside_ones(loop: Loop, node: Node) -> tuple[Ref, int] | None:
    """The samples that an operation puts a column or a row of ones beside, and where those lie."""
    whole = node.value
    if not isinstance(whole, np.ndarray) or whole.ndim != 2:
        return None
    for _, one in leaves(node.args):
        inner = _number(loop, one) if isinstance(one, Ref) else None
        if inner is None or inner.ndim != 2 or not isinstance(one, Ref):
            continue
        for made, given in ((whole, inner), (whole.T, inner.T)):
            if given.shape != (len(made), made.shape[1] - 1):
                continue
            for at, rest in ((0, made[:, 1:]), (given.shape[1], made[:, :-1])):
                if (made[:, at] == 1).all() and np.array_equal(rest, given):
                    return one, at
    return None


def _scaled(loop: Loop, node: Node, features: int) -> tuple[Ref, Array, bool] | None:
    """What an operation scales or shifts, by what, and whether it is the first operand."""
    if name_of(node) not in SCALED or len(node.args) != 2 or node.kind == "compare":
        return None
    left, right = node.args
    for one, other, first in ((left, right, True), (right, left, False)):
        by = _number(loop, other)
        if by is None or by.dtype.kind not in "iuf" or not isinstance(one, Ref):
            continue
        value = _number(loop, one)
        if value is not None and (value.size <= by.size or value.size < features):
            continue
        if by.size in (1, features) and (first or name_of(node) not in DIV):
            return one, by.reshape(-1 if by.size > 1 else ()).astype(float), first
    return None


def _before(name: str, scale: Array, shift: Array, by: Array, first: bool) -> tuple[Array, Array]:
    """Scale and shift of what an operation took, from those of what it made."""
    if name in ADD:
        return scale, shift + scale * by
    if name in SUB:
        return (scale, shift - scale * by) if first else (-scale, shift + scale * by)
    return (scale * by if name in MULT else scale / by), shift


def _number(loop: Loop, taken: Taken) -> Array | None:
    """A value as it was taken; None if it was not kept."""
    if isinstance(taken, Const):
        return np.asarray(taken.value) if isinstance(taken.value, int | float) else None
    if not isinstance(taken, Ref):
        return None
    tape = loop.tape
    kept = tape.versions.get((taken.node, taken.version)) if taken.version else None
    value = kept if taken.version else tape.nodes[taken.node].value
    return np.asarray(value) if isinstance(value, np.ndarray | np.generic | int | float) else None


def _is_computed(loop: Loop, node: Node) -> bool:
    refs = [one for one in node.args if isinstance(one, Ref)]
    return len(refs) > 1 and all(loop.tape.nodes[one.node].kind != "leaf" for one in refs)
